/// iceoryx2 has a program of its own (iceoryx2/), one process of it for each end: this file starts it.
#include "../wake.h"
#include "peers.h"

#include <unistd.h>

namespace kickmsg {
namespace bench {
namespace {

using Words = std::vector<std::string>;

std::string const queue = "publish_subscribe of [u64] aligned to 32, queue of ";
std::string const alone = ", no history, a Rust program of its own in each process";

/// Becomes the program: its standard input is the line to the other end, both ways, or to the driver; its standard output is the report.
[[noreturn]] void become(Words words, int input, int output)
{
    words.insert(words.begin(), KICKMSG_ICEORYX2_PROGRAM);
    std::vector<char*> pointers;
    for (std::string& word : words) {
        pointers.push_back(word.data());
    }
    pointers.push_back(nullptr);
    dup2(input, STDIN_FILENO);
    dup2(output, STDOUT_FILENO);
    execv(pointers[0], pointers.data());
    _exit(127);
}

std::string spare(bool oversubscribed)
{
    return std::string("spare=") + (oversubscribed ? "yes" : "no");
}

/// What every measuring end is told.
Words words_of(std::string const& what, PeerCase const& names, Budget const& budget)
{
    return {what,
            "tag=" + names.tag.substr(1),
            "size=" + std::to_string(names.size),
            "seconds=" + std::to_string(budget.seconds),
            "warm_up=" + std::to_string(budget.warm_up),
            "round_trips=" + std::to_string(budget.round_trips),
            std::string("clock=") + (the_clock.counter ? "counter" : "steady"),
            "ns_per_tick=" + std::to_string(the_clock.ns_per_tick),
            spare(budget.oversubscribed || names.oversubscribed)};
}

void run_round_trips(PeerCase const& what, End end, Line const& other, Line const& report, Budget const& budget)
{
    Words words = words_of(end == End::Ping ? "ping" : "pong", what, budget);
    words.push_back("touched=" + std::to_string(what.touched()));
    words.push_back(std::string("mode=") + (what.block ? "block" : "spin"));
    become(words, other.fd(), report.fd());
}

/// Whatever ends the round: nothing of it stays.
struct Cleaner {
    explicit Cleaner(PeerCase const& what)
    {
        note_cleaner(KICKMSG_ICEORYX2_PROGRAM, what.tag.substr(1));
    }
    Cleaner(Cleaner const&)            = delete;
    Cleaner& operator=(Cleaner const&) = delete;
    ~Cleaner()
    {
        run_cleaner();
    }
};

Round measure_waits(Placement const& placement, Budget const& budget, uint32_t topics, uint32_t idle_us)
{
    SharedBytes    memory(sizeof(WakeShared));
    PeerCase const names = named(PeerCase());
    Cleaner const  held(names);
    auto const     run = [&](End end, Line const& other, Line const& report) {
        Words words = words_of(end == End::Ping ? "wake-ping" : "wake-pong", names, budget);
        words.push_back("topics=" + std::to_string(topics));
        words.push_back("idle_us=" + std::to_string(idle_us));
        words.push_back("memory=" + std::to_string(memory.fd()));
        become(words, other.fd(), report.fd());
    };
    return measure_ends(run, placement, budget.seconds);
}

Round measure_service(Placement const& placement, Budget const& budget)
{
    PeerCase const names = named(PeerCase());
    Cleaner const  held(names);
    auto const     run = [&](End end, Line const& other, Line const& report) {
        become(words_of(end == End::Ping ? "service-ping" : "service-pong", names, budget), other.fd(), report.fd());
    };
    return measure_ends(run, placement, budget.seconds);
}

[[noreturn]] void become_end_of_flow(std::string const& end, FlowCase const& what, uint32_t index, Line const& line)
{
    become({end, "tag=" + what.tag.substr(1), "size=" + std::to_string(what.size),
            "subscribers=" + std::to_string(what.subscribers), "index=" + std::to_string(index),
            "memory=" + std::to_string(what.memory), spare(what.oversubscribed)},
           line.fd(), STDERR_FILENO);
}

FlowEnds flow()
{
    FlowEnds ends;
    ends.publish = [](FlowCase const& what, FlowShared&, Line const& line) -> int {
        become_end_of_flow("flow-publish", what, 0, line);
    };
    ends.subscribe = [](FlowCase const& what, uint32_t index, FlowShared&, Line const& line) -> int {
        become_end_of_flow("flow-subscribe", what, index, line);
    };
    ends.most_subscribers = flow_most_subscribers;
    ends.settings         = queue + std::to_string(flow_queue) + ", no safe overflow, RetryUntilDelivered" + alone;
    return ends;
}

} // namespace

Peer peer_iceoryx2()
{
    Peer peer;
    peer.name     = "iceoryx2";
    peer.version  = KICKMSG_ICEORYX2_VERSION;
    peer.promises = {"none", "the oldest is lost when a queue is full (safe overflow)",
                     "yes: the next to open cleans up after the dead", false, "many publishers and subscribers"};
    peer.variants = {{true, false, spin_zero_copy}, {true, true, blocking}};
    peer.settings = [](PeerCase const& what) {
        return queue + "8, safe overflow, one publisher and one subscriber" + alone +
               (what.block ? "; an event service each way: notify after each send, timed_wait before each receive"
                           : "");
    };
    peer.hold     = [](PeerCase const& what) { return std::make_shared<Cleaner>(what); };
    peer.run      = run_round_trips;
    peer.wait_set = measure_waits;
    peer.service  = measure_service;
    peer.flow     = flow();
    if (access(KICKMSG_ICEORYX2_PROGRAM, X_OK) != 0) {
        peer.absent = "its program was not built: cargo build failed (cargo.log in the build folder tells why)";
    }
    return peer;
}

} // namespace bench
} // namespace kickmsg
