/// iceoryx2 has a program of its own (iceoryx2/), one process of it for each end: this file starts it.
#include "peers.h"

#include <cerrno>
#include <cstring>

#include <unistd.h>

namespace kickmsg {
namespace bench {
namespace {

/// Becomes the program: its standard input is the line to the other end, both ways; its standard output is the report.
[[noreturn]] void become(PeerCase const& what, End end, Line const& other, Line const& report, Budget const& budget)
{
    std::string const arguments[] = {
        KICKMSG_ICEORYX2_PROGRAM,
        end == End::Ping ? "ping" : "pong",
        what.tag.substr(1),
        std::to_string(what.size),
        std::to_string(what.touched()),
        std::to_string(budget.seconds),
        std::to_string(budget.warm_up),
        std::to_string(budget.round_trips),
        the_clock.counter ? "counter" : "steady",
        std::to_string(the_clock.ns_per_tick),
        what.oversubscribed ? "oversubscribed" : "alone",
    };
    std::vector<char*> pointers;
    for (std::string const& argument : arguments) {
        pointers.push_back(const_cast<char*>(argument.c_str())); // execv() changes nothing
    }
    pointers.push_back(nullptr);
    dup2(other.fd(), STDIN_FILENO);
    dup2(report.fd(), STDOUT_FILENO);
    execv(pointers[0], pointers.data());
    _exit(127);
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

} // namespace

Peer peer_iceoryx2()
{
    Peer peer;
    peer.name     = "iceoryx2";
    peer.version  = KICKMSG_ICEORYX2_VERSION;
    peer.promises = {"none", "the oldest is lost when a queue is full (safe overflow)",
                     "yes: the next to open cleans up after the dead", false, "many publishers and subscribers"};
    peer.variants = {{true, false, spin_zero_copy}};
    peer.settings = [](PeerCase const&) {
        return std::string(
            "publish_subscribe of [u64] aligned to 32, queue of 8, safe overflow, no history, one publisher and "
            "one subscriber, a Rust program of its own in both processes");
    };
    peer.hold = [](PeerCase const& what) { return std::make_shared<Cleaner>(what); };
    peer.run  = [](PeerCase const& what, End end, Line const& other, Line const& report, Budget const& budget) {
        become(what, end, other, report, budget);
    };
    if (access(KICKMSG_ICEORYX2_PROGRAM, X_OK) != 0) {
        peer.absent = "its program was not built: cargo build failed (cargo.log in the build folder tells why)";
    }
    return peer;
}

} // namespace bench
} // namespace kickmsg
