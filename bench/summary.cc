#include "summary.h"

#include "peers/peer.h"
#include "ratios.h"

#include <cstdio>
#include <sstream>
#include <utility>
#include <vector>

namespace kickmsg {
namespace bench {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t large_size   = 4096;
constexpr double      large_target = 1.15;

std::optional<double> time_of(Run const& run, std::string const& name)
{
    Record const* const record = find(run, name);
    return record == nullptr ? std::nullopt : median(rounds_of(*record));
}

/// The least-squares slope of (number, value) pairs; nullopt for less than three.
std::optional<double> slope(std::vector<std::pair<double, double>> const& points)
{
    double n  = 0;
    double x  = 0;
    double y  = 0;
    double xx = 0;
    double xy = 0;
    for (auto const& [number, value] : points) {
        n += 1;
        x += number;
        y += value;
        xx += number * number;
        xy += number * value;
    }
    return n < 3 ? std::nullopt : std::optional<double>((n * xy - x * y) / (n * xx - x * x));
}

/// The cost of one more subscriber: the slope over op/publish_receive/rings:N in each round, the median of that.
/// Divided by the round's read-modify-write when `in_rmw`.
std::optional<double> per_subscriber(Run const& run, bool in_rmw)
{
    std::string const                                     prefix = "op/publish_receive/rings:";
    std::map<int, std::vector<std::pair<double, double>>> rounds;
    for (Record const& record : run.records) {
        if (record.cell.name.compare(0, prefix.size(), prefix) == 0) {
            double const rings = std::stod(record.cell.name.substr(prefix.size()));
            for (auto const& [index, ns] : record.round_ns) {
                if (rings > 0) { // to nobody is another path
                    rounds[index].emplace_back(rings, ns);
                }
            }
        }
    }
    Record const* const rmw = find(run, "floor/rmw");
    std::vector<double> slopes;
    for (auto const& [index, points] : rounds) {
        auto const fitted = slope(points);
        bool const known  = !in_rmw || (rmw != nullptr && rmw->round_ns.count(index) != 0);
        if (fitted && known) {
            slopes.push_back(in_rmw ? *fitted / rmw->round_ns.at(index) : *fitted);
        }
    }
    return median(slopes);
}

/// A target that is not met says by how much: `excess` is the share above what is aimed at.
void add_target(Json& targets, std::string const& what, std::optional<double> value, double at_most, char const* unit)
{
    if (!value) {
        return;
    }
    Json target   = {{"what", what}, {"value", rounded(*value)}, {"at_most", at_most}, {"unit", unit}};
    target["met"] = *value <= at_most;
    if (*value > at_most) {
        target["excess"] = rounded(*value / at_most - 1.0);
    }
    targets.push_back(std::move(target));
}

bool is_own_round_trip(Record const& record)
{
    std::string const& name = record.cell.name;
    return record.cell.peer == own_name && name.find("/mode:spin/payload:touch") != std::string::npos;
}

std::size_t size_of(Record const& record)
{
    std::string const key = "/size:";
    auto const        at  = record.cell.name.find(key);
    return at == std::string::npos ? 0 : std::stoul(record.cell.name.substr(at + key.size()));
}

/// One way, polling, touched: 64 bytes, and from 4 KiB up, against the floor with the same payload.
void add_round_trips(Json& targets, Run const& run)
{
    for (Record const& record : run.records) {
        std::size_t const size = size_of(record);
        if (is_own_round_trip(record) && (size == headline_size || size >= large_size)) {
            add_target(targets, record.cell.name, floor_ratio(run, record),
                       size == headline_size ? headline_target : large_target, "x the floor with payload");
        }
    }
}

std::string receive_of(Record const& record)
{
    std::string const key = "/receive:";
    auto const        at  = record.cell.name.find(key) + key.size();
    return record.cell.name.substr(at, record.cell.name.find('/', at) - at);
}

bool is_closed_loop(Record const& record)
{
    return record.cell.name.compare(0, 9, "rtt/peer:") == 0;
}

/// Whether `other` is what `ours` aims to be ahead of: same class, size and part of the payload that is touched. A receive
/// that copies is compared with those that copy, too, one in place with every one of the class.
bool competes(Record const& other, Record const& ours)
{
    auto const touched = [](Record const& record) { return record.cell.name.substr(record.cell.name.rfind('/') + 1); };
    return is_closed_loop(ours) && is_closed_loop(other) && ours.cell.peer == own_name && other.cell.peer != own_name &&
           other.cell.peer_class == ours.cell.peer_class && size_of(other) == size_of(ours) &&
           touched(other) == touched(ours) && (receive_of(ours) == "view" || receive_of(other) == "copy");
}

/// Ours against each peer that it competes with: ahead of all is less than 1.
void add_peers(Json& targets, Run const& run)
{
    for (Record const& ours : run.records) {
        std::optional<double> worst;
        std::string           best;
        for (Record const& other : run.records) {
            auto const ratio = competes(other, ours) ? median_ratio(ours, &other) : std::nullopt;
            if (ratio && (!worst || *ratio > *worst)) {
                worst = ratio;
                best  = other.cell.peer;
            }
        }
        add_target(targets, ours.cell.name + " against its fastest peer, " + best, worst, 1.0, "x that");
    }
}

/// The median ratio of two rows; nullopt when one was not measured.
std::optional<double> ratio_of(Run const& run, std::string const& name, std::string const& base)
{
    Record const* const row = find(run, name);
    return row == nullptr ? std::nullopt : median_ratio(*row, find(run, base));
}

/// One wait for many topics against a receive from one of them.
void add_waits(Json& targets, Run const& run)
{
    for (auto const& [topics, at_most] : {std::pair(1, 1.05), std::pair(64, 1.5)}) {
        std::string const name = "wake/set/peer:kickmsg/topics:" + std::to_string(topics);
        add_target(targets, name, ratio_of(run, name, "wake/idle_us:100"), at_most, "x a receive from one");
    }
}

/// The time of a message of a reliable flow against that of the peers that lose nothing.
void add_flows(Json& targets, Run const& run)
{
    std::string const prefix = "tput/reliable/peer:kickmsg/";
    for (Record const& record : run.records) {
        if (record.cell.name.compare(0, prefix.size(), prefix) != 0) {
            continue;
        }
        std::string const rest    = record.cell.name.substr(prefix.size());
        auto const        against = [&](std::string const& peer, double at_most) {
            add_target(targets, record.cell.name + " against " + peer,
                              ratio_of(run, record.cell.name, "tput/reliable/peer:" + peer + "/" + rest), at_most, "x that");
        };
        against("iceoryx2", 1.0);
        if (size_of(record) == headline_size) {
            against("boost-spsc", 1.3);
        }
    }
}

/// A value of a blackboard against that of the peer that has blackboards, too.
void add_boards(Json& targets, Run const& run)
{
    std::string const size = "/size:" + std::to_string(headline_size);
    for (std::string const row : {"op/blackboard_read/peer:", "op/blackboard_write/peer:"}) {
        add_target(targets, row + "kickmsg" + size + " against iceoryx2",
                   ratio_of(run, row + "kickmsg" + size, row + "iceoryx2" + size), 1.0, "x that");
    }
}

std::string text_of(char const* format, double value)
{
    char text[64];
    std::snprintf(text, sizeof(text), format, value);
    return text;
}

} // namespace

nlohmann::ordered_json floor_json(Run const& run)
{
    Json       floor = Json::object();
    auto const rmw   = time_of(run, "floor/rmw");
    auto const tell  = [&](char const* name, std::optional<double> ns, double trips) {
        if (ns) {
            floor[name] = {{"ns", rounded(*ns / trips)}};
            if (rmw) {
                floor[name]["rmw"] = rounded(*ns / trips / *rmw);
            }
        }
    };
    std::string const size = "/size:" + std::to_string(headline_size);
    tell("read_modify_write", rmw, 1.0);
    tell("read_modify_write_after_store", time_of(run, "floor/rmw_after_store"), 1.0);
    tell("clock", time_of(run, "floor/clock"), 1.0);
    tell("line_one_way", time_of(run, "floor/line"), 2.0);
    tell("payload_64_one_way", time_of(run, "floor/payload" + size), 2.0);
    tell("futex_64_one_way", time_of(run, "floor/futex" + size), 2.0);
    tell("memcpy_64", time_of(run, "floor/memcpy" + size), 1.0);
    tell("touch_64", time_of(run, "floor/touch" + size), 1.0);
    return floor;
}

nlohmann::ordered_json targets_json(Run const& run)
{
    Json                targets = Json::array();
    Record const* const rmw     = find(run, "floor/rmw");
    add_round_trips(targets, run);
    for (char const* const receive : {"copy", "view"}) {
        std::string const   name = "send_receive/size:" + std::to_string(headline_size) + "/receive:" + receive;
        Record const* const row  = find(run, "op/" + name);
        add_target(targets, "op/" + name, row == nullptr ? std::nullopt : median_ratio(*row, rmw), 10.0,
                   "read-modify-writes");
    }
    add_target(targets, "each further subscriber, publish and receive", per_subscriber(run, true), 4.5,
               "read-modify-writes");
    if (auto const ns = per_subscriber(run, false)) {
        targets.push_back(
            {{"what", "each further subscriber, publish and receive"}, {"value", rounded(*ns)}, {"unit", "ns"}});
    }
    for (Record const& record : run.records) {
        if (record.cell.name.compare(0, 13, "wake/idle_us:") == 0 && !record.round_ns.empty()) {
            add_target(targets, record.cell.name, floor_ratio(run, record), 1.2, "x the bare futex");
        }
    }
    add_waits(targets, run);
    add_flows(targets, run);
    add_boards(targets, run);
    add_peers(targets, run);
    Record const* const alone = find(run, "scale/other_rings:0/owners:none");
    for (char const* const owners : {"never", "left", "recovered"}) {
        std::string const   name  = std::string("scale/other_rings:31/owners:") + owners;
        Record const* const row   = find(run, name);
        auto const          ratio = row == nullptr ? std::nullopt : median_ratio(*row, alone);
        if (ratio) {
            targets.push_back(
                {{"what", name}, {"value", rounded(*ratio)}, {"expected", 1.0}, {"unit", "x the same without them"}});
        }
    }
    return targets;
}

std::string summary_text(Run const& run)
{
    std::ostringstream text;
    Json const         floor = floor_json(run);
    text << "floor:\n";
    for (auto const& [name, value] : floor.items()) {
        text << "  " << name << ": " << text_of("%.1f ns", value["ns"].get<double>());
        text << (value.contains("rmw") ? text_of(" = %.1f read-modify-writes", value["rmw"].get<double>()) : "")
             << '\n';
    }
    Json const targets = targets_json(run);
    text << (targets.empty() ? "" : "targets:\n");
    for (Json const& target : targets) {
        text << "  " << target["what"].get<std::string>() << ": " << text_of("%.2f ", target["value"].get<double>())
             << target["unit"].get<std::string>();
        if (target.contains("met")) {
            text << text_of(", at most %.2f: ", target["at_most"].get<double>());
            text << (target["met"].get<bool>()
                         ? "met"
                         : text_of("NOT met, by %.0f %%", 100.0 * target["excess"].get<double>()));
        }
        text << '\n';
    }
    return text.str();
}

} // namespace bench
} // namespace kickmsg
