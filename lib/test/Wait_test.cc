/// Blocking receive, within and between processes.
#include "Lifecycle.h"
#include "support.h"

#include <chrono>
#include <cstring>

using namespace kickmsg_test;
using namespace std::chrono_literals;
using kickmsg::Publisher;
using kickmsg::SharedRegion;
using kickmsg::Subscriber;

namespace {

/// Until the subscriber of ring 0 has announced that it sleeps.
void await_sleeper(std::string const& name)
{
    auto const direct = kickmsg::detail::open_region(name, nullptr);
    while (direct->mapping().layout().sleepers().load() == 0) {
    }
}

KICKMSG_CHILD(receives_fifty)
{
    auto       own = SharedRegion::open(texts[0]);
    Subscriber subscriber(own);
    self.ready();
    for (uint64_t i = 0; i < 50; ++i) {
        auto const sample = subscriber.receive(std::chrono::nanoseconds::max());
        if (!sample || std::memcmp(sample->data(), &i, sizeof(i)) != 0) {
            return 1;
        }
        self.ready();
    }
    return 0;
}

KICKMSG_CHILD(sleeps)
{
    auto       own = SharedRegion::open(texts[0]);
    Subscriber subscriber(own);
    subscriber.receive(std::chrono::nanoseconds::max());
    return 0;
}

} // namespace

TEST(Wait, LastsAtLeastItsTimeOut)
{
    Name const name;
    auto       region = make(name);
    Subscriber subscriber(region);
    for (auto const timeout : {1ms, 19ms, 20ms, 45ms}) {
        auto const begin = std::chrono::steady_clock::now();
        EXPECT_FALSE(subscriber.receive(timeout));
        EXPECT_GE(std::chrono::steady_clock::now() - begin, timeout);
        EXPECT_FALSE(subscriber.receive_view(timeout));
        EXPECT_GE(std::chrono::steady_clock::now() - begin, 2 * timeout);
    }
}

TEST(Wait, OfZeroOrLessOnlyTries)
{
    Name const name;
    auto       region = make(name);
    Publisher  publisher(region);
    Subscriber subscriber(region);
    EXPECT_FALSE(subscriber.receive(0ns));
    EXPECT_FALSE(subscriber.receive(-1s));
    EXPECT_FALSE(subscriber.receive(std::chrono::nanoseconds::min()));
    send(publisher, 1);
    EXPECT_TRUE(subscriber.receive(-1s));
}

TEST(Wait, ReturnsAMessageThatIsThereAlready)
{
    Name const name;
    auto       region = make(name);
    Publisher  publisher(region);
    Subscriber subscriber(region);
    send(publisher, 1);
    EXPECT_TRUE(subscriber.receive(std::chrono::nanoseconds::max()));
}

TEST(Wait, ForEverIsEndedByAMessageOfAnotherProcess)
{
    Name const name;
    auto       region = make(name);
    Child      child(receives_fifty, {name});
    child.wait_ready();
    Publisher publisher(region);
    for (uint64_t i = 0; i < 50; ++i) {
        await_sleeper(name);
        send(publisher, i);
        child.wait_ready();
    }
    EXPECT_EQ(child.join(), 0);
}

TEST(Wait, AKilledSleeperCostsItsPublishersNothing)
{
    Name const name;
    auto       region = make(name);
    Publisher  publisher(region);
    Child      child(sleeps, {name});
    await_sleeper(name);
    child.kill();
    Subscriber subscriber(region);
    for (uint64_t i = 0; i < 5; ++i) {
        send(publisher, i);
    }
    EXPECT_EQ(receive_all(subscriber).size(), 5U);
    EXPECT_EQ(region.recover().rings, 1U);
}
