/// A test of a program, of no test framework, by the installed testing kit.
#include <kickmsg/Node.h>
#include <kickmsg/testing/Testing.h>

#include <chrono>
#include <cstdlib>
#include <iostream>
#include <string>

namespace kit = kickmsg::testing;

namespace {

bool all = true;

void expect(bool holds, std::string const& what, kit::Findings const& found = {})
{
    if (!holds) {
        std::cout << what << "\n" << found << std::endl;
        all = false;
    }
}

int my_program()
{
    kickmsg::Node       node("mine");
    kickmsg::Subscriber subscriber = node.subscribe_or_create("topic", kickmsg::channel::Config{});
    kickmsg::Publisher  publisher  = node.advertise_or_join("topic");
    return publisher.send("hello", 5) == 5 && subscriber.try_receive_view() ? 0 : 1;
}

void test_faults(kickmsg::Node& node)
{
    kickmsg::Publisher const publisher = node.advertise("topic");
    auto const               before    = kit::Account::now(node.topic_region("topic"));
    {
        kit::Fault const fault(node, "topic", kit::FaultKind::NoRing);
        try {
            node.subscribe("topic");
            expect(false, "a subscriber found a ring");
        } catch (kickmsg::Error const& error) {
            expect(error.code() == kickmsg::ErrorCode::NoFreeRing, error.what());
        }
    }
    auto const left = kit::leftovers(before, kit::Account::now(node.topic_region("topic")));
    expect(left.ok(), "a fault was not undone", left);
}

void test_time_out(kickmsg::Node& node)
{
    auto                 subscriber = node.subscribe_or_create("other", kickmsg::channel::Config{});
    kit::FakeClock const clock(kit::Passing::BySleeping);
    expect(!subscriber.receive(std::chrono::hours(1)), "a message came");
}

} // namespace

int main()
{
    char const* const  given = std::getenv("KICKMSG_TEST_PREFIX");
    kit::PrivatePrefix prefix(given != nullptr ? given : "kmconsumer");
    {
        kickmsg::Node node("test");
        auto const    found = kit::run_program(prefix.str(), my_program);
        expect(found.ok(), "a right program was reported", found);
        test_faults(node);
        test_time_out(node);
    }
    auto const left = prefix.end();
    expect(left.ok(), "something was left", left);
    std::cout << (all ? "testing kit: all hold" : "testing kit: faults") << std::endl;
    return all ? 0 : 1;
}
