/// A peer: something that brings a message from one process to another, measured by the same loop as everything else.
///
/// An adapter is one class of five functions, and is one end of both directions:
///     static char const* name();                                   as in the row's `peer:`
///     static Promises    promises();
///     void open(PeerCase const&, End, Line const& other);          after the fork; hand-shakes over `other`
///     bool send(uint64_t sequence);                                writes the payload, hands it over
///     Got  receive(uint64_t sequence);                             reads the payload, judges it
/// What else a peer needs is beside it, in the Peer that its file returns (peer_of()).
#pragma once

#include "../flow.h"
#include "../process.h"
#include "../round.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace kickmsg {
namespace bench {

/// What a peer promises by its own documentation, as configured here. Words for the row, never a measurement.
struct Promises {
    char const* copies;          ///< of the payload, between the writer's last store and the reader's first load
    char const* loss;            ///< what happens when the reader is slow
    char const* survives_kill_9; ///< of one of the two processes, for the other
    bool        needs_daemon;
    char const* subscribers;
};

/// What a variant may be compared with. Two classes never share a chart.
constexpr char const* spin_zero_copy = "spin-zero-copy";
constexpr char const* spin_copy      = "spin-copy";
constexpr char const* blocking       = "blocking";
constexpr char const* middleware     = "middleware";

struct Variant {
    bool        view;  ///< the reader looks where the transport put the payload; otherwise it gets a copy of its own
    bool        block; ///< the reader sleeps; otherwise it polls
    char const* peer_class;
};

/// One row's parameters.
struct PeerCase {
    std::size_t size           = 64;
    bool        view           = false;
    bool        block          = false;
    bool        handoff        = false; ///< the first word is written and read, not every byte
    bool        oversubscribed = false;
    std::string suffix; ///< of the names of this round: region_name(suffix + …) in the driver
    std::string tag;    ///< region_name(suffix), which the ends cannot compute: they have other process identifiers

    /// Bytes that the writer writes and the reader reads.
    std::size_t touched() const
    {
        return handoff ? sizeof(uint64_t) : size;
    }
};

enum class End {
    Ping, ///< measures, and creates what is in common
    Pong, ///< answers
};

struct Peer {
    std::string          name;
    std::string          version;
    Promises             promises = {"", "", "", false, ""};
    std::vector<Variant> variants;
    std::string          absent; ///< why it cannot run at all; empty when it can

    /// Why it cannot do this case; empty when it can.
    std::function<std::string(PeerCase const&)> refuses;
    /// What the driver holds while a pair runs: names to unlink, a daemon to stop.
    std::function<std::shared_ptr<void>(PeerCase const&)> hold;
    /// The settings that the row tells: depth of the queue, quality of service.
    std::function<std::string(PeerCase const&)> settings;
    /// The body of the forked process of one end. Never throws; reports over `report`.
    std::function<void(PeerCase const&, End, Line const& other, Line const& report, Budget const&)> run;

    // Beside the closed loop; empty for a peer that has no row of the kind.
    /// One round of waits for one of `topics` topics, as wake.h measures them (wait_set_bench.cc).
    std::function<Round(Placement const&, Budget const&, uint32_t topics, uint32_t idle_us)> wait_set;
    /// One round of requests and responses of 64 bytes, polled (service_bench.cc).
    std::function<Round(Placement const&, Budget const&)> service;
    /// One round of a value of a blackboard that is read, or written, by one thread (board_bench.cc): `operations` and their time.
    std::function<Round(Placement const&, Budget const&, bool writes)> board;
    /// A publisher that waits for room, and subscribers that read everything (flow_bench.cc).
    FlowEnds flow;
};

/// The body of the forked process of one end, whatever it measures. Never throws; reports over `report`.
using RunEnd = std::function<void(End, Line const& other, Line const& report)>;

constexpr char const* own_name = "kickmsg";

/// Every peer of the list, ours first, those that cannot run here with their reason.
std::vector<Peer> const& all_peers();

/// The case with names that no other has had.
PeerCase named(PeerCase what);
/// One round of a peer between two processes forked for it, pinned as in the plan.
Round measure_peer(Peer const& peer, PeerCase const& what, Placement const& placement, Budget const& budget);
/// The same of any two ends: what the measuring one reports, and the errors of both.
Round measure_ends(RunEnd const& run, Placement const& placement, double seconds);

/// The lines of the field "transport_checked", and the transport that they show.
struct Transport {
    std::string what;    ///< "shared memory", "socket", "kernel queue", "pipe", "not checked"
    std::string checked; ///< what was seen
};

/// What the end itself sees before it opens the peer, and when the loop has ended, of its own mappings and descriptors.
class TransportWatch {
public:
    TransportWatch();
    /// From here on the traffic of the loopback interface counts: both ends have found each other.
    void opened();
    /// `messages` is the number that this end sent and received since opened().
    Transport seen(std::size_t size, uint64_t messages) const;

private:
    std::vector<std::string> mappings_;
    std::vector<int>         descriptors_;
    uint64_t                 loopback_bytes_;
};

/// What an end reports to the driver, as text; also what the program of iceoryx2 writes.
void  tell_report(Line const& report, Round const& round);
Round hear_report(Line const& report, double seconds);

/// Gives a file descriptor to the other end, or takes it.
/// Errors: std::runtime_error when the other end is gone.
void give_descriptor(Line const& other, int fd);
int  take_descriptor(Line const& other);

/// The body of one end. Both are open before the first message; neither closes before the stop has arrived.
template <class Adapter>
Round run_end(PeerCase const& what, End end, Line const& other, Budget const& budget)
{
    TransportWatch watch;
    Adapter        adapter;
    adapter.open(what, end, other);
    watch.opened();
    Round round;
    if (end == End::Ping) {
        other.hear('o');
        round = run_ping(adapter, budget);
        other.hear('q');
    } else {
        other.tell('o');
        uint64_t  delivered = 0;
        int const code      = run_pong(adapter, &delivered);
        round.sent = round.delivered = delivered;
        if (code != 0) {
            round.error = std::string("pong: ") + describe(static_cast<Got>(code - 1)) + " at sequence " +
                          std::to_string(delivered + 1);
        }
        other.tell('q');
    }
    Transport const seen    = watch.seen(what.size, round.sent + round.delivered);
    round.transport         = seen.what;
    round.transport_checked = seen.checked;
    return round;
}

/// A peer made of an adapter.
template <class Adapter>
Peer peer_of(std::string version, std::vector<Variant> variants)
{
    Peer peer;
    peer.name     = Adapter::name();
    peer.version  = std::move(version);
    peer.promises = Adapter::promises();
    peer.variants = std::move(variants);
    peer.run      = [](PeerCase const& what, End end, Line const& other, Line const& report, Budget const& budget) {
        Round round;
        try {
            round = run_end<Adapter>(what, end, other, budget);
        } catch (std::exception const& error) {
            round.error = std::string(end == End::Ping ? "ping: " : "pong: ") + error.what();
        }
        tell_report(report, round);
    };
    return peer;
}

/// One round of one process, where the first end would be: `operations` are what it says that it has sent.
Round measure_alone(std::function<void(Line const& other, Line const& report)> const& run, Placement const& placement,
                    double seconds);
/// One round of a reliable flow.
Round measure_flow(Peer const& peer, FlowCase what, Placement const& placement, double seconds);

/// Reliable flows, waits for many topics and requests of every peer that has them; and that a faulty flow is reported.
/// Returns: the number of failed checks; prints a line for each check.
int flow_selftest();

/// Sends 1,000 messages of several sizes through each peer, and shows that a faulty one is reported.
/// Returns: the number of failed checks; prints a line for each check.
int peers_selftest();

} // namespace bench
} // namespace kickmsg
