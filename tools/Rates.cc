#include "Rates.h"

#include "kickmsg/os/Time.h"

#include <algorithm>

namespace kickmsg_tools {

namespace {

std::string key_of(kickmsg::RegionReport const& report)
{
    return report.region.name + "@" + std::to_string(report.region.created_ns);
}

} // namespace

void Rates::add(std::vector<kickmsg::RegionReport> const& reports)
{
    uint64_t const              now = kickmsg::monotonic_ns();
    std::map<std::string, Seen> latest;
    for (auto const& report : reports) {
        Seen& seen = latest[key_of(report)];
        seen.at    = now;
        for (auto const& subscriber : report.subscribers) {
            seen.positions[subscriber.incarnation] = subscriber.ring.position;
        }
        auto const before = seen_.find(key_of(report));
        if (before == seen_.end() || now <= before->second.at) {
            continue;
        }
        double const seconds = static_cast<double>(now - before->second.at) * 1e-9;
        for (auto const& [incarnation, position] : seen.positions) {
            auto const old = before->second.positions.find(incarnation);
            if (old != before->second.positions.end() &&
                position - old->second < (uint64_t{1} << 40U)) { // else overwritten
                seen.rate = std::max(seen.rate, static_cast<double>(position - old->second) / seconds);
            }
        }
    }
    seen_ = std::move(latest);
}

double Rates::of(kickmsg::RegionReport const& report) const
{
    auto const found = seen_.find(key_of(report));
    return found == seen_.end() ? -1 : found->second.rate;
}

double Rates::bandwidth_of(kickmsg::RegionReport const& report) const
{
    double const rate = of(report);
    return rate < 0 ? -1 : rate * static_cast<double>(report.last_length);
}

} // namespace kickmsg_tools
