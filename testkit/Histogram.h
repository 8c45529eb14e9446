/// A log-linear histogram of 64-bit values: exact below 256, from there 256 buckets for each power of two, so a value
/// is known to 0.4 %. Recording is one index computation and one increment; two histograms merge by addition.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace kickmsg_testkit {

/// Where a value goes. The self-test plants a fault by handing the histogram another one of these.
struct LogLinear {
    static constexpr uint32_t    sub_bits    = 8;
    static constexpr uint64_t    sub_buckets = uint64_t{1} << sub_bits;
    static constexpr uint32_t    top_bit     = 47; ///< greater values go to the last bucket
    static constexpr std::size_t buckets     = (top_bit - sub_bits + 2) * sub_buckets;

    static std::size_t index(uint64_t value)
    {
        if (value < sub_buckets) {
            return static_cast<std::size_t>(value);
        }
        uint32_t const    high  = 63U - static_cast<uint32_t>(__builtin_clzll(value));
        uint32_t const    shift = high - sub_bits;
        std::size_t const at    = (shift + 1) * sub_buckets + ((value >> shift) - sub_buckets);
        return std::min(at, buckets - 1);
    }
    /// The smallest value of a bucket.
    static uint64_t low(std::size_t at)
    {
        if (at < sub_buckets) {
            return at;
        }
        return (sub_buckets + at % sub_buckets) << (at / sub_buckets - 1);
    }
    /// How many different values a bucket holds.
    static uint64_t width(std::size_t at)
    {
        return at < sub_buckets ? 1 : uint64_t{1} << (at / sub_buckets - 1);
    }
};

template <class Scale>
class BasicHistogram {
public:
    /// A quantile is reported only when at least this many samples lie beyond it.
    static constexpr uint64_t samples_beyond = 20;

    BasicHistogram() : counts_(Scale::buckets, 0) {}

    void record(uint64_t value)
    {
        ++counts_[Scale::index(value)];
        ++count_;
        sum_ += value;
        min_ = std::min(min_, value);
        max_ = std::max(max_, value);
    }

    void merge(BasicHistogram const& other)
    {
        for (std::size_t at = 0; at < counts_.size(); ++at) {
            counts_[at] += other.counts_[at];
        }
        count_ += other.count_;
        sum_ += other.sum_;
        min_ = std::min(min_, other.min_);
        max_ = std::max(max_, other.max_);
    }

    /// Adds `count` values of one bucket; its lowest stands for all. min() and max() come from extend().
    void add(uint64_t low, uint64_t count)
    {
        counts_[Scale::index(low)] += count;
        count_ += count;
        sum_ += low * count;
    }
    void extend(uint64_t least, uint64_t greatest)
    {
        min_ = std::min(min_, least);
        max_ = std::max(max_, greatest);
    }

    uint64_t count() const
    {
        return count_;
    }
    uint64_t min() const
    {
        return count_ == 0 ? 0 : min_;
    }
    uint64_t max() const
    {
        return max_;
    }
    double mean() const
    {
        return count_ == 0 ? 0.0 : static_cast<double>(sum_) / static_cast<double>(count_);
    }

    /// Returns: the smallest value with at least `fraction` of the samples at or below it; nullopt when fewer than
    ///          `samples_beyond` samples lie beyond. Samples of one bucket are taken as spread evenly over it, or over
    ///          the clock's step, when that is wider: a clock of coarse steps rounds by a random phase.
    std::optional<double> quantile(double fraction, double step = 1.0) const
    {
        auto const rank =
            std::max<uint64_t>(1, static_cast<uint64_t>(std::ceil(fraction * static_cast<double>(count_))));
        if (count_ == 0 || count_ - std::min(rank, count_) < samples_beyond) {
            return std::nullopt;
        }
        return at_rank(rank, step);
    }

    /// Returns: the median of however few samples: to compare rounds by, never to be reported as a quantile.
    std::optional<double> median_of_few(double step = 1.0) const
    {
        return count_ == 0 ? std::nullopt : std::optional<double>(at_rank((count_ + 1) / 2, step));
    }

    /// Calls `visit(middle, count)` for each bucket in use, smallest first.
    template <class Visit>
    void each(Visit visit) const
    {
        for (std::size_t at = 0; at < counts_.size(); ++at) {
            if (counts_[at] != 0) {
                visit(middle(at), counts_[at]);
            }
        }
    }

    /// Calls `visit(low, count)` likewise: what add() takes.
    template <class Visit>
    void each_low(Visit visit) const
    {
        for (std::size_t at = 0; at < counts_.size(); ++at) {
            if (counts_[at] != 0) {
                visit(Scale::low(at), counts_[at]);
            }
        }
    }

private:
    /// `rank`: 1 … count().
    double at_rank(uint64_t rank, double step) const
    {
        uint64_t    below = 0;
        std::size_t at    = 0;
        while (below + counts_[at] < rank) {
            below += counts_[at++];
        }
        double const place = (static_cast<double>(rank - below) - 0.5) / static_cast<double>(counts_[at]);
        return middle(at) + std::max(step, static_cast<double>(Scale::width(at))) * (place - 0.5);
    }

    static double middle(std::size_t at)
    {
        return static_cast<double>(Scale::low(at)) + static_cast<double>(Scale::width(at) - 1) / 2.0;
    }

    std::vector<uint64_t> counts_;
    uint64_t              count_ = 0;
    uint64_t              sum_   = 0;
    uint64_t              min_   = UINT64_MAX;
    uint64_t              max_   = 0;
};

using Histogram = BasicHistogram<LogLinear>;

} // namespace kickmsg_testkit
