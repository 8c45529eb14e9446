#include "Findings.h"

#include "Processes.h"
#include "Regions.h"
#include "Services.h"

namespace kickmsg_tools {

namespace {

using kickmsg::ErrorCode;
using kickmsg::RegionReport;
using kickmsg::RegionStatus;

/// Of one region.
class Search {
public:
    explicit Search(RegionReport const& report) : report_(report) {}

    std::vector<Finding> all()
    {
        if (report_.region.error) {
            unreadable();
            return found_;
        }
        the_dead();
        left_behind();
        for (auto const& subscriber : report_.subscribers) {
            if (subscriber.alive) {
                slow(subscriber);
            }
        }
        memory();
        return found_;
    }

private:
    void add(char const* code, std::string const& text, std::string const& remedy)
    {
        found_.push_back({code, report_.region.name, text, remedy});
    }

    void unreadable()
    {
        auto const& error = *report_.region.error;
        char const* code  = error.code() == ErrorCode::WrongVersion       ? "stale-layout"
                            : error.code() == ErrorCode::PermissionDenied ? "no-permission"
                            : error.code() == ErrorCode::NotReady         ? "half-created"
                                                                          : "damaged";
        add(code, without_remedy(error), remedy_of(error, report_.region.name));
    }

    void the_dead()
    {
        std::string pids;
        for (auto const& participant : report_.region.participants) {
            if (!participant.alive) {
                pids += (pids.empty() ? "" : ", ") + role_of(report_.region, participant.kind) + " pid " +
                        std::to_string(participant.pid);
            }
        }
        if (!pids.empty()) {
            add("dead", "died and was not recovered: " + pids, remedy_of_recovery());
        }
    }

    std::string remedy_of_recovery() const
    {
        return "kickmsg recover " + report_.region.name;
    }

    void left_behind()
    {
        if (report_.pool && report_.pool->orphaned != 0) {
            add("orphaned",
                std::to_string(report_.pool->orphaned) + " slots (" +
                    bytes_text(static_cast<double>(report_.pool->orphaned * report_.slot_bytes)) +
                    ") are held by nobody alive",
                remedy_of_recovery());
        }
        if (report_.schema_stuck) {
            add("schema-stuck", "a process died while it set the type of the messages", remedy_of_recovery());
        }
        if (report_.sweep_owed) {
            add("sweep-owed", "a recovery has something left to do", remedy_of_recovery());
        }
        if (report_.region.status == RegionStatus::Retired && living(report_.region) == 0) {
            add("retired", "a process that replaced or removed it has not finished",
                "kickmsg prune --prefix PREFIX, or its next user");
        }
        if (report_.region.status == RegionStatus::Unlinked) {
            add("unlinked", "the name is gone: nobody new can find it",
                "its users follow by themselves, or start them anew");
        }
        if (report_.leftover_files != 0) {
            add("leftover-files", std::to_string(report_.leftover_files) + " hidden files of killed replacers",
                "kickmsg prune clears them");
        }
        if (report_.corrupt != 0) {
            add("corrupt", std::to_string(report_.corrupt) + " words were found out of range, and passed over",
                "find who writes out of bounds; then end its users and kickmsg unlink " + report_.region.name);
        }
    }

    void slow(kickmsg::InspectedSubscriber const& subscriber)
    {
        auto const&       ring = subscriber.ring;
        std::string const who  = role_of(report_.region, "subscriber") + " pid " + std::to_string(ring.pid) + " (" +
                                process_text(ring.pid, report_.region.name, true) + ")";
        bool const stopped = who.find(", stopped)") != std::string::npos;
        if (ring.unread >= report_.region.config.sub_ring_capacity) {
            add("full",
                who + " does not keep up: its ring of " + std::to_string(report_.region.config.sub_ring_capacity) +
                    " messages is full, " + std::to_string(ring.evicted) + " were pushed out unread",
                stopped ? "kill -CONT " + std::to_string(ring.pid)
                        : "see what it does, or raise Config::sub_ring_capacity");
        } else if (stopped) {
            add("stopped", who + " is stopped, with " + std::to_string(ring.unread) + " messages unread",
                "kill -CONT " + std::to_string(ring.pid));
        }
        // An end of a service holds what is being worked on, and as much as that is at most.
        if (ring.views >= report_.region.config.max_views && report_.region.kind != "service") {
            add("views",
                who + " holds " + std::to_string(ring.views) +
                    " views, which is its limit: " + bytes_text(static_cast<double>(ring.views * report_.slot_bytes)) +
                    ", and " + std::to_string(ring.views_refused) + " receives were refused",
                "have it drop views sooner, or raise Config::max_views");
        }
    }

    void memory()
    {
        if (!report_.pool) {
            return;
        }
        auto const& pool = *report_.pool;
        if (pool.free + pool.kept == 0) {
            add("no-slot",
                "no slot is free: " + std::to_string(pool.unread) + " wait unread, " + std::to_string(pool.held) +
                    " are held",
                "kickmsg stats " + report_.region.name + " shows by whom; or raise Config::pool_size");
        }
    }

    RegionReport const&  report_;
    std::vector<Finding> found_;
};

} // namespace

std::vector<Finding> findings_of(RegionReport const& report)
{
    return Search(report).all();
}

Json json_of(Finding const& finding)
{
    return Json{{"code", finding.code},
                {"region", finding.region.empty() ? Json() : Json(finding.region)},
                {"text", finding.text},
                {"remedy", finding.remedy}};
}

void show(Finding const& finding)
{
    write(toned(finding.code, Tone::Bad) + "  " + (finding.region.empty() ? "" : printable(finding.region) + ": ") +
          printable(finding.text) + "\n    " + toned("-> " + printable(finding.remedy), Tone::Dim) + "\n");
}

} // namespace kickmsg_tools
