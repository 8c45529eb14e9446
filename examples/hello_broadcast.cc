// A channel on which everybody publishes and subscribes: three processes in one chat.
//
// join_broadcast() returns both ends, whichever member comes first. What one member sends reaches every member, itself included.
#include "example.h"

#include <kickmsg/Node.h>

#include <chrono>
#include <set>

using namespace std::chrono_literals;

static void say(kickmsg::BroadcastHandle& chat, std::string const& text)
{
    int32_t const sent = chat.pub.send(text.data(), text.size());
    example::require(sent == static_cast<int32_t>(text.size()), "the text is sent");
}

static std::string hear(kickmsg::BroadcastHandle& chat)
{
    auto const sample = chat.sub.receive(10s);
    example::require(sample.has_value(), "somebody says something");
    return std::string(static_cast<char const*>(sample->data()), sample->len());
}

static void guest_process(std::string const& name)
{
    kickmsg::Node            node(name, example::prefix());
    kickmsg::BroadcastHandle chat = node.join_broadcast("chat");
    say(chat, name + " is here");
    while (hear(chat) != "ann says: time to go") {
    }
    say(chat, name + " leaves");
}

static void host_process()
{
    example::Process bob([](example::Process&) { guest_process("bob"); });
    example::Process cleo([](example::Process&) { guest_process("cleo"); });

    kickmsg::Node            node("ann", example::prefix());
    example::AtEnd const     clean([&] { node.unlink_broadcast("chat"); });
    kickmsg::BroadcastHandle chat = node.join_broadcast("chat");

    bob.start();
    std::printf("%s\n", hear(chat).c_str());
    cleo.start();
    std::printf("%s\n", hear(chat).c_str());

    say(chat, "ann says: time to go");
    std::printf("%s\n", hear(chat).c_str());                      // her own message
    std::set<std::string> const goodbyes{hear(chat), hear(chat)}; // the two leave in any order
    for (std::string const& goodbye : goodbyes) {
        std::printf("%s\n", goodbye.c_str());
    }
    bob.join();
    cleo.join();
    example::require(chat.sub.lost() == 0, "nothing is lost");
}

int main()
{
    return example::run(host_process);
}
