/// Zenoh has a program of its own (zenoh/), one process of it for each end: this file starts it.
#include "program.h"

namespace kickmsg {
namespace bench {
namespace {

std::string const program = KICKMSG_ZENOH_PROGRAM;

Peer zenoh(std::string const& name, bool is_shared)
{
    Peer peer;
    peer.name     = name;
    peer.version  = KICKMSG_ZENOH_VERSION;
    peer.promises = {is_shared ? "none: the buffer's place goes over the socket"
                               : "two, through the kernel, and those within the library",
                     "none: the writer waits (congestion control Block)",
                     "yes: the session ends, and may be opened again", false, "many publishers and subscribers"};
    peer.variants = {{is_shared, true, middleware}};
    peer.settings = [is_shared](PeerCase const&) {
        return std::string(
                   "two sessions in peer mode over one Unix socket, no scouting, no router; express, congestion "
                   "control Block, a channel of 8 to the receiving thread; ") +
               (is_shared ? "payloads are loans of a POSIX shared-memory provider"
                          : "payloads are vectors of the program") +
               "; a Rust program of its own in each process";
    };
    peer.hold = [](PeerCase const& what) { return std::make_shared<Cleaner>(program, what); };
    peer.run = [is_shared](PeerCase const& what, End end, Line const& other, Line const& report, Budget const& budget) {
        Words words = words_of(end == End::Ping ? "ping" : "pong", what, budget);
        words.push_back("touched=" + std::to_string(what.touched()));
        words.push_back(std::string("memory=") + (is_shared ? "shared" : "own"));
        become(program, words, other.fd(), report.fd());
    };
    peer.absent = why_absent(program);
    return peer;
}

} // namespace

Peer peer_zenoh()
{
    return zenoh("zenoh", false);
}

Peer peer_zenoh_shm()
{
    return zenoh("zenoh-shm", true);
}

} // namespace bench
} // namespace kickmsg
