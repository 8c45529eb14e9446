#include "ratios.h"

#include <algorithm>
#include <cmath>

namespace kickmsg {
namespace bench {

double rounded(double value)
{
    return std::round(value * 1000.0) / 1000.0;
}

std::optional<double> median(std::vector<double> values)
{
    if (values.empty()) {
        return std::nullopt;
    }
    std::sort(values.begin(), values.end());
    std::size_t const half = values.size() / 2;
    return values.size() % 2 != 0 ? values[half] : (values[half - 1] + values[half]) / 2.0;
}

Record const* find(Run const& run, std::string const& name)
{
    for (Record const& record : run.records) {
        if (record.cell.name == name && !record.round_ns.empty()) {
            return &record;
        }
    }
    return nullptr;
}

std::vector<double> rounds_of(Record const& record)
{
    std::vector<double> values;
    for (auto const& round : record.round_ns) {
        values.push_back(round.second);
    }
    return values;
}

std::optional<double> median_ratio(Record const& record, Record const* base, double spare)
{
    std::vector<double> ratios;
    for (auto const& round : record.round_ns) {
        auto const same = base == nullptr ? record.round_ns.end() : base->round_ns.find(round.first);
        if (base != nullptr && same != base->round_ns.end() && same->second > spare) {
            ratios.push_back((round.second - spare) / (same->second - spare));
        }
    }
    return median(ratios);
}

double clock_cost(Run const& run)
{
    Record const* const clock = find(run, "floor/clock");
    return clock == nullptr ? 0.0 : *median(rounds_of(*clock));
}

std::optional<double> floor_ratio(Run const& run, Record const& record, double spare)
{
    Record const* const base = record.cell.floor.empty() ? nullptr : find(run, record.cell.floor);
    return base == nullptr ? std::nullopt : median_ratio(record, base, spare);
}

} // namespace bench
} // namespace kickmsg
