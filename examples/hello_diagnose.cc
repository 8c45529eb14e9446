// Two processes are killed at the worst moment: one between allocate() and publish(), one while it holds a view.
//
// Nobody is held up, and nothing is lost for good: diagnose() reports what the dead left, recover() brings it back, under
// live traffic. It also runs by itself: on open(), when the pool is empty, when no place is free.
#include "example.h"

#include <kickmsg/Publisher.h>
#include <kickmsg/Subscriber.h>

#include <chrono>

using namespace std::chrono_literals;

static std::string region_name()
{
    return "/" + example::prefix() + "_diagnose";
}

static void publisher_with_a_loan(example::Process& self)
{
    auto               region = kickmsg::SharedRegion::open(region_name());
    kickmsg::Publisher publisher(region);
    example::require(publisher.allocate(8) != nullptr, "a slot is lent");
    self.stay_there(); // killed here: the slot is neither sent nor given back
}

static void subscriber_with_a_view(example::Process& self)
{
    auto                region = kickmsg::SharedRegion::open(region_name());
    kickmsg::Subscriber subscriber(region);
    kickmsg::Publisher  publisher(region);
    example::require(publisher.send("hello", 5) == 5, "a message for myself, and for everybody");
    auto const view = subscriber.try_receive_view();
    example::require(view.has_value(), "my own message arrives");
    self.stay_there(); // killed here: ring, record and view are still its own
}

static void send_and_receive(kickmsg::Publisher& publisher, kickmsg::Subscriber& subscriber)
{
    for (uint32_t i = 0; i < 1000; ++i) {
        example::require(publisher.send(&i, sizeof(i)) > 0, "every message is sent");
        auto const sample = subscriber.try_receive();
        example::require(sample && *static_cast<uint32_t const*>(sample->data()) == i, "every message arrives");
    }
}

static void print(kickmsg::SharedRegion const& region)
{
    auto const health = region.diagnose();
    std::printf("dead participants %zu, rings of the dead %zu, live rings %zu, orphaned slots %zu\n",
                health.dead_participants, health.retired_rings, health.live_rings, health.orphaned_slots);
}

static void survivor_process()
{
    example::Process loan(publisher_with_a_loan);
    example::Process view(subscriber_with_a_view);

    kickmsg::channel::Config cfg;
    cfg.pool_size         = 16; // too small for publishers to keep slots: see Config.h
    cfg.sub_ring_capacity = 4;
    auto region = kickmsg::SharedRegion::create(region_name(), kickmsg::channel::PubSub, cfg, "hello_diagnose");
    example::AtEnd const clean([&] { region.unlink(); });
    kickmsg::Subscriber  subscriber(region);
    kickmsg::Publisher   publisher(region);

    for (example::Process* process : {&loan, &view}) {
        process->start();
        process->wait_until_there();
    }
    example::require(subscriber.try_receive().has_value(), "the other subscriber's hello arrives here, too");
    loan.kill();
    view.kill();
    print(region);

    kickmsg::RecoveryReport const report = region.recover();
    std::printf("recovered: participants %zu, rings %zu, slots %zu\n", report.participants, report.rings, report.slots);
    print(region);
    example::require(region.stats().pool_free == 16, "every slot is in the pool again");

    send_and_receive(publisher, subscriber);
    example::require(subscriber.lost() == 0, "nothing is lost");
    std::printf("1000 messages later: lost %llu\n", static_cast<unsigned long long>(subscriber.lost()));
}

int main()
{
    return example::run(survivor_process);
}
