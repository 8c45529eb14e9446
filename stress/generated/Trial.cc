#include "Trial.h"

#include "Crew.h"
#include "Settings.h"
#include "kickmsg/os/Time.h"
#include "support.h"

#include <algorithm>
#include <cstdlib>
#include <iostream>

namespace kickmsg_stress {
namespace generated {

namespace {

using std::chrono::milliseconds;

/// How often `make` succeeds until there is no room, at most once more than `most`. All are given back.
template <class T>
uint64_t count_rooms(kickmsg::SharedRegion const& region, uint32_t most)
{
    std::vector<T> rooms;
    try {
        while (rooms.size() <= most) {
            rooms.emplace_back(region);
        }
    } catch (kickmsg::Error const&) { // NoFreeRing, NoFreeRecord: all are taken
    }
    return rooms.size();
}

class Conductor {
public:
    Conductor(TrialPlan const& plan, SharedBoard& board)
        : plan_(plan), board_(board), name_("generated"), region_(kickmsg_test::make(name_, plan.config()))
    {
        board_.begin(plan, name_);
    }

    std::vector<std::string> run(Coverage& coverage)
    {
        crew_ = plan_.processes ? start_processes(board_) : start_threads(board_, region_);
        wait_until([this] { return board_->ready.load() == plan_.publishers + plan_.subscribers; });
        uint64_t const start = first_position();
        board_->begin();
        stop_some(coverage);
        wait_until_ended();
        coverage.stopped_processes += crew_->stops();
        crew_.reset();
        look_at_region(board_->accounts.region);
        board_->accounts.region.start = start;
        coverage.add(plan_, board_->accounts);
        return check(plan_, board_->accounts);
    }

private:
    /// Until it is so, or all have ended, or somebody is missing.
    template <class Condition>
    void wait_until(Condition condition)
    {
        while (!crew_->have_all_ended() && !condition()) {
            kickmsg::sleep(std::chrono::microseconds(200));
            if (kickmsg::monotonic_ns() > patience_) {
                give_up();
            }
        }
    }

    void wait_until_ended()
    {
        wait_until([] { return false; });
    }

    /// Before the watchdog does: what was generated is reported.
    [[noreturn]] void give_up() const
    {
        std::cerr << "a generated trial does not end: ready " << board_->ready.load() << ", sending "
                  << board_->sending.load() << ", phase " << static_cast<uint32_t>(board_->phase.load()) << "\n"
                  << plan_ << std::endl;
        kickmsg::SharedMemory::unlink(name_);
        std::abort(); // processes die with their parent
    }

    /// Of the rings joined by now: nothing was sent yet, and none was used before.
    uint64_t first_position() const
    {
        for (auto const& ring : region_.stats().rings) {
            if (ring.state == kickmsg::RingState::Live) {
                return ring.position;
            }
        }
        return 0;
    }

    template <class Act>
    void each_stopped(bool to_the_end, Act act)
    {
        for (uint32_t i = 0; i < plan_.subscribers; ++i) {
            if (plan_.subscriber[i].manner == Manner::Stopped && plan_.subscriber[i].to_the_end == to_the_end) {
                act(i);
            }
        }
    }

    uint64_t finished() const
    {
        uint64_t sum = 0;
        for (auto const& each : board_->finished) {
            sum += each.load();
        }
        return sum;
    }

    void stop_some(Coverage& coverage)
    {
        auto const stop  = [this](uint32_t which) { crew_->stop(which); };
        auto const go_on = [this](uint32_t which) { crew_->go_on(which); };
        kickmsg::sleep(milliseconds(plan_.milliseconds) / 4);
        each_stopped(false, stop);
        each_stopped(true, stop);
        uint64_t const before = finished();
        kickmsg::sleep(milliseconds(plan_.milliseconds) / 2);
        each_stopped(false, go_on);
        wait_until([this] { return !board_->is_sending(); });
        uint64_t const past = finished() - before;
        each_stopped(true, [&](uint32_t which) {
            coverage.sent_past_the_stopped += past;
            crew_->go_on(which);
        });
    }

    /// Nobody is there but this one.
    void look_at_region(RegionAccount& account)
    {
        auto const config    = plan_.config();
        auto const stats     = region_.stats();
        account.participants = stats.participants.size() - 1;
        account.slots        = kickmsg_test::allocatable(name_);
        account.rings        = count_rooms<kickmsg::Subscriber>(region_, config.max_subscribers);
        account.publishers   = count_rooms<kickmsg::Publisher>(region_, config.max_publishers);
        auto const health    = region_.diagnose();
        account.unclean = health.locked_entries + health.retired_rings + health.draining_rings + health.live_rings +
                          health.dead_participants + health.orphaned_slots + (health.schema_stuck ? 1 : 0) +
                          (health.unlinked ? 1 : 0);
        auto const report = region_.recover();
        account.recovered =
            report.participants + report.rings + report.entries + report.references + report.slots + report.schema;
        account.corrupt = region_.stats().corrupt;
    }

    TrialPlan const&      plan_;
    SharedBoard&          board_;
    kickmsg_test::Name    name_;
    kickmsg::SharedRegion region_;
    std::unique_ptr<Crew> crew_;
    uint64_t const patience_ = kickmsg::monotonic_ns() + number_from("KICKMSG_STRESS_WATCHDOG", 300) * 500000000U;
};

} // namespace

void Coverage::add(TrialPlan const& plan, Accounts const& accounts)
{
    uint64_t now = 0;
    ++trials;
    ++(plan.processes ? of_processes : of_threads);
    processes += plan.processes ? plan.publishers + plan.subscribers : 0;
    for (PublisherAccount const& each : accounts.publisher) {
        now += each.sent;
        refused += each.refused;
        zero_length += each.zero_length;
        large += each.large;
        lent += each.lent;
        shortened += each.shortened;
    }
    sent += now;
    unheard += plan.subscribers == 0 ? now : 0;
    wraps += plan.subscribers != 0 ? now / plan.capacity : 0;
    for (uint32_t i = 0; i < plan.subscribers; ++i) {
        SubscriberAccount const& each = accounts.subscriber[i];
        received += each.received;
        evicted += plan.pool_size() < plan.capacity ? each.lost : 0;
        overwritten += plan.pool == Pool::Ample ? each.lost : 0;
        views += each.views;
        most_held = std::max(most_held, each.most_held);
        blocked += each.blocked;
        woken += each.woken;
        stopped_threads += each.stopped;
        joins_of_churners += plan.churns(i) ? each.joins : 0;
    }
}

std::vector<std::string> perform(TrialPlan const& plan, Coverage& coverage)
{
    static SharedBoard board;
    return Conductor(plan, board).run(coverage);
}

} // namespace generated
} // namespace kickmsg_stress
