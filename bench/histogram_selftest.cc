/// The histogram against exact quantiles of known data. The same checks must fail on planted faults.
#include "Histogram.h"
#include "tally.h"

#include <cstdio>
#include <random>
#include <string>

namespace kickmsg {
namespace bench {

using namespace kickmsg_testkit; // what measurements share
namespace {

/// Planted: one bucket too far from the first power of two on.
struct OffByOneIndex : LogLinear {
    static std::size_t index(uint64_t value)
    {
        std::size_t const at = LogLinear::index(value);
        return value < sub_buckets ? at : std::min(at + 1, buckets - 1);
    }
};

/// Planted: buckets said to begin one shift too low.
struct OffByOneShift : LogLinear {
    static uint64_t low(std::size_t at)
    {
        return at < sub_buckets ? at : LogLinear::low(at) - width(at);
    }
};

/// Planted: the linear part said to begin at 1.
struct OffByOneOrigin : LogLinear {
    static uint64_t low(std::size_t at)
    {
        return LogLinear::low(at) + 1;
    }
};

std::vector<uint64_t> log_normal_values(std::size_t count)
{
    std::mt19937_64                     engine(20250101);
    std::lognormal_distribution<double> spread(6.0, 1.5);
    std::vector<uint64_t>               values(count);
    for (uint64_t& value : values) {
        value = static_cast<uint64_t>(spread(engine));
    }
    return values;
}

/// Small integers are kept exactly, so every quantile of 1 … 200 is the exact order statistic.
template <class Scale>
void exact_below_256(Tally& tally)
{
    BasicHistogram<Scale> histogram;
    for (uint64_t value = 1; value <= 200; ++value) {
        histogram.record(value);
    }
    for (double fraction : {0.005, 0.25, 0.5, 0.9}) {
        auto const exact = static_cast<double>(std::ceil(fraction * 200));
        auto const found = histogram.quantile(fraction);
        tally.check(found && *found == exact, "quantile " + std::to_string(fraction) + " of 1..200 is exact");
    }
}

template <class Scale>
void close_above_256(Tally& tally)
{
    BasicHistogram<Scale> whole;
    BasicHistogram<Scale> parts[2];
    auto                  values = log_normal_values(400'000);
    for (std::size_t i = 0; i < values.size(); ++i) {
        whole.record(values[i]);
        parts[i % 2].record(values[i]);
    }
    parts[0].merge(parts[1]);
    std::sort(values.begin(), values.end());
    for (double fraction : {0.5, 0.9, 0.99, 0.999, 0.9999}) {
        auto const rank  = static_cast<std::size_t>(std::ceil(fraction * static_cast<double>(values.size())));
        auto const exact = static_cast<double>(values[rank - 1]);
        auto const found = whole.quantile(fraction);
        tally.check(found && std::abs(*found - exact) <= exact / 500.0,
                    "quantile " + std::to_string(fraction) + " of 400000 log-normal values is within 0.2 %");
        tally.check(found == parts[0].quantile(fraction), "two merged halves give the same quantile");
    }
    tally.check(whole.max() == values.back() && whole.min() == values.front(), "minimum and maximum are exact");
}

/// Every bucket must hold exactly the values that it says it holds; neighbours must meet without gap or overlap.
template <class Scale>
void buckets_tile_the_axis(Tally& tally)
{
    bool inside = true;
    bool meet   = true;
    for (std::size_t at = 0; at + 1 < Scale::buckets; ++at) {
        uint64_t const first = Scale::low(at);
        inside               = inside && Scale::index(first) == at && Scale::index(first + Scale::width(at) - 1) == at;
        meet                 = meet && first + Scale::width(at) == Scale::low(at + 1);
    }
    tally.check(inside, "the first and the last value of every bucket fall into it");
    tally.check(meet, "buckets meet without gap or overlap");
}

/// A clock that ticks in steps of 26: rounding by a random phase must not move the median.
template <class Scale>
void coarse_clock_is_bridged(Tally& tally)
{
    BasicHistogram<Scale>                  histogram;
    std::mt19937_64                        engine(7);
    std::uniform_real_distribution<double> phase(0.0, 26.0);
    std::normal_distribution<double>       duration(475.0, 13.0);
    for (int i = 0; i < 200'000; ++i) {
        double const start = phase(engine);
        histogram.record(26 * static_cast<uint64_t>((start + duration(engine)) / 26.0));
    }
    auto const found = histogram.quantile(0.5, 26.0);
    tally.check(found && std::abs(*found - 475.0) < 2.0,
                "the median of a clock of steps of 26 is within 2 of the exact 475");
}

template <class Scale>
void quantiles_need_samples_beyond(Tally& tally)
{
    BasicHistogram<Scale> histogram;
    for (int i = 0; i < 1999; ++i) {
        histogram.record(5);
    }
    tally.check(!histogram.quantile(0.99), "p99 of 1999 samples is not told: 19 lie beyond");
    histogram.record(5);
    tally.check(histogram.quantile(0.99).has_value(), "p99 of 2000 samples is told: 20 lie beyond");
}

template <class Scale>
Tally run_all(bool quiet)
{
    Tally tally(quiet);
    exact_below_256<Scale>(tally);
    close_above_256<Scale>(tally);
    buckets_tile_the_axis<Scale>(tally);
    coarse_clock_is_bridged<Scale>(tally);
    quantiles_need_samples_beyond<Scale>(tally);
    return tally;
}

} // namespace

int histogram_selftest()
{
    Tally tally = run_all<LogLinear>(false);
    tally.check(run_all<OffByOneIndex>(true).failed() > 0, "planted: index off by one is caught");
    tally.check(run_all<OffByOneShift>(true).failed() > 0, "planted: bucket start off by one is caught");
    tally.check(run_all<OffByOneOrigin>(true).failed() > 0, "planted: origin off by one is caught");
    std::printf("%d passed, %d failed\n", tally.checks() - tally.failed(), tally.failed());
    return tally.failed();
}

} // namespace bench
} // namespace kickmsg
