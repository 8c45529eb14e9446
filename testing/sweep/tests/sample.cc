/// What the tests of kickmsg-sweep sweep: a program that does right, and some that do not.
#include "kickmsg/Client.h"
#include "kickmsg/Node.h"
#include "kickmsg/Server.h"
#include "kickmsg/WaitSet.h"
#include "kickmsg/testing/mark.h"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <functional>
#include <map>
#include <string>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace {

using namespace kickmsg;
using namespace std::chrono_literals;

channel::Config small()
{
    channel::Config cfg;
    cfg.pool_size         = 16;
    cfg.sub_ring_capacity = 4;
    cfg.max_subscribers   = 4;
    cfg.max_publishers    = 4;
    cfg.max_payload_size  = 64;
    return cfg;
}

int expect(bool right)
{
    return right ? 0 : 1;
}

bool send(Publisher& publisher, char const* text)
{
    return publisher.send(text, std::strlen(text)) == static_cast<int32_t>(std::strlen(text));
}

/// Receives one message and sends one.
int relay()
{
    Node       node("relay");
    Subscriber in   = node.subscribe_or_create("in", small());
    Publisher  out  = node.advertise_or_join("out", small());
    Publisher  feed = node.advertise_or_join("in", small());
    bool       fed  = send(feed, "hello");
    testing::mark("ready");
    auto const message = in.try_receive();
    bool const sent    = message && out.send(message->data(), message->len()) == 5;
    testing::mark("done");
    return expect(fed && sent);
}

/// The same again and again.
int many()
{
    Node      node("many");
    Publisher out = node.advertise_or_join("out", small());
    bool      all = true;
    for (int i = 0; i < 50; ++i) {
        testing::mark("turn");
        all = send(out, "hello") && all;
    }
    return expect(all);
}

/// Creates its region between the first state and the last.
int create()
{
    Node      node("create");
    Publisher out = node.advertise("out", small());
    return expect(send(out, "hello"));
}

int crash()
{
    Node      node("crash");
    Publisher out = node.advertise_or_join("out", small());
    std::abort();
}

int foreign()
{
    Node node("foreign", std::string(std::getenv("KICKMSG_PREFIX")) + "x");
    {
        Publisher out = node.advertise_or_join("out", small());
    }
    return expect(SharedMemory::unlink(node.topic_region("out")));
}

int wait_for_ever()
{
    Subscriber in = Node("wait").subscribe_or_create("in", small());
    return expect(in.receive(std::chrono::nanoseconds::max()).has_value());
}

int threads()
{
    Node       node("threads");
    Subscriber in  = node.subscribe_or_create("out", small());
    Publisher  out = node.advertise_or_join("out", small());
    testing::mark("ready");
    bool        got = false;
    std::thread reader([&] { got = in.receive(20s).has_value(); });
    bool const  sent = send(out, "hello");
    reader.join();
    testing::mark("done");
    return expect(sent && got);
}

int forks()
{
    Node       node("forks");
    Subscriber in = node.subscribe_or_create("out", small());
    testing::mark("ready");
    pid_t const child = fork();
    if (child == 0) {
        Publisher out = node.advertise_or_join("out", small());
        _exit(expect(send(out, "hello")));
    }
    int        status = 0;
    bool const ended  = waitpid(child, &status, 0) == child && status == 0;
    testing::mark("done");
    return expect(ended && in.try_receive().has_value());
}

/// One message, or two, in turn.
int fickle(std::string const& file)
{
    std::ofstream(file, std::ios::app) << "x";
    std::ifstream in(file, std::ios::ate);
    long const    runs = static_cast<long>(in.tellg());
    Publisher     out  = Node("fickle").advertise_or_join("out", small());
    testing::mark("ready");
    bool all = send(out, "hello");
    if (runs % 2 == 1) {
        all = send(out, "hello") && all;
    }
    testing::mark("done");
    return expect(all);
}

/// Writes where it should not: behind the library's back, into the header.
int wild()
{
    Node      node("wild");
    Publisher out = node.advertise_or_join("out", small());
    testing::mark("ready");
    bool const   sent   = send(out, "hello");
    SharedMemory memory = SharedMemory::open(node.topic_region("out"));
    std::memset(memory.data(), 0, 8); // the magic number: who is there goes on, and nobody can open it any more
    bool const again = send(out, "hello");
    testing::mark("done");
    return expect(sent && again);
}

/// Both ends of a service, with a call between the states; `ends` is what becomes of it.
int service(std::function<bool(Client&, Server&)> const& ends)
{
    ServiceConfig cfg;
    cfg.max_clients = 2;
    cfg.max_servers = 2;
    cfg.max_calls   = 2;
    Node   node("service");
    Server server = node.serve("plan", cfg);
    Client client = node.client("plan", cfg);
    testing::mark("ready");
    bool const right = ends(client, server);
    testing::mark("done");
    return expect(right);
}

bool answers(Client& client, Server& server)
{
    auto call    = client.start("where", 5);
    auto request = server.try_receive();
    return request && request->answer("here", 4) == 4 && call.poll();
}

bool cancels(Client& client, Server& server)
{
    auto call = client.start("where", 5);
    return call.cancel() && !server.try_receive();
}

bool refuses(Client& client, Server& server)
{
    auto call    = client.start("where", 5);
    auto request = server.try_receive();
    request.reset();
    return call.poll().status() == CallStatus::Refused;
}

/// A server comes, a client comes, and both go.
int ends_of_a_service()
{
    Node node("service");
    testing::mark("ready");
    {
        Server const server = node.serve("plan");
        Client const client = node.client("plan");
    }
    testing::mark("done");
    return 0;
}

/// Three topics in one set.
int waits()
{
    Node       node("waits");
    Subscriber a   = node.subscribe_or_create("a", small());
    Subscriber b   = node.subscribe_or_create("b", small());
    Publisher  out = node.advertise_or_join("b", small());
    testing::mark("ready");
    WaitSet set;
    set.add(a, 1);
    set.add(b, 2);
    bool const none  = !set.wait(1ms);
    bool const sent  = send(out, "hello");
    auto const ready = set.wait(10s);
    bool const right = none && sent && ready.size() == 1 && *ready.begin() == 2 && b.try_receive();
    set.remove(a);
    testing::mark("done");
    return expect(right);
}

int second()
{
    Publisher out = Node("second").advertise_or_join("out", small());
    return expect(send(out, "hello"));
}

// --- companions
int listen_for_ever()
{
    Subscriber in = Node("listen").subscribe_or_create("out", small());
    for (;;) {
        (void)in.receive(10s);
    }
}

/// Holds all that it gets, for ever.
int hold()
{
    Subscriber                          in = Node("hold").subscribe_or_create("out", small());
    std::vector<Subscriber::SampleView> held;
    for (;;) {
        if (auto view = in.receive_view(10s)) {
            held.push_back(std::move(*view));
        }
    }
}

int leave()
{
    Subscriber in = Node("leave").subscribe_or_create("out", small());
    (void)in.receive(std::chrono::nanoseconds::max());
    return 3;
}

/// A check: somebody has sent.
int was_sent()
{
    auto const sent = SharedRegion::open(Node("check").topic_region("out")).stats().sent;
    std::printf("%llu messages were sent\n", static_cast<unsigned long long>(sent));
    return expect(sent > 0);
}

} // namespace

int main(int argc, char** argv)
{
    std::map<std::string, std::function<int()>> const all = {
        {"relay", relay},
        {"many", many},
        {"create", create},
        {"crash", crash},
        {"silent", [] { return 0; }},
        {"foreign", foreign},
        {"wait", wait_for_ever},
        {"threads", threads},
        {"forks", forks},
        {"fickle", [&] { return fickle(argc > 2 ? argv[2] : ""); }},
        {"wild", wild},
        {"answers", [] { return service(answers); }},
        {"cancels", [] { return service(cancels); }},
        {"refuses", [] { return service(refuses); }},
        {"ends", ends_of_a_service},
        {"waits", waits},
        {"second", second},
        {"listen", listen_for_ever},
        {"hold", hold},
        {"leave", leave},
        {"was-sent", was_sent}};
    auto const found = all.find(argc > 1 ? argv[1] : "");
    if (found == all.end()) {
        std::fprintf(stderr, "which?\n");
        return 64;
    }
    try {
        return found->second();
    } catch (std::exception const& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 65;
    }
}
