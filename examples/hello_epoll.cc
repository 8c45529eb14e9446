// Messages and timers in one loop of epoll: a WaitSet gives a descriptor that is readable when wait(0) has something to say.
//
// The same descriptor goes into poll, asio, Qt and asyncio. The rule: when it is readable, call wait(0), and receive from what it
// reports; a wait that comes back empty arms it anew. Nobody reads, writes or closes it. (Linux: epoll, timerfd.)
#include "example.h"

#include <kickmsg/Node.h>
#include <kickmsg/WaitSet.h>

#include <chrono>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

using namespace std::chrono_literals;

static void sensor_process(example::Process&)
{
    kickmsg::Node      node("sensor", example::prefix());
    kickmsg::Publisher publisher = node.advertise("pressure");
    for (uint32_t i = 1; i <= 3; ++i) {
        example::require(publisher.send(&i, sizeof(i)) > 0, "the number is sent");
    }
}

/// A timer that fires once.
static int timer_in(std::chrono::milliseconds time)
{
    int const  timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
    itimerspec once{};
    once.it_value.tv_nsec = static_cast<long>(std::chrono::nanoseconds(time).count());
    example::require(timer >= 0 && timerfd_settime(timer, 0, &once, nullptr) == 0, "the timer is set");
    return timer;
}

static void watch(int epoll, int descriptor)
{
    epoll_event event{};
    event.events  = EPOLLIN;
    event.data.fd = descriptor;
    example::require(epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event) == 0, "the descriptor is watched");
}

static void loop_process()
{
    example::Process sensor(sensor_process);

    kickmsg::Node        node("loop", example::prefix());
    example::AtEnd const clean([&] { node.unlink_topic("pressure"); });
    kickmsg::Subscriber  subscriber = node.subscribe_or_create("pressure", {});
    kickmsg::WaitSet     set;
    set.add(subscriber, 0);

    int const            epoll  = epoll_create1(EPOLL_CLOEXEC);
    int const            timer  = timer_in(50ms);
    int const            handle = set.native_handle();
    example::AtEnd const closing([=] {
        close(epoll); // before the set ends, which closes its handle itself
        close(timer);
    });
    watch(epoll, timer);
    watch(epoll, handle);

    for (uint32_t received = 0; received < 3;) {
        epoll_event event{};
        example::require(epoll_wait(epoll, &event, 1, 60000) == 1, "something is ready");
        if (event.data.fd == timer) {
            std::printf("the timer\n");
            epoll_ctl(epoll, EPOLL_CTL_DEL, timer, nullptr);
            sensor.start();
        } else if (set.wait(0ns)) {
            while (auto const sample = subscriber.try_receive()) {
                std::printf("message %u\n", *static_cast<uint32_t const*>(sample->data()));
                ++received;
            }
        }
    }
    sensor.join();
}

int main()
{
    return example::run(loop_process);
}
