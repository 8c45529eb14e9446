/// kickmsg_crash_times [--quick] --out FILE: measures what a death costs, and writes rows like those of kickmsg_bench.
/// Nothing here is asserted: times are looked at, never tested.
#include "times.h"

#include "clock.h"
#include "machine.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <exception>
#include <fstream>

namespace {

using namespace kickmsg_crash;
using Json = nlohmann::ordered_json;

std::vector<Measured> measure(Extent const& extent)
{
    std::vector<Measured> all;
    auto const            keep = [&all](Measured measured) {
        std::sort(measured.samples.begin(), measured.samples.end());
        std::printf("%-48s %6zu samples, median %.3g µs, longest %.3g µs\n", measured.name.c_str(),
                               measured.samples.size(), static_cast<double>(measured.samples[measured.samples.size() / 2]) / 1e3,
                               static_cast<double>(measured.samples.back()) / 1e3);
        std::fflush(stdout);
        all.push_back(std::move(measured));
    };
    for (bool const traffic : {false, true}) {
        for (uint32_t const rings : extent.rings) {
            for (uint32_t const pool : extent.pools) {
                keep(measure_recovery(pool, rings, traffic, extent.recoveries));
            }
        }
    }
    for (Fate const fate : {Fate::Finished, Fate::Stopped, Fate::Killed}) {
        keep(measure_polling(fate, extent.sweeps));
    }
    keep(measure_sleeping_undisturbed(25 * extent.sleeps));
    keep(measure_sleeping(extent.sleeps));
    return all;
}

Json row_of(Measured const& measured)
{
    kickmsg_testkit::Histogram histogram;
    for (uint64_t const sample : measured.samples) {
        histogram.record(sample);
    }
    double const median = static_cast<double>(measured.samples[measured.samples.size() / 2]);
    Json         row    = {{"name", measured.name},     {"run_name", measured.name},
                           {"run_type", "iteration"},   {"iterations", measured.samples.size()},
                           {"real_time", median},       {"cpu_time", median},
                           {"time_unit", "ns"},         {"n", measured.samples.size()},
                           {"min_ns", histogram.min()}, {"max_ns", histogram.max()}};
    for (auto const& [name, fraction] : {std::pair("p50_ns", 0.5), std::pair("p90_ns", 0.9), std::pair("p99_ns", 0.99),
                                         std::pair("p99.9_ns", 0.999)}) {
        if (auto const value = histogram.quantile(fraction)) {
            row[name] = *value;
        }
    }
    for (auto const& [name, value] : measured.facts) {
        row[name] = value;
    }
    Json buckets = Json::array();
    histogram.each([&buckets](double middle, uint64_t count) { buckets.push_back({middle, count}); });
    row["histogram"] = {{"unit", "ns"}, {"buckets", buckets}};
    return row;
}

void write(std::string const& path, std::string const& mode, std::vector<Measured> const& all)
{
    kickmsg_testkit::Placement placement;
    placement.text        = "victim and tracer on one processor, the others where the kernel puts them";
    Json const    context = {{"executable", "kickmsg_crash_times"},
                             {"commit", kickmsg_testkit::commit()},
                             {"mode", mode},
                             {"placement", placement.text},
                             {"machine", kickmsg_testkit::describe_machine(placement)}};
    std::ofstream file(path);
    file << "{\n\"context\": " << context.dump(1) << ",\n\"benchmarks\": [\n"; // one row a line
    for (Measured const& measured : all) {
        file << row_of(measured).dump() << (&measured == &all.back() ? "\n" : ",\n");
    }
    file << "]\n}\n";
    if (!file.flush()) {
        throw std::runtime_error("cannot write " + path);
    }
}

} // namespace

int main(int argc, char** argv)
{
    bool        quick = false;
    std::string out   = "crash_times.json";
    for (int i = 1; i < argc; ++i) {
        if (std::strcmp(argv[i], "--quick") == 0) {
            quick = true;
        } else if (std::strcmp(argv[i], "--out") == 0 && i + 1 < argc) {
            out = argv[++i];
        } else {
            std::fprintf(stderr, "kickmsg_crash_times [--quick] [--out FILE]\n");
            return 2;
        }
    }
    try {
        kickmsg_testkit::start_clock();
        write(out, quick ? "quick" : "report", measure(quick ? quick_extent() : full_extent()));
        std::printf("%s\n", out.c_str());
        return 0;
    } catch (std::exception const& error) {
        std::fprintf(stderr, "kickmsg_crash_times: %s\n", error.what());
        return 1;
    }
}
