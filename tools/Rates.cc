#include "Rates.h"

#include "kickmsg/os/Time.h"

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
        Seen& seen        = latest[key_of(report)];
        seen.at           = now;
        seen.sent         = report.region.sent;
        auto const before = seen_.find(key_of(report));
        if (before != seen_.end() && now > before->second.at && seen.sent >= before->second.sent) { // else overwritten
            double const seconds = static_cast<double>(now - before->second.at) * 1e-9;
            seen.rate            = static_cast<double>(seen.sent - before->second.sent) / seconds;
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
    return rate < 0 || (rate > 0 && report.last_length == 0) ? -1 : rate * static_cast<double>(report.last_length);
}

} // namespace kickmsg_tools
