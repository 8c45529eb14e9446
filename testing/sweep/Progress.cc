#include "Progress.h"

#include "kickmsg/Inspect.h"

#include <algorithm>

namespace kickmsg_sweep {

Progress::Progress(std::string const& prefix, std::vector<pid_t> const& processes)
{
    auto const is_companion = [&processes](uint64_t pid) {
        return std::find(processes.begin(), processes.end(), static_cast<pid_t>(pid)) != processes.end();
    };
    if (processes.empty()) {
        return;
    }
    for (std::string const& name : kickmsg::SharedMemory::names("/" + prefix + "_")) {
        kickmsg::RegionReport report;
        try {
            report = kickmsg::inspect(name);
        } catch (kickmsg::Error const&) {
            continue; // it has just been unlinked
        }
        std::string const region = name.substr(prefix.size() + 2);
        for (auto const& subscriber : report.subscribers) {
            if (is_companion(subscriber.ring.pid)) {
                ends_[{name, subscriber.incarnation}] = {region + ": a subscriber of pid " +
                                                             std::to_string(subscriber.ring.pid) + " has received",
                                                         subscriber.ring.received, subscriber.ring.unread};
            }
        }
        for (auto const& publisher : report.publishers) {
            if (is_companion(publisher.pid)) {
                ends_[{name, publisher.incarnation}] = {
                    region + ": a publisher of pid " + std::to_string(publisher.pid) + " has sent", publisher.sent, 0};
            }
        }
    }
}

std::vector<std::string> Progress::until(Progress const& now) const
{
    std::vector<std::string> lines;
    for (auto const& [key, end] : ends_) {
        auto const later = now.ends_.find(key);
        if (later == now.ends_.end()) {
            lines.push_back(end.what + " " + std::to_string(end.moved) + ", and has left");
        } else {
            lines.push_back(end.what + " " + std::to_string(end.moved) + ", and " +
                            std::to_string(later->second.moved) + " after the kill; " +
                            std::to_string(later->second.unread) + " unread");
        }
    }
    return lines;
}

} // namespace kickmsg_sweep
