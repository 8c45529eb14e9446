/// Up to sixteen processes that join, send, view, sleep, leave and recover on one small region, killed and stopped at
/// random: nothing is lost but what is reported to each, nothing comes twice, and in the end everything is there.
#include "Settings.h"
#include "Swarm.h"

#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>
#include <thread>
#include <unistd.h>

using namespace kickmsg_crash;

namespace {

constexpr auto round_length = std::chrono::milliseconds(2500);

/// Ends a run that makes no progress, saying where everybody is.
class Watchdog {
public:
    Watchdog(std::chrono::seconds patience, Swarm const& swarm)
        : thread_([this, patience, &swarm] {
              std::unique_lock<std::mutex> lock(mutex_);
              if (!ended_.wait_for(lock, patience, [this] { return done_; })) {
                  std::printf("the swarm makes no progress: %s", swarm.state().c_str());
                  std::fflush(stdout);
                  kickmsg::SharedMemory::unlink(swarm.name());
                  _exit(3); // the swarm dies with its parent
              }
          })
    {
    }
    Watchdog(Watchdog const&)            = delete;
    Watchdog& operator=(Watchdog const&) = delete;
    ~Watchdog()
    {
        {
            std::lock_guard<std::mutex> const lock(mutex_);
            done_ = true;
        }
        ended_.notify_all();
        thread_.join();
    }

private:
    std::mutex              mutex_;
    std::condition_variable ended_;
    bool                    done_ = false;
    std::thread             thread_;
};

/// What must have happened for the run to have shown anything, and what else there is to tell.
void tell(Tally const& tally, uint64_t rounds, bool failed)
{
    struct {
        char const*                  what;
        std::atomic<uint64_t> const& count;
        bool                         required;
    } const facts[] = {{"processes", tally.processes, true}, {"kills", tally.kills, true},
                       {"stops", tally.stops, true},         {"joins", tally.joins, true},
                       {"sent", tally.sent, true},           {"received", tally.received, true},
                       {"evictions", tally.lost, true},      {"exhaustions", tally.exhaustions, true},
                       {"views", tally.views, true},         {"abandoned", tally.abandoned, true},
                       {"recovered", tally.recovered, true}, {"views_during_recovery", tally.views_at_recovery, true},
                       {"blocked", tally.blocked, true},     {"woken", tally.woken, true},
                       {"counted", tally.counted, true},     {"counted_exactly", tally.counted_exactly, true},
                       {"conversed", tally.conversed, true}, {"refused", tally.refused, false}};
    Row row("swarm", "swarm");
    row.add("seed", seed()).add("rounds", rounds).add("failed", failed ? 1 : 0);
    for (auto const& fact : facts) {
        std::printf("  %-22s %llu\n", fact.what, static_cast<unsigned long long>(fact.count));
        row.add(fact.what, fact.count);
        EXPECT_TRUE(!fact.required || fact.count > 0) << "no " << fact.what << ": the run has shown nothing of it";
    }
}

} // namespace

TEST(SwarmOfProcesses, RandomDeathsAndStopsLoseNothing)
{
    auto const     begin   = std::chrono::steady_clock::now();
    auto const     seconds = std::chrono::seconds(number_from("KICKMSG_CRASH_SECONDS", 10));
    uint64_t       rounds  = 0;
    Findings       found;
    Swarm          swarm(seed());
    Watchdog const watchdog(seconds * 3 + std::chrono::seconds(120), swarm);
    std::printf("swarm, seed %llu, %lld s\n", static_cast<unsigned long long>(seed()),
                static_cast<long long>(seconds.count()));
    while (found.empty() && std::chrono::steady_clock::now() - begin < seconds) {
        swarm.round(round_length, found);
        ++rounds;
        std::printf("swarm, round %llu: %llu processes, %llu kills, %llu stops\n",
                    static_cast<unsigned long long>(rounds), static_cast<unsigned long long>(swarm.tally().processes),
                    static_cast<unsigned long long>(swarm.tally().kills),
                    static_cast<unsigned long long>(swarm.tally().stops));
        std::fflush(stdout);
    }
    for (std::string const& what : found) {
        ADD_FAILURE() << "seed " << seed() << ", round " << rounds << ": " << what;
    }
    tell(swarm.tally(), rounds, !found.empty());
}
