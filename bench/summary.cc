#include "summary.h"

#include "ratios.h"

#include <cstdio>
#include <sstream>
#include <utility>
#include <vector>

namespace kickmsg {
namespace bench {
namespace {

using Json = nlohmann::ordered_json;

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

void add_target(Json& targets, char const* what, std::optional<double> value, double at_most, char const* unit)
{
    if (value) {
        targets.push_back({{"what", what},
                           {"value", rounded(*value)},
                           {"at_most", at_most},
                           {"unit", unit},
                           {"met", *value <= at_most}});
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
    for (char const* const receive : {"copy", "view"}) {
        std::string const   name = "send_receive/size:" + std::to_string(headline_size) + "/receive:" + receive;
        Record const* const row  = find(run, "op/" + name);
        add_target(targets, ("op/" + name).c_str(), row == nullptr ? std::nullopt : median_ratio(*row, rmw), 10.0,
                   "read-modify-writes");
    }
    add_target(targets, "each further subscriber, publish and receive", per_subscriber(run, true), 4.5,
               "read-modify-writes");
    if (auto const ns = per_subscriber(run, false)) {
        targets.push_back(
            {{"what", "each further subscriber, publish and receive"}, {"value", rounded(*ns)}, {"unit", "ns"}});
    }
    for (Record const& record : run.records) {
        if (record.cell.family() == "wake" && !record.round_ns.empty()) {
            add_target(targets, record.cell.name.c_str(), floor_ratio(run, record), 1.2, "x the bare futex");
        }
    }
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
            text << text_of(", at most %.1f: ", target["at_most"].get<double>()) << (target["met"] ? "yes" : "NO");
        }
        text << '\n';
    }
    return text.str();
}

} // namespace bench
} // namespace kickmsg
