/// The handle of a wait set in asio's loop: Debian's libasio-dev, else Boost's, where either is installed.
#include "kickmsg/WaitSet.h"
#include "support.h"

#if __has_include(<asio/posix/stream_descriptor.hpp>)
#define ASIO_STANDALONE
#include <asio/io_context.hpp>
#include <asio/posix/stream_descriptor.hpp>
#include <asio/steady_timer.hpp>
#define HAS_ASIO 1
namespace net = asio;
#elif __has_include(<boost/asio/posix/stream_descriptor.hpp>)
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#define HAS_ASIO 1
namespace net = boost::asio;
#else
#define HAS_ASIO 0
#endif

#include <chrono>
#include <thread>

using namespace kickmsg_test;
using namespace std::chrono_literals;
using kickmsg::Publisher;
using kickmsg::Subscriber;
using kickmsg::WaitSet;

TEST(Asio, ALoopThatKeepsTheRuleMissesNothing)
{
#if HAS_ASIO
    constexpr uint64_t messages = 300;
    Name const         name;
    auto               region = make(name);
    Publisher          publisher(region);
    Subscriber         subscriber(region);
    WaitSet            set;
    set.add(subscriber, 1);

    net::io_context               context;
    net::posix::stream_descriptor handle(context, set.native_handle());
    net::steady_timer             other(context, 1ms);
    bool                          has_fired = false;
    uint64_t                      received  = 0;
    std::function<void()> const   again     = [&] {
        handle.async_wait(net::posix::stream_descriptor::wait_read, [&](auto const& error) {
            ASSERT_FALSE(error);
            if (set.wait(0ns)) {
                received += receive_all(subscriber).size();
            }
            if (received + subscriber.lost() < messages) {
                again();
            }
        });
    };
    again();
    other.async_wait([&](auto const&) { has_fired = true; });
    std::thread sender([&] {
        for (uint64_t i = 0; i < messages; ++i) {
            send(publisher, i);
        }
    });
    context.run();
    sender.join();
    EXPECT_EQ(received + subscriber.lost(), messages);
    EXPECT_TRUE(has_fired);
    handle.release(); // it is the set's
#else
    GTEST_SKIP() << "neither asio nor Boost's asio is installed";
#endif
}
