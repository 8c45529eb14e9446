/// iceoryx2 has a program of its own (iceoryx2/), one process of it for each end: this file starts it.
#include "../wake.h"
#include "program.h"

namespace kickmsg {
namespace bench {
namespace {

std::string const program = KICKMSG_ICEORYX2_PROGRAM;

std::string const queue = "publish_subscribe of [u64] aligned to 32, queue of ";
std::string const alone = ", no history, a Rust program of its own in each process";

void run_round_trips(PeerCase const& what, End end, Line const& other, Line const& report, Budget const& budget)
{
    Words words = words_of(end == End::Ping ? "ping" : "pong", what, budget);
    words.push_back("touched=" + std::to_string(what.touched()));
    words.push_back(std::string("mode=") + (what.block ? "block" : "spin"));
    become(program, words, other.fd(), report.fd());
}

Round measure_waits(Placement const& placement, Budget const& budget, uint32_t topics, uint32_t idle_us)
{
    SharedBytes    memory(sizeof(WakeShared));
    PeerCase const names = named(PeerCase());
    Cleaner const  held(program, names);
    auto const     run = [&](End end, Line const& other, Line const& report) {
        Words words = words_of(end == End::Ping ? "wake-ping" : "wake-pong", names, budget);
        words.push_back("topics=" + std::to_string(topics));
        words.push_back("idle_us=" + std::to_string(idle_us));
        words.push_back("memory=" + std::to_string(memory.fd()));
        become(program, words, other.fd(), report.fd());
    };
    return measure_ends(run, placement, budget.seconds);
}

Round measure_service(Placement const& placement, Budget const& budget)
{
    PeerCase const names = named(PeerCase());
    Cleaner const  held(program, names);
    auto const     run = [&](End end, Line const& other, Line const& report) {
        become(program, words_of(end == End::Ping ? "service-ping" : "service-pong", names, budget), other.fd(),
                   report.fd());
    };
    return measure_ends(run, placement, budget.seconds);
}

Round measure_values(Placement const& placement, Budget const& budget, bool writes)
{
    PeerCase const names = named(PeerCase());
    Cleaner const  held(program, names);
    auto const     run = [&](Line const& other, Line const& report) {
        Words words = words_of("board", names, budget);
        words.push_back(std::string("act=") + (writes ? "write" : "read"));
        become(program, words, other.fd(), report.fd());
    };
    return measure_alone(run, placement, budget.seconds);
}

[[noreturn]] void become_end_of_flow(std::string const& end, FlowCase const& what, uint32_t index, Line const& line)
{
    become(program,
           {end, "tag=" + what.tag.substr(1), "size=" + std::to_string(what.size),
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
    peer.hold     = [](PeerCase const& what) { return std::make_shared<Cleaner>(program, what); };
    peer.run      = run_round_trips;
    peer.wait_set = measure_waits;
    peer.service  = measure_service;
    peer.board    = measure_values;
    peer.flow     = flow();
    peer.absent   = why_absent(program);
    return peer;
}

} // namespace bench
} // namespace kickmsg
