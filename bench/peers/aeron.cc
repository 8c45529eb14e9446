/// Aeron has a program of its own (aeron/), one process of it for each end: this file starts it.
#include "program.h"

namespace kickmsg {
namespace bench {
namespace {

std::string const program = KICKMSG_AERON_PROGRAM;

/// A claim is one fragment: the MTU of the measurement without its header.
constexpr std::size_t most_in_place = 65504 - 32;

} // namespace

Peer peer_aeron()
{
    Peer peer;
    peer.name     = "aeron";
    peer.version  = KICKMSG_AERON_VERSION;
    peer.promises = {"none in place; two when offered and put together, and the reader's own",
                     "none: the writer is refused while the slowest reader is a window behind",
                     "yes, while the media driver lives: it drops a client that no longer reports, after seconds", true,
                     "many publications and subscriptions"};
    peer.variants = {{true, false, spin_zero_copy}, {false, false, spin_copy}};
    peer.refuses  = [](PeerCase const& what) {
        bool const fits = !what.view || what.size <= most_in_place;
        return std::string(fits ? "" : "a claim has at most 65,472 bytes, one fragment of the largest MTU");
    };
    peer.settings = [](PeerCase const& what) {
        return std::string("exclusive publications over aeron:ipc, MTU 65504, pre-touched; ") +
               (what.view ? "claimed, and read where it lies in the log" : "offered, assembled, copied") +
               "; media driver (shared threading) in the measuring process, a Rust program of its own in each process";
    };
    peer.hold = [](PeerCase const& what) { return std::make_shared<Cleaner>(program, what); };
    peer.run  = [](PeerCase const& what, End end, Line const& other, Line const& report, Budget const& budget) {
        Words words = words_of(end == End::Ping ? "ping" : "pong", what, budget);
        words.push_back("version=" KICKMSG_AERON_VERSION);
        words.push_back("touched=" + std::to_string(what.touched()));
        words.push_back(std::string("receive=") + (what.view ? "view" : "copy"));
        become(program, words, other.fd(), report.fd());
    };
    peer.absent = why_absent(program);
    return peer;
}

} // namespace bench
} // namespace kickmsg
