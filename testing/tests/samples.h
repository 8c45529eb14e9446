/// Small programs with a fault each that users make, and right ones. Each is a function that run_program() runs.
#pragma once

#include "support.h"

#include <cstring>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace kickmsg_kit {
namespace samples {

constexpr uint64_t messages = 3;

/// Looks at nothing that allocate() answers.
inline int takes_without_checking()
{
    kickmsg::Publisher publisher = kickmsg::Node("faulty").advertise_or_join("topic", small_config());
    void* const        memory    = publisher.allocate(8);
    std::memset(memory, 1, 8);
    publisher.publish();
    return 0;
}

/// Takes a message that is refused for one that was sent.
inline int ignores_would_block()
{
    kickmsg::Publisher publisher = kickmsg::Node("faulty").advertise_or_join("topic", small_config());
    for (uint64_t i = 0; i < messages; ++i) {
        static_cast<void>(publisher.send(&i, sizeof(i)));
    }
    return 0;
}

/// Says that it could not send.
inline int reports_would_block()
{
    kickmsg::Publisher publisher = kickmsg::Node("right").advertise_or_join("topic", small_config());
    for (uint64_t i = 0; i < messages; ++i) {
        if (publisher.send(&i, sizeof(i)) < 0) {
            return 1;
        }
    }
    return 0;
}

/// Sends and reads, and looks at each answer.
inline int is_right()
{
    kickmsg::Node       node("right");
    kickmsg::Subscriber subscriber = node.subscribe_or_create("topic", small_config());
    kickmsg::Publisher  publisher  = node.advertise_or_join("topic", small_config());
    for (uint64_t i = 0; i < messages; ++i) {
        void* const memory = publisher.allocate(sizeof(i));
        if (memory == nullptr) {
            return 0; // no slot: it gives up, and that is right
        }
        std::memcpy(memory, &i, sizeof(i));
        publisher.publish();
        auto const view = subscriber.try_receive_view();
        if (!view || view->len() != sizeof(i)) {
            return 2;
        }
    }
    return 0;
}

/// Keeps a view in a place that nobody clears.
class HoldsAView {
public:
    explicit HoldsAView(bool holds) : holds_(holds), subscriber_(kickmsg::Node("sample").subscribe("topic")) {}

    bool handle_one()
    {
        auto       view      = subscriber_.try_receive_view();
        bool const was_there = view.has_value();
        if (view && holds_) {
            held_.push_back(std::move(*view));
        }
        return was_there;
    }

private:
    bool                                         holds_;
    kickmsg::Subscriber                          subscriber_;
    std::vector<kickmsg::Subscriber::SampleView> held_;
};

/// Finds a dead peer, and goes on; or recovers, as it should.
inline int supervises(bool recovers)
{
    kit::NoAutomaticRecovery const by_hand; // as where nobody opens the region and no pool runs dry
    kickmsg::SharedRegion          region = kickmsg::SharedRegion::open(kickmsg::Node("sample").topic_region("topic"));
    if (region.diagnose().dead_participants != 0 && recovers) {
        region.recover();
    }
    return 0;
}

/// The handle ends here: one that _exit() takes along is a dead participant.
inline bool sends_by_its_own(kickmsg::Node& node)
{
    kickmsg::Publisher own = node.advertise_or_join("topic", small_config());
    return own.send("x", 1) == 1;
}

/// Forks, and sends in the child by the parent's handle; or by one of its own, as it should.
inline int forks(bool opens_anew)
{
    kickmsg::Node      node("sample");
    kickmsg::Publisher publisher = node.advertise_or_join("topic", small_config());
    pid_t const        child     = fork();
    if (child == 0) {
        if (opens_anew) {
            _exit(sends_by_its_own(node) ? 0 : 1);
        }
        static_cast<void>(publisher.send("x", 1));
        _exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

} // namespace samples
} // namespace kickmsg_kit
