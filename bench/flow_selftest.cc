/// What peers do beside the closed loop: reliable flows lose nothing, and one that does is reported; waits for many topics; requests.
#include "peers/peers.h"
#include "tally.h"

#include <fcntl.h>
#include <unistd.h>

namespace kickmsg {
namespace bench {
namespace {

enum class Fault { None, FlippedBit, Repeated, Dropped };

constexpr std::size_t planted_size = 64;
constexpr uint64_t    planted_at   = 3;

/// The pipe of a planted flow, made before the processes are forked.
struct Pipe {
    Pipe()
    {
        need(pipe(ends) == 0 && fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0, "no pipe");
    }
    Pipe(Pipe const&)            = delete;
    Pipe& operator=(Pipe const&) = delete;
    ~Pipe()
    {
        close(ends[0]);
        close(ends[1]);
    }
    static int ends[2];
};
int Pipe::ends[2];

template <Fault fault>
class PlantedSending {
public:
    explicit PlantedSending(FlowCase const&) {}
    bool send(uint64_t sequence)
    {
        unsigned char bytes[planted_size];
        write_payload(bytes, planted_size, sequence);
        bool const here = sequence == planted_at;
        bytes[planted_size - 1] ^= here && fault == Fault::FlippedBit ? 0x10 : 0;
        bool sent = true;
        for (int copies = here && fault == Fault::Repeated  ? 2
                          : here && fault == Fault::Dropped ? 0
                                                            : 1;
             copies > 0; --copies) {
            sent = write(Pipe::ends[1], bytes, planted_size) == static_cast<ssize_t>(planted_size);
        }
        return sent;
    }
};

class PlantedTaking {
public:
    explicit PlantedTaking(FlowCase const&) {}
    std::optional<Got> take(uint64_t sequence)
    {
        unsigned char bytes[planted_size];
        ssize_t const got = read(Pipe::ends[0], bytes, planted_size);
        return got <= 0 ? std::nullopt : std::optional<Got>(judge_payload(bytes, planted_size, sequence));
    }
};

/// What was wrong with a flow; empty when nothing was.
std::string error_of(Peer const& peer, uint32_t subscribers, std::size_t size, double seconds)
{
    FlowCase what;
    what.subscribers = subscribers;
    what.size        = size;
    try {
        return measure_flow(peer, what, choose_placement(), seconds).error;
    } catch (std::exception const& error) {
        return error.what();
    }
}

template <Fault fault>
void check_planted(Tally& tally, char const* what)
{
    Peer peer;
    peer.hold               = [](PeerCase const&) { return std::make_shared<Pipe>(); };
    peer.flow               = flow_of<PlantedSending<fault>, PlantedTaking>(1, "");
    std::string const error = error_of(peer, 1, planted_size, 0.2);
    bool const        told  = error.find("damaged or out of order") != std::string::npos;
    tally.check(fault == Fault::None ? error.empty() : told, what + (": " + error));
}

void check_flow(Tally& tally, Peer const& peer)
{
    for (uint32_t const subscribers : {1U, 2U}) {
        for (std::size_t const size : {std::size_t{8}, std::size_t{65536}}) {
            if (subscribers <= peer.flow.most_subscribers) {
                std::string const error = error_of(peer, subscribers, size, 0.02);
                tally.check(error.empty(), peer.name + ", a reliable flow of " + std::to_string(size) + " bytes to " +
                                               std::to_string(subscribers) + ": nothing is lost" +
                                               (error.empty() ? "" : ": " + error));
            }
        }
    }
}

/// One short round of what takes a placement and a budget.
template <class Measure>
void check_round(Tally& tally, std::string const& what, Measure measure)
{
    Budget budget;
    budget.seconds        = 0.01;
    budget.warm_up        = 10;
    Placement const where = choose_placement();
    budget.oversubscribed = where.oversubscribed;
    Round const round     = measure(where, budget);
    tally.check(round.error.empty() && round.ticks.count() != 0,
                what + (round.error.empty() ? "" : ": " + round.error));
}

/// One short round of a value that is read or written.
void check_values(Tally& tally, Peer const& peer, bool writes)
{
    Budget budget;
    budget.seconds    = 0.01;
    Round const round = peer.board(choose_placement(), budget, writes);
    tally.check(round.error.empty() && round.operations != 0 && round.seconds > 0,
                peer.name + (writes ? ", a value is written" : ", a value is read") +
                    (round.error.empty() ? "" : ": " + round.error));
}

} // namespace

int flow_selftest()
{
    Tally tally(false);
    check_planted<Fault::None>(tally, "a right flow is not reported");
    check_planted<Fault::FlippedBit>(tally, "planted: a flow that flips one bit is reported");
    check_planted<Fault::Repeated>(tally, "planted: a flow that repeats a message is reported");
    check_planted<Fault::Dropped>(tally, "planted: a flow that loses a message is reported");
    for (Peer const& peer : all_peers()) {
        if (!peer.absent.empty()) {
            continue;
        }
        check_flow(tally, peer);
        if (peer.wait_set) {
            check_round(tally, peer.name + ", a wait for 3 topics", [&](Placement const& where, Budget const& budget) {
                return peer.wait_set(where, budget, 3, 100);
            });
        }
        if (peer.service) {
            check_round(tally, peer.name + ", requests and responses", peer.service);
        }
        for (bool const writes : {false, true}) {
            if (peer.board) {
                check_values(tally, peer, writes);
            }
        }
    }
    return tally.failed();
}

} // namespace bench
} // namespace kickmsg
