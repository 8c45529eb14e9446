#include "results.h"

#include "machine.h"
#include "peers/peer_results.h"
#include "ratios.h"
#include "summary.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <optional>
#include <sstream>

namespace kickmsg {
namespace bench {
namespace {

using Json = nlohmann::ordered_json;

constexpr struct {
    char const* name;
    double      fraction;
} quantiles[] = {{"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}, {"p99.9", 0.999}, {"p99.99", 0.9999}};

void add_if(Json& row, char const* key, std::optional<double> value)
{
    if (value) {
        row[key] = rounded(*value);
    }
}

/// Quantiles, extremes and histogram of one distribution.
void add_distribution(Json& to, Histogram const& ticks, std::string const& what)
{
    for (auto const& q : quantiles) {
        auto const value = ticks.quantile(q.fraction, the_clock.step);
        add_if(to, (std::string(q.name) + "_ns").c_str(), value ? std::optional<double>(to_ns(*value)) : std::nullopt);
    }
    to["max_ns"] = rounded(to_ns(static_cast<double>(ticks.max())));
    to["min_ns"] = rounded(to_ns(static_cast<double>(ticks.min())));
    to["n"]      = ticks.count();
    Json buckets = Json::array();
    ticks.each([&](double middle, uint64_t count) {
        buckets.push_back(Json::array({std::round(to_ns(middle) * 10.0) / 10.0, count}));
    });
    to["histogram"] = {{"unit", "ns"}, {"what", what}, {"buckets", std::move(buckets)}};
}

void add_floor_ratio(Json& row, Run const& run, Record const& record)
{
    if (!record.cell.floor.empty()) {
        row["floor"] = record.cell.floor;
    }
    if (!record.cell.two_way) {
        add_if(row, "ratio_to_floor", floor_ratio(run, record));
        return;
    }
    auto const p50 = record.ticks.quantile(0.5, the_clock.step);
    add_if(row, "one_way_p50_ns", p50 ? std::optional<double>(to_ns(*p50) / 2.0) : std::nullopt);
    add_if(row, "one_way_ratio_to_floor", floor_ratio(run, record));
    add_if(row, "one_way_ratio_to_floor_without_clock", floor_ratio(run, record, clock_cost(run)));
}

/// What a family tells beside its distribution: counts, rates, further distributions.
void add_facts(Json& row, Record const& record)
{
    for (auto const& [name, count] : record.counts) {
        row[name] = count;
    }
    for (auto const& [name, values] : record.rates) {
        add_if(row, name.c_str(), median(values));
    }
    for (auto const& [name, ticks] : record.beside) {
        add_distribution(row["beside"][name], ticks, name);
    }
}

Json row_of(Run const& run, Record const& record, int64_t index)
{
    Json row = {{"name", record.cell.name},       {"family_index", index},
                {"per_family_instance_index", 0}, {"run_name", record.cell.name},
                {"run_type", "iteration"},        {"repetitions", record.cell.rounds},
                {"repetition_index", 0},          {"threads", 1}};
    if (record.cell.threads > run.plan.placement.processors) {
        row["oversubscribed"] = true;
    }
    if (!record.unavailable.empty()) {
        row["skipped"] = record.unavailable;
    }
    if (!record.error.empty()) {
        row["error_occurred"] = true;
        row["error_message"]  = record.error;
    }
    add_peer_fields(row, record);
    add_if(row, "after_before", median(record.after_before));
    if (record.round_ns.empty()) {
        return row;
    }
    bool const   loop    = !record.cell.measure;
    bool const   sampled = record.ticks.count() != 0;
    double const n       = static_cast<double>(std::max<int64_t>(record.iterations, 1));
    row["iterations"]    = record.iterations;
    row["real_time"]     = rounded(loop ? *median(rounds_of(record)) : record.real_sum_ns / n);
    row["cpu_time"]      = loop ? rounded(record.cpu_sum_ns / n) : row["real_time"].get<double>();
    row["time_unit"]     = "ns";
    row["what"]          = loop      ? "median over the rounds of the mean of one iteration"
                           : sampled ? "mean over all samples"
                                     : "time of one " + record.cell.what;
    if (Record const* const rmw = find(run, "floor/rmw")) {
        double const one_way = *median(rounds_of(record)) / (record.cell.two_way ? 2.0 : 1.0);
        add_if(row, "rmw_multiple", loop ? median_ratio(record, rmw) : one_way / *median(rounds_of(*rmw)));
    }
    Json rounds = Json::array();
    for (double value : rounds_of(record)) {
        rounds.push_back(rounded(value));
    }
    row[sampled ? "round_p50_ns" : "round_mean_ns"] = std::move(rounds);
    add_facts(row, record);
    add_floor_ratio(row, run, record);
    if (sampled) {
        add_distribution(row, record.ticks, record.cell.what);
    }
    return row;
}

/// Google Benchmark's own context, without what names the machine or its folders.
Json google_context()
{
    std::ostringstream                    text;
    benchmark::JSONReporter               reporter;
    benchmark::BenchmarkReporter::Context context;
    reporter.SetOutputStream(&text);
    reporter.SetErrorStream(&text);
    reporter.ReportContext(context);
    reporter.Finalize();
    Json own = Json::parse(text.str())["context"];
    own.erase("host_name");
    own["executable"] = "kickmsg_bench";
    return own;
}

Json headline_json(Run const& run)
{
    Json              headline;
    std::string const size  = "/size:" + std::to_string(headline_size);
    Record const*     floor = find(run, "floor/payload" + size);
    headline["what"]        = "p50 one way, 64 bytes touched, spin, two processes";
    headline["target"]      = headline_target;
    if (floor != nullptr) {
        headline["floor_ns"] = rounded(*median(rounds_of(*floor)) / 2.0);
    }
    for (std::string const receive : {"copy", "view"}) {
        Record const* const ours =
            find(run, "rtt/peer:kickmsg" + size + "/receive:" + receive + "/mode:spin/payload:touch");
        if (ours != nullptr && floor != nullptr) {
            headline[receive + "_ns"] = rounded(*median(rounds_of(*ours)) / 2.0);
            add_if(headline, (receive + "_ratio").c_str(), floor_ratio(run, *ours));
            add_if(headline, (receive + "_ratio_without_clock").c_str(), floor_ratio(run, *ours, clock_cost(run)));
        }
    }
    return headline;
}

/// Without what compares a time with another: an emulator slows its instructions down unequally.
void drop_ratios(Json& row)
{
    for (char const* const key : {"ratio_to_floor", "one_way_ratio_to_floor", "one_way_ratio_to_floor_without_clock",
                                  "rmw_multiple", "after_before"}) {
        row.erase(key);
    }
}

} // namespace

std::string to_json(Run const& run)
{
    bool const emulated  = !emulator().empty();
    Json       context   = google_context();
    context["commit"]    = commit();
    context["mode"]      = run.plan.mode;
    context["seed"]      = run.plan.seed;
    context["placement"] = run.plan.placement.text;
    context["machine"]   = describe_machine(run.plan.placement);
    if (emulated) {
        context["emulated"] = emulator();
    } else {
        context["headline"] = headline_json(run);
        context["floor"]    = floor_json(run);
        context["targets"]  = targets_json(run);
    }
    context["peers"]       = peers_json(run);
    context["conventions"] = {
        {"p50_ns", "quantiles and histograms are of the round trip; told only with 20 samples beyond"},
        {"one_way_p50_ns", "half of the round trip's median"},
        {"one_way_ratio_to_floor", "median over the rounds of this p50 / the floor's p50 in the same round"},
        {"one_way_ratio_to_floor_without_clock", "the same with floor/clock taken off both"},
        {"rmw_multiple",
         "in multiples of floor/rmw, one uncontended locked read-modify-write; one way for distributions"}};
    std::string text = "{\n\"context\": " + context.dump(1) + ",\n\"benchmarks\": [\n";
    for (std::size_t i = 0; i < run.records.size(); ++i) {
        Json row = row_of(run, run.records[i], static_cast<int64_t>(i));
        if (emulated) {
            drop_ratios(row);
        }
        text += row.dump();
        text += i + 1 < run.records.size() ? ",\n" : "\n";
    }
    return text + "]\n}\n";
}

std::string headline_text(Run const& run)
{
    if (!emulator().empty()) {
        return "emulated by " + emulator() + ": times are told, no ratio\n";
    }
    Json const headline = headline_json(run);
    if (!headline.contains("floor_ns") || !headline.contains("copy_ns") || !headline.contains("view_ns")) {
        return "headline: not measured in this run\n";
    }
    std::ostringstream text;
    text.precision(1);
    text << std::fixed << "headline: " << headline["what"].get<std::string>() << '\n'
         << "  floor with payload " << headline["floor_ns"].get<double>() << " ns\n";
    for (std::string const receive : {"copy", "view"}) {
        text << "  kickmsg " << receive << "       " << headline[receive + "_ns"].get<double>() << " ns = ";
        text.precision(2);
        text << headline[receive + "_ratio"].get<double>() << " x the floor (without the clock's cost "
             << headline[receive + "_ratio_without_clock"].get<double>() << " x)\n";
        text.precision(1);
    }
    return text.str();
}

int failed_rows(Run const& run)
{
    return static_cast<int>(std::count_if(run.records.begin(), run.records.end(),
                                          [](Record const& record) { return !record.error.empty(); }));
}

int skipped_rows(Run const& run)
{
    return static_cast<int>(std::count_if(run.records.begin(), run.records.end(), [](Record const& record) {
        return record.error.empty() && !record.unavailable.empty();
    }));
}

} // namespace bench
} // namespace kickmsg
