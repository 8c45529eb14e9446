// Ending the sleep of a subscriber from elsewhere.
#include "InterruptionProtocol.h"
#include "WorldScenario.h"

namespace kickmsg_models {
namespace {

/// What an interrupter uses is there: whoever leaves it asks before whether anybody is on the way to it.
struct InterruptPolicy : Policy {
    static inline rl::var<uint32_t>* mapped = nullptr;

    static rl::debug_info here()
    {
        return rl::debug_info("mapped", "", 0);
    }
    static void wake(Atomic<uint32_t>& word, uint32_t sleepers)
    {
        expect((*mapped)(here()).load() == 1, "an interrupter uses what its subscriber has left");
        word.wake(sleepers);
    }
};

using Interruption = kickmsg::detail::InterruptionProtocol<InterruptPolicy>;

struct InterruptScenario : WorldScenario {
    Subscriber        reader{in_thread(1), only(0)};
    Interruption      interruption;
    rl::var<uint32_t> mapped;

    InterruptScenario() : WorldScenario({slots(3), records(3)})
    {
        InterruptPolicy::mapped = &mapped;
        mapped(InterruptPolicy::here()).store(1);
    }

protected:
    /// As lib/src/SubscriberState.h.
    void doze()
    {
        auto&    word = world.layout.doorbell();
        uint32_t bell = 0;
        if (reader.arm(bell) && interruption.begin_sleep(word, reader.ring())) {
            word.wait(bell, reader.ring());
        }
        interruption.end_sleep();
    }
};

struct Interrupt : InterruptScenario {
    Interrupt()
    {
        spawn([this] { interruption.request(); });
        spawn([this] {
            while (!interruption.take()) {
                doze();
            }
            reader.disarm();
        });
        at_end([this] { reader.finish(); });
    }
};
Registration<Interrupt> const interrupt{"interrupt", "a receive that sleeps ends by a request", 2};

/// A message and a request: the receive that takes the one leaves the other to the next.
struct InterruptBesideMessage : InterruptScenario {
    Publisher publisher{in_thread(2), only(1)};

    InterruptBesideMessage()
    {
        spawn([this] { interruption.request(); });
        spawn([this] {
            for (bool ended = false; reader.received() < 1 || !ended; ended = interruption.take() || ended) {
                doze();
                reader.receive();
            }
            reader.disarm();
        });
        spawn([this] { publisher.send(); });
        at_end([this] { reader.finish(); });
    }
};
Registration<InterruptBesideMessage> const beside_message{
    "interrupt_beside_message", "a receive that sleeps is woken by a message and ended by a request", 3};

/// At its limit of views it sleeps on the word that counts them.
struct InterruptAtLimit : InterruptScenario {
    Interruption::Views views{1};

    InterruptAtLimit()
    {
        views.lend();
        spawn([this] { interruption.request(); });
        spawn([this] {
            while (!interruption.take()) {
                uint32_t seen = 0;
                if (views.arm(seen) && interruption.begin_sleep(views)) {
                    views.word().wait(seen, 0);
                }
                interruption.end_sleep();
                views.disarm();
            }
        });
    }
};
Registration<InterruptAtLimit> const at_limit{"interrupt_at_limit",
                                              "a receive that waits for a view to come back ends by a request", 2};

/// It leaves what it slept on, as a subscriber that follows its name does.
struct InterruptMove : InterruptScenario {
    InterruptMove()
    {
        spawn([this] { interruption.request(); });
        spawn([this] {
            interruption.begin_sleep(world.layout.doorbell(), reader.ring());
            interruption.end_sleep();
            if (!interruption.is_in_use()) {
                mapped(InterruptPolicy::here()).store(0);
            }
        });
    }
};
Registration<InterruptMove> const move{"interrupt_move", "a subscriber leaves a region while it is interrupted there",
                                       2};

} // namespace
} // namespace kickmsg_models
