// One end of a conversation between two builds of the library, or two containers.
// usage: peer REGION hear | talk | die | hold | recover | diagnose | open | remove | large
//   hear     creates the region, says "ready", and takes messages of many sizes until an empty one comes
//   talk     sends them: by copy and in place
//   die      leaves with a loan and an unread message, without a word
//   recover  opens the region, brings back what the dead held, and sends itself a message
//   remove   opens the region and unlinks it
//   hold     joins, takes a view of its own message, says "ready"; on a line of its input, looks whether all of it is its own still
//   diagnose opens the region and says what it sees
//   open     opens the region and leaves
//   large    creates a region of more than 64 MiB
#include <kickmsg/Publisher.h>
#include <kickmsg/Subscriber.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

namespace {

constexpr uint32_t messages = 2000;

kickmsg::channel::Config config()
{
    kickmsg::channel::Config cfg;
    cfg.max_subscribers   = 4;
    cfg.sub_ring_capacity = 4096; // nothing is lost
    cfg.pool_size         = 8192;
    cfg.max_payload_size  = 4096;
    return cfg;
}

/// The message of a number: its size and every byte follow from it.
std::vector<unsigned char> message_of(uint32_t number)
{
    std::vector<unsigned char> bytes(1 + number * 37 % 4096);
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        bytes[i] = static_cast<unsigned char>(number * 31 + i * 7);
    }
    return bytes;
}

int hear(std::string const& name)
{
    auto                region = kickmsg::SharedRegion::create(name, kickmsg::channel::PubSub, config());
    kickmsg::Subscriber sub(region);
    std::puts("ready");
    std::fflush(stdout);
    for (uint32_t heard = 0;; ++heard) {
        auto const view = sub.receive_view(std::chrono::seconds(20));
        if (!view || (view->len() == 0) != (heard == messages)) {
            std::printf("broken off after %u of %u messages\n", heard, messages);
            return 1;
        }
        if (view->len() == 0) {
            std::printf("heard %u messages, lost %llu\n", heard, static_cast<unsigned long long>(sub.lost()));
            return 0;
        }
        auto const expected = message_of(heard);
        if (view->len() != expected.size() || std::memcmp(view->data(), expected.data(), expected.size()) != 0) {
            std::printf("message %u is damaged\n", heard);
            return 1;
        }
    }
}

int talk(std::string const& name)
{
    auto               region = kickmsg::SharedRegion::open(name);
    kickmsg::Publisher pub(region);
    for (uint32_t number = 0; number < messages; ++number) {
        auto const bytes = message_of(number);
        if (number % 2 == 0) {
            if (pub.send(bytes.data(), bytes.size()) != static_cast<int32_t>(bytes.size())) {
                return 1;
            }
        } else if (void* const room = pub.allocate(bytes.size())) {
            std::memcpy(room, bytes.data(), bytes.size());
            pub.publish();
        } else {
            return 1;
        }
    }
    return pub.send(nullptr, 0) == 0 ? 0 : 1;
}

int die(std::string const& name)
{
    auto                region = kickmsg::SharedRegion::create_or_open(name, kickmsg::channel::PubSub, config());
    kickmsg::Subscriber sub(region);
    kickmsg::Publisher  pub(region);
    (void)pub.send("unread", 6);
    std::memset(pub.allocate(16), 1, 16);
    std::_Exit(0);
}

int recover(std::string const& name)
{
    auto region = kickmsg::SharedRegion::open(name);
    region.recover();
    auto const health = region.diagnose();
    std::printf("dead %zu, orphaned %zu, rings of the dead %zu, of the living %zu\n", health.dead_participants,
                health.orphaned_slots, health.retired_rings, health.live_rings);
    kickmsg::Subscriber sub(region);
    kickmsg::Publisher  pub(region);
    bool const          heard = pub.send("alive", 6) == 6 && sub.try_receive();
    return health.dead_participants == 0 && health.orphaned_slots == 0 && health.retired_rings == 0 && heard ? 0 : 1;
}

int hold(std::string const& name)
{
    auto                region = kickmsg::SharedRegion::create_or_open(name, kickmsg::channel::PubSub, config());
    kickmsg::Subscriber sub(region);
    kickmsg::Publisher  pub(region);
    auto const          bytes = message_of(7);
    (void)pub.send(bytes.data(), bytes.size());
    auto const view = sub.try_receive_view();
    auto*      loan = static_cast<char*>(pub.allocate(16));
    std::puts("ready");
    std::fflush(stdout);
    std::getchar();
    bool const whole =
        view && view->len() == bytes.size() && std::memcmp(view->data(), bytes.data(), bytes.size()) == 0;
    std::memcpy(loan, "still here", 11);
    while (sub.try_receive()) { // what others sent meanwhile
    }
    bool const reached = pub.publish() != 0;
    auto const heard   = sub.try_receive();
    bool const own     = heard && heard->len() == 16 && std::memcmp(heard->data(), "still here", 11) == 0;
    std::printf("%s, unlinked %d\n", whole && reached && own ? "whole" : "robbed", region.diagnose().unlinked ? 1 : 0);
    return whole && reached && own ? 0 : 1;
}

int diagnose(std::string const& name)
{
    auto const health = kickmsg::SharedRegion::open(name).diagnose();
    std::printf("live rings %zu, dead %zu, rings of the dead %zu, unlinked %d\n", health.live_rings,
                health.dead_participants, health.retired_rings, health.unlinked ? 1 : 0);
    return 0;
}

int remove(std::string const& name)
{
    kickmsg::SharedRegion::open(name).unlink();
    return 0;
}

int large(std::string const& name)
{
    auto cfg             = config();
    cfg.max_payload_size = 16384; // times the slots: 128 MiB
    auto region          = kickmsg::SharedRegion::create(name, kickmsg::channel::PubSub, cfg);
    std::puts("created");
    region.unlink();
    return 0;
}

int open(std::string const& name)
{
    std::printf("opened %s\n", kickmsg::SharedRegion::open(name).name().c_str());
    return 0;
}

} // namespace

int main(int argc, char** argv)
{
    std::string const name = argc > 1 ? argv[1] : "";
    std::string const role = argc > 2 ? argv[2] : "";
    try {
        return role == "hear"       ? hear(name)
               : role == "talk"     ? talk(name)
               : role == "die"      ? die(name)
               : role == "hold"     ? hold(name)
               : role == "recover"  ? recover(name)
               : role == "diagnose" ? diagnose(name)
               : role == "open"     ? open(name)
               : role == "remove"   ? remove(name)
               : role == "large"    ? large(name)
                                    : 2;
    } catch (kickmsg::Error const& error) { // across the library's border: its type information must be one
        std::printf("error: %s\n", error.what());
        return 3;
    }
}
