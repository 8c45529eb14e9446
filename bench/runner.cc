#include "runner.h"

#include <algorithm>
#include <cstdio>
#include <exception>
#include <random>
#include <tuple>

namespace kickmsg {
namespace bench {
namespace {

/// Collects what Google Benchmark reports, prints nothing.
class Collector : public benchmark::BenchmarkReporter {
public:
    bool ReportContext(Context const&) override
    {
        return true;
    }
    void ReportRuns(std::vector<Run> const& runs) override
    {
        if (!runs.empty()) {
            last = runs.front();
        }
    }
    benchmark::BenchmarkReporter::Run last;
};

/// The body of a distribution's benchmark: measures one round, tells Google Benchmark its iterations and time.
void run_latency(benchmark::State& state, Plan const& plan, Cell const& cell, Round& round)
{
    try {
        round = cell.measure(plan);
    } catch (std::exception const& error) {
        round.error = error.what();
    }
    if (!round.error.empty()) {
        state.SkipWithError(round.error.c_str());
        return;
    }
    if (!round.unavailable.empty()) {
        state.SkipWithError(round.unavailable.c_str());
        return;
    }
    uint64_t const operations = round.operations != 0 ? round.operations : round.ticks.count();
    while (state.KeepRunningBatch(static_cast<benchmark::IterationCount>(operations))) {
        state.SetIterationTime(round.seconds);
    }
}

void run_loop(benchmark::State& state, Cell const& cell)
{
    try {
        cell.loop(state);
    } catch (std::exception const& error) {
        state.SkipWithError(error.what());
    }
}

void register_cell(Plan const& plan, Cell const& cell, Round& round)
{
    if (cell.measure) {
        benchmark::RegisterBenchmark(cell.name.c_str(),
                                     [&plan, &cell, &round](benchmark::State& s) { run_latency(s, plan, cell, round); })
            ->Iterations(1)
            ->UseManualTime();
        return;
    }
    auto* const loop =
        benchmark::RegisterBenchmark(cell.name.c_str(), [&cell](benchmark::State& s) { run_loop(s, cell); });
    loop->MinTime(plan.loop_seconds);
    if (cell.manual_time) {
        loop->UseManualTime();
    }
}

void keep_facts(Record& record, Round const& round)
{
    for (auto const& [name, histogram] : round.beside) {
        record.beside[name].merge(histogram);
    }
    for (auto const& [name, count] : round.counts) {
        record.counts[name] += count;
    }
    for (auto const& [name, rate] : round.rates) {
        record.rates[name].push_back(rate);
    }
}

/// What a round of a peer tells besides its times. A transport that changed between rounds shows as both.
void keep_peer(Record& record, Round const& round)
{
    record.sent += round.sent;
    record.delivered += round.delivered;
    record.transport_checked = round.transport_checked;
    if (record.transport.find(round.transport) == std::string::npos) {
        record.transport += (record.transport.empty() ? "" : ", then ") + round.transport;
    }
}

void keep(Record& record, int index, benchmark::BenchmarkReporter::Run const& run, Round const& round)
{
    if (!round.unavailable.empty()) {
        record.unavailable = round.unavailable;
        return;
    }
    keep_facts(record, round);
    if (run.error_occurred) {
        record.error = run.error_message;
        return;
    }
    if (record.cell.measure) {
        record.ticks.merge(round.ticks);
        keep_peer(record, round);
    }
    double const mean   = run.GetAdjustedRealTime();
    auto const   median = round.ticks.median_of_few(the_clock.step);
    double const value  = record.cell.measure && median ? to_ns(*median) : mean;
    auto const   before = record.round_ns.find(index);
    if (before != record.round_ns.end()) {
        record.after_before.push_back(value / before->second);
    }
    record.round_ns[index] = before == record.round_ns.end() ? value : (before->second + value) / 2;
    record.iterations += run.iterations;
    record.real_sum_ns += mean * static_cast<double>(run.iterations);
    record.cpu_sum_ns += run.GetAdjustedCPUTime() * static_cast<double>(run.iterations);
}

void run_one(Plan const& plan, Record& record, int index)
{
    Round     round;
    Collector collector;
    watchdog(static_cast<unsigned>(60 + 20 * (plan.latency_seconds + plan.loop_seconds)));
    plant_burn(record.cell.name);
    benchmark::ClearRegisteredBenchmarks();
    register_cell(plan, record.cell, round);
    benchmark::RunSpecifiedBenchmarks(&collector, ".");
    watchdog(0);
    keep(record, index, collector.last, round);
}

/// The records of one round: groups in random order, and random order within each between the two runs of its floors.
std::vector<std::size_t> draw_order(std::vector<Record> const& records, int index, uint64_t seed)
{
    using Place = std::tuple<uint64_t, uint64_t, std::size_t>; // of the group, within it, the record
    std::mt19937_64         engine(seed * 1000003 + static_cast<uint64_t>(index));
    std::map<int, uint64_t> group_place;
    std::vector<Place>      places;
    for (std::size_t i = 0; i < records.size(); ++i) {
        if (index < records[i].cell.rounds && records[i].cell.skipped.empty()) {
            uint64_t const group  = group_place.emplace(records[i].cell.group, engine()).first->second;
            uint64_t const within = engine();
            places.emplace_back(group, records[i].cell.bracket ? 0 : within, i);
            if (records[i].cell.bracket) {
                places.emplace_back(group, UINT64_MAX, i);
            }
        }
    }
    std::sort(places.begin(), places.end());
    std::vector<std::size_t> order;
    for (Place const& place : places) {
        order.push_back(std::get<2>(place));
    }
    return order;
}

void tell_progress(Record const& record, int index, std::size_t done, std::size_t all, double seconds)
{
    auto const found = record.round_ns.find(index);
    if (!record.unavailable.empty()) {
        std::fprintf(stderr, "[%4zu/%zu] %-72s not measured here: %s\n", done, all, record.cell.name.c_str(),
                     record.unavailable.c_str());
        return;
    }
    if (found == record.round_ns.end()) {
        std::fprintf(stderr, "[%4zu/%zu] %-72s FAILED: %s\n", done, all, record.cell.name.c_str(),
                     record.error.c_str());
        return;
    }
    std::fprintf(stderr, "[%4zu/%zu] %-72s round %d/%d  %s %11.1f ns  (%.1f s)\n", done, all, record.cell.name.c_str(),
                 index + 1, record.cell.rounds, record.ticks.count() != 0 ? "p50 " : "mean", found->second, seconds);
}

} // namespace

Run run_cells(Plan const& plan, std::vector<Cell> const& cells)
{
    Run         run;
    int         rounds = 0;
    std::size_t all    = 0;
    std::size_t done   = 0;
    run.plan           = plan;
    for (Cell const& cell : cells) {
        Record record;
        record.cell = cell;
        rounds      = std::max(rounds, cell.rounds);
        run.records.push_back(std::move(record));
        all += static_cast<std::size_t>(!cell.skipped.empty() ? 0 : cell.bracket ? 2 * cell.rounds : cell.rounds);
    }
    pin_to(plan.placement.first);
    for (int index = 0; index < rounds; ++index) {
        for (std::size_t const i : draw_order(run.records, index, plan.seed)) {
            uint64_t const start = steady_ns();
            run_one(plan, run.records[i], index);
            tell_progress(run.records[i], index, ++done, all, static_cast<double>(steady_ns() - start) / 1e9);
        }
    }
    return run;
}

} // namespace bench
} // namespace kickmsg
