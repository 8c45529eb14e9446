#include "times.h"

#include "Operations.h"
#include "Settings.h"
#include "Victim.h"

#include "RegionState.h"
#include "clock.h"
#include "support.h"

#include <atomic>
#include <cstring>
#include <sched.h>
#include <sys/mman.h>
#include <thread>
#include <unistd.h>

namespace kickmsg_crash {

namespace {

using kickmsg::Publisher;
using kickmsg::SharedRegion;
using kickmsg::Subscriber;
using kickmsg_test::Child;
using kickmsg_testkit::steady_ns;

constexpr uint32_t us = 1000; ///< our messages are signed with it

kickmsg::channel::Config config(uint32_t pool, uint32_t rings)
{
    kickmsg::channel::Config cfg;
    cfg.pool_size         = pool;
    cfg.sub_ring_capacity = 8;
    cfg.max_subscribers   = rings;
    cfg.max_publishers    = 4;
    cfg.max_payload_size  = Message::most;
    return cfg;
}

/// Dies with a ring of unread messages, a view and a loan.
void die_with_everything(std::string const& name)
{
    Child child([&](Child& self) {
        auto       region = SharedRegion::open(name);
        Subscriber subscriber(region);
        Publisher  publisher(region);
        (void)publisher.send("one", 3);
        (void)publisher.send("two", 3);
        auto const view   = subscriber.try_receive_view();
        void*      memory = publisher.allocate(8);
        self.pause();
        return view && memory != nullptr ? 0 : 1;
    });
    child.wait_ready();
    child.kill();
}

/// Sends without a pause as long as it lives.
std::unique_ptr<Child> traffic_into(std::string const& name)
{
    auto child = std::make_unique<Child>([&](Child& self) {
        auto      region = SharedRegion::open(name);
        Publisher publisher(region);
        self.ready();
        for (uint32_t number = 1;; ++number) {
            Message const message(us, number);
            (void)publisher.send(message.data(), message.length());
        }
        return 0;
    });
    child->wait_ready();
    return child;
}

} // namespace

Extent quick_extent()
{
    return {{1U << 6, 1U << 10, 1U << 16}, {1, 32}, 10, 2, 1};
}

Extent full_extent()
{
    return {{1U << 6, 1U << 8, 1U << 10, 1U << 12, 1U << 14, 1U << 16}, {1, 4, 32}, 40, 40, 6};
}

Measured measure_recovery(uint32_t pool, uint32_t rings, bool traffic, uint32_t rounds)
{
    Measured measured{"crash/recover/pool:" + std::to_string(pool) + "/rings:" + std::to_string(rings) +
                          "/traffic:" + (traffic ? "on" : "off"),
                      {},
                      {}};
    kickmsg::detail::set_automatic_recovery(false);
    kickmsg_test::Name const name("times");
    auto region = SharedRegion::create(name, kickmsg::channel::PubSub, config(pool, rings), "crash times");
    std::vector<Subscriber> living;
    while (living.size() + 1 < rings) {
        living.emplace_back(region);
    }
    auto const sender = traffic ? traffic_into(name) : nullptr;
    uint64_t   owed   = 0;
    for (uint32_t round = 0; round < rounds; ++round) {
        die_with_everything(name);
        uint64_t const begin  = steady_ns();
        auto const     report = region.recover();
        measured.samples.push_back(steady_ns() - begin);
        if (report.participants != 3 || report.rings != 1) {
            throw std::runtime_error(measured.name + ": recovery did not take over what was dead");
        }
        owed += region.recover().slots; // what traffic covered for a moment
    }
    measured.facts = {{"owed_slots", owed}};
    return measured;
}

namespace {

/// What is measured after it is warm: code, slots, rings.
void converse(Publisher& publisher, Subscriber& subscriber)
{
    for (uint32_t number = 1; number <= 64; ++number) {
        Message const message(us, number);
        (void)publisher.send(message.data(), message.length());
        while (subscriber.try_receive()) {
        }
    }
}

/// Brings a victim to a state of its send and to its fate. Returns: whether the send has so many states.
bool meet(Fate fate, Victim& victim, unsigned state, Arena& arena)
{
    bool const reached = victim.run_to_change(state, arena.watched());
    if (fate == Fate::Killed) {
        victim.kill();
    } else if (fate == Fate::Finished) {
        victim.run_to_end();
    }
    return reached;
}

char const* word(Fate fate)
{
    return fate == Fate::Killed ? "killed" : fate == Fate::Stopped ? "stopped" : "finished";
}

} // namespace

Measured measure_polling(Fate fate, uint32_t sweeps)
{
    Measured   measured{std::string("crash/delay/wait:polling/victim:") + word(fate), {}, {}};
    unsigned   states = 0;
    Arena      elsewhere(Setting{0, 0}); // a conversation there makes the code warm, whatever went on here
    Publisher  publisher_elsewhere(elsewhere.region());
    Subscriber subscriber_elsewhere(elsewhere.region());
    for (uint32_t sweep = 0; sweep < sweeps; ++sweep) {
        bool reached = true;
        for (unsigned state = 0; reached; ++state) {
            Arena       arena(Setting{0, 0});
            Publisher   publisher(arena.region());
            Subscriber  subscriber(arena.region());
            Bound const one_processor(processor());
            converse(publisher, subscriber);
            Victim victim(operation("send_to_one").body(arena), processor());
            reached = meet(fate, victim, state, arena);
            while (subscriber.try_receive()) { // what the victim sent
            }
            converse(publisher_elsewhere, subscriber_elsewhere);
            Message const  message(us, 1);
            uint64_t const begin = steady_ns();
            (void)publisher.send(message.data(), message.length());
            while (!subscriber.try_receive()) {
            }
            measured.samples.push_back(steady_ns() - begin);
            states = std::max(states, state);
        }
    }
    measured.facts = {{"states", states}};
    return measured;
}

namespace {

/// When a sleeper received, in memory of both.
class Sleeper {
public:
    explicit Sleeper(std::string const& name)
        : heard_(::new (mmap(nullptr, sizeof(std::atomic<uint64_t>), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
                             -1, 0)) std::atomic<uint64_t>(0)),
          child_([this, &name](Child& self) {
              sched_param const first{1}; // before whatever else the machine does, where that is permitted
              sched_setscheduler(0, SCHED_FIFO, &first);
              auto       region = SharedRegion::open(name);
              Subscriber subscriber(region);
              self.ready();
              bool const received = subscriber.receive(std::chrono::seconds(10)).has_value();
              heard_->store(received ? steady_ns() : 1);
              self.pause();
              return 0;
          })
    {
        child_.wait_ready();
    }
    Sleeper(Sleeper const&)            = delete;
    Sleeper& operator=(Sleeper const&) = delete;
    ~Sleeper()
    {
        child_.kill();
        munmap(heard_, sizeof(*heard_));
    }
    /// Returns: when it received, by steady_ns(); 0 when it has not until `end`.
    uint64_t heard_until(uint64_t end) const
    {
        while (heard_->load() == 0 && steady_ns() < end) {
            std::this_thread::sleep_for(std::chrono::microseconds(50));
        }
        return heard_->load();
    }

private:
    std::atomic<uint64_t>* heard_;
    Child                  child_;
};

constexpr uint64_t two_slices = 640000000; ///< ns: time enough for a sleep in slices of 320 ms
constexpr uint32_t all_slices = 620;       ///< ms: all of the growing ones, 20, 40, 80, 160 and 320, once

/// A message of the living to a sleeper.
void wake(Publisher& publisher, Sleeper const& sleeper, Measured& measured)
{
    Message const  message(us, 1);
    uint64_t const begin = steady_ns();
    (void)publisher.send(message.data(), message.length());
    measured.samples.push_back(sleeper.heard_until(begin + 10000000000) - begin);
}

/// Returns somewhere in the first `milliseconds` of it, each time elsewhere.
void wait_for_sleep(Arena& arena, uint32_t milliseconds)
{
    while (!arena.is_anyone_waiting()) {
        std::this_thread::sleep_for(std::chrono::microseconds(50));
    }
    static uint32_t sleeps = 0;
    std::this_thread::sleep_for(std::chrono::milliseconds(1 + 67 * ++sleeps % milliseconds));
}

/// One kill at one state. Returns: whether the send has so many states.
bool kill_beside_a_sleeper(unsigned state, Measured& measured, uint64_t& from_the_victim)
{
    Arena         arena(Setting{0, 0});
    Publisher     publisher(arena.region());
    Sleeper const sleeper(arena.name());
    Victim        victim(operation("send_to_one").body(arena), processor());
    wait_for_sleep(arena, all_slices);
    bool const     reached = meet(Fate::Killed, victim, state, arena);
    uint64_t const killed  = steady_ns();
    uint64_t const heard   = sleeper.heard_until(killed + two_slices);
    if (heard != 0) {
        ++from_the_victim;
        measured.samples.push_back(heard > killed ? heard - killed : 0);
    } else {
        wake(publisher, sleeper, measured);
    }
    return reached;
}

} // namespace

Measured measure_sleeping_undisturbed(uint32_t rounds)
{
    Measured measured{"crash/delay/wait:sleeping/victim:none", {}, {}};
    for (uint32_t round = 0; round < rounds; ++round) {
        Arena         arena(Setting{0, 0});
        Publisher     publisher(arena.region());
        Sleeper const sleeper(arena.name());
        wait_for_sleep(arena, 20);
        wake(publisher, sleeper, measured);
    }
    return measured;
}

Measured measure_sleeping(uint32_t rounds)
{
    Measured measured{"crash/delay/wait:sleeping/victim:killed", {}, {}};
    uint64_t from_the_victim = 0;
    for (uint32_t round = 0; round < rounds; ++round) {
        unsigned state = 0;
        while (kill_beside_a_sleeper(state, measured, from_the_victim)) {
            ++state;
        }
    }
    measured.facts = {{"from_the_victim", from_the_victim}};
    return measured;
}

} // namespace kickmsg_crash
