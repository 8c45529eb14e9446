#include "Rates.h"

#include "kickmsg/os/Time.h"

namespace kickmsg_tools {

namespace {

std::string key_of(kickmsg::RegionReport const& report)
{
    return report.region.name + "@" + std::to_string(report.region.created_ns);
}

} // namespace

Rates::Seen Rates::compared(std::map<std::string, Seen> const& before, kickmsg::RegionReport const& report,
                            uint64_t now)
{
    Seen seen;
    seen.at          = now;
    seen.sent        = report.region.sent;
    auto const found = before.find(key_of(report));
    if (found != before.end() && now > found->second.at && seen.sent >= found->second.sent) { // else overwritten
        double const seconds = static_cast<double>(now - found->second.at) * 1e-9;
        seen.rate            = static_cast<double>(seen.sent - found->second.sent) / seconds;
    }
    return seen;
}

void Rates::add(std::vector<kickmsg::RegionReport> const& reports)
{
    uint64_t const              now = kickmsg::monotonic_ns();
    std::map<std::string, Seen> latest;
    for (auto const& report : reports) {
        latest[key_of(report)] = compared(seen_, report, now);
    }
    seen_ = std::move(latest);
}

void Rates::add_one(kickmsg::RegionReport const& report)
{
    seen_[key_of(report)] = compared(seen_, report, kickmsg::monotonic_ns());
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
