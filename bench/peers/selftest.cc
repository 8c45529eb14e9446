/// The contract of the adapters: 1,000 messages of several sizes, every byte checked, through each peer that can run here;
/// and that an adapter which breaks it is reported.
#include "peers.h"

#include <cstdio>
#include <vector>

#include <sys/socket.h>
#include <unistd.h>

namespace kickmsg {
namespace bench {
namespace {

constexpr uint64_t messages = 1000;

enum class Fault { None, FlippedBit, Repeated, Dropped };

/// A right adapter over a socket pair, and the wrong ones: message 500 is damaged in its last byte, sent twice, or lost.
template <Fault fault>
class Planted {
public:
    static char const* name()
    {
        return "planted";
    }
    static Promises promises()
    {
        return {"", "", "", false, ""};
    }
    ~Planted()
    {
        close(fd_);
    }
    void open(PeerCase const& what, End end, Line const& other)
    {
        what_ = what;
        end_  = end;
        buffer_.assign(what.size, 0);
        if (end == End::Pong) {
            fd_ = take_descriptor(other);
            return;
        }
        int ends[2];
        need(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends) == 0, "no socket pair");
        timeval const limit = {0, 200'000};
        need(setsockopt(ends[1], SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) == 0, "no time-out");
        give_descriptor(other, ends[1]);
        close(ends[1]);
        fd_ = ends[0];
    }
    bool send(uint64_t sequence)
    {
        bool const here = end_ == End::Ping && sequence == 500;
        write_payload(buffer_.data(), what_.touched(), sequence);
        buffer_.back() ^= here && fault == Fault::FlippedBit ? 0x10 : 0;
        bool sent = true;
        for (int copies = here && fault == Fault::Repeated  ? 2
                          : here && fault == Fault::Dropped ? 0
                                                            : 1;
             copies > 0; --copies) {
            sent = write(fd_, buffer_.data(), buffer_.size()) == static_cast<ssize_t>(buffer_.size());
        }
        return sent;
    }
    Got receive(uint64_t sequence)
    {
        ssize_t const got = read(fd_, buffer_.data(), buffer_.size());
        return got == static_cast<ssize_t>(buffer_.size()) ? judge_payload(buffer_.data(), what_.touched(), sequence)
                                                           : Got::Timeout;
    }

private:
    PeerCase                   what_;
    End                        end_ = End::Ping;
    int                        fd_  = -1;
    std::vector<unsigned char> buffer_;
};

Round send_messages(Peer const& peer, PeerCase const& what)
{
    Placement const placement = choose_placement();
    Budget          budget;
    budget.warm_up     = 0;
    budget.round_trips = messages;
    try {
        return measure_peer(peer, what, placement, budget);
    } catch (std::exception const& error) {
        Round round;
        round.error = error.what();
        return round;
    }
}

int told(bool holds, std::string const& what, std::string const& why)
{
    std::printf("%s %s%s%s\n", holds ? "PASS" : "FAIL", what.c_str(), why.empty() ? "" : ": ", why.c_str());
    return holds ? 0 : 1;
}

int check_peer(Peer const& peer)
{
    int failed = 0;
    for (Variant const& variant : peer.variants) {
        for (std::size_t const size : {std::size_t{8}, std::size_t{1024}, std::size_t{65536}}) {
            PeerCase what;
            what.size                   = size;
            what.view                   = variant.view;
            what.block                  = variant.block;
            what.oversubscribed         = choose_placement().oversubscribed;
            std::string const refusal   = peer.refuses ? peer.refuses(what) : "";
            std::string const case_name = peer.name + ", " + std::to_string(size) + " bytes, " +
                                          (what.view ? "view, " : "copy, ") + (what.block ? "block" : "spin");
            if (!refusal.empty()) {
                std::printf("SKIP %s: %s\n", case_name.c_str(), refusal.c_str());
                continue;
            }
            Round const round = send_messages(peer, what);
            bool const  holds = round.error.empty() && round.ticks.count() == messages && round.sent == 2 * messages &&
                               round.delivered == 2 * messages && round.transport != "unknown";
            failed += told(holds, case_name + ": 1000 messages there and back",
                           holds ? round.transport : round.error + ", " + round.transport_checked);
        }
    }
    return failed;
}

template <Fault fault>
int check_planted(char const* what, char const* report)
{
    Peer const  peer    = peer_of<Planted<fault>>("", {});
    Round const round   = send_messages(peer, PeerCase());
    bool const  told_so = fault == Fault::None ? round.error.empty() : round.error.find(report) != std::string::npos;
    return told(told_so, what, round.error);
}

} // namespace

int peers_selftest()
{
    int failed = check_planted<Fault::None>("a right adapter is not reported", "");
    failed += check_planted<Fault::FlippedBit>("planted: an adapter that flips one bit is reported",
                                               "wrong sequence or checksum at sequence 500");
    failed += check_planted<Fault::Repeated>("planted: an adapter that repeats a message is reported",
                                             "wrong sequence or checksum at sequence 501");
    failed += check_planted<Fault::Dropped>("planted: an adapter that loses a message is reported",
                                            "no answer from the other process at sequence 500");
    for (Peer const& peer : all_peers()) {
        if (!peer.absent.empty()) {
            std::printf("SKIP %s: %s\n", peer.name.c_str(), peer.absent.c_str());
            continue;
        }
        failed += check_peer(peer);
    }
    return failed;
}

} // namespace bench
} // namespace kickmsg
