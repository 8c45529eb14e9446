/// What a user gates: a ledger that books each message that it receives, in a file, and then says so. Killed anywhere, whatever it has said it has booked is in the file.
#include <kickmsg/Node.h>
#include <kickmsg/testing/Testing.h>
#include <kickmsg/testing/mark.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <string>

namespace {

kickmsg::channel::Config small()
{
    kickmsg::channel::Config cfg;
    cfg.pool_size         = 16;
    cfg.sub_ring_capacity = 4;
    cfg.max_subscribers   = 4;
    cfg.max_publishers    = 4;
    cfg.max_payload_size  = 64;
    return cfg;
}

std::string book()
{
    char const* const prefix = std::getenv("KICKMSG_PREFIX");
    return "/tmp/" + std::string(prefix != nullptr ? prefix : "kickmsg") + ".book";
}

bool is_booked()
{
    return std::ifstream(book()).get() == 'x';
}

bool write_down()
{
    return static_cast<bool>(std::ofstream(book()) << 'x' << std::flush);
}

/// Receives an order, books it, says so. `fault`: early: says so before it books; forgets: never books.
int once(std::string const& fault)
{
    kickmsg::Node       node("ledger");
    kickmsg::Subscriber orders = node.subscribe_or_create("orders", small());
    kickmsg::Publisher  feed   = node.advertise_or_join("orders", small());
    kickmsg::Publisher  said   = node.advertise_or_join("booked", small());
    bool                right  = feed.send("5 apples", 8) == 8;
    kickmsg::testing::mark("ready");
    auto const order = orders.try_receive();
    right            = right && order.has_value();
    if (fault.empty()) {
        right = write_down() && right;
    }
    right = said.send("booked", 6) == 6 && right;
    if (fault == "early") {
        right = write_down() && right;
    }
    kickmsg::testing::mark("done");
    return right ? 0 : 1;
}

/// A fresh book, beside fresh topics.
int feed()
{
    return std::remove(book().c_str()) == 0 || !is_booked() ? 0 : 1;
}

/// Whatever was said is in the book.
int check()
{
    auto const said = kickmsg::SharedRegion::open(kickmsg::Node("check").topic_region("booked")).stats().sent;
    bool const held = said == 0 || is_booked();
    if (!held) {
        std::printf("%llu said, and not in the book\n", static_cast<unsigned long long>(said));
    }
    std::remove(book().c_str());
    return held ? 0 : 1;
}

/// Without a sweep: it ends well, and leaves nothing behind.
int alone()
{
    kickmsg::testing::PrivatePrefix prefix;
    int const                       code = once("") + check();
    auto const                      left = prefix.end();
    std::printf("%s\n", kickmsg::testing::to_string(left).c_str());
    return code != 0 || !left.ok() ? 1 : 0;
}

} // namespace

int main(int argc, char** argv)
{
    std::string const what = argc > 1 ? argv[1] : "";
    return what == "once"    ? once(argc > 2 ? argv[2] : "")
           : what == "feed"  ? feed()
           : what == "check" ? check()
           : what == "alone" ? alone()
                             : 2;
}
