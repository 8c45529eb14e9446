/// Ours: a region for each direction, one subscriber in each; written in place (allocate, publish).
///
/// The receiver copies (try_receive) or looks (try_receive_view), polling or sleeping.
#include "peers.h"

#include "kickmsg/Publisher.h"
#include "kickmsg/Subscriber.h"

#include <chrono>
#include <optional>
#include <vector>

namespace kickmsg {
namespace bench {
namespace {

constexpr uint32_t ring_capacity = 8;
constexpr uint32_t pool_size     = 32;

channel::Config geometry(PeerCase const& what)
{
    channel::Config config;
    config.max_subscribers   = 1;
    config.max_publishers    = 1;
    config.sub_ring_capacity = ring_capacity;
    config.pool_size         = pool_size;
    config.max_payload_size  = what.size;
    config.payload_alignment = 32;
    config.max_views         = pool_size; // the warm-up keeps a ring full
    return config;
}

constexpr uint32_t warm_up = pool_size - 2; ///< messages

bool ends_batch(uint32_t message) noexcept
{
    return (message + 1) % ring_capacity == 0 || message + 1 == warm_up;
}

/// Touches one slot after another from the sending end, a ring full at a time: all of the pool but two, for the peer keeps them.
void lap_send(Publisher& out, PeerCase const& what, Line const& other)
{
    for (uint32_t sent = 0; sent < warm_up; ++sent) {
        void* const slot = out.allocate(what.size);
        if (slot == nullptr) {
            throw std::runtime_error("warm-up: no slot for message " + std::to_string(sent));
        }
        write_payload(slot, what.size, sent);
        out.publish();
        if (ends_batch(sent)) {
            other.tell('f'); // the ring is full
            other.hear('k'); // the peer keeps its messages
        }
    }
}

/// The receiving end of lap_send().
void lap_receive(Subscriber& in, PeerCase const& what, Line const& other)
{
    std::vector<Subscriber::SampleView> kept;
    for (uint32_t received = 0; received < warm_up; ++received) {
        if (received % ring_capacity == 0) {
            other.hear('f');
        }
        auto view = in.try_receive_view();
        if (!view || !check_payload(view->data(), what.size, received)) {
            throw std::runtime_error("warm-up: message " + std::to_string(received) + " missing or damaged");
        }
        kept.push_back(std::move(*view));
        if (ends_batch(received)) {
            other.tell('k');
        }
    }
}

class Kickmsg {
public:
    static char const* name()
    {
        return "kickmsg";
    }
    static Promises promises()
    {
        return {"view: none; copy: one, by the reader", "the slowest reader loses its oldest, and is told how many",
                "yes; nobody waits, recover() gives the dead one's slots back", false,
                "many publishers and subscribers"};
    }

    void open(PeerCase const& what, End end, Line const& other)
    {
        what_ = what;
        if (end == End::Ping) {
            ping_.emplace(SharedRegion::create(what.tag + "ping", channel::PubSub, geometry(what)));
            pong_.emplace(SharedRegion::create(what.tag + "pong", channel::PubSub, geometry(what)));
            out_.emplace(*ping_);
            in_.emplace(*pong_);
            other.tell('c'); // created
            other.hear('j'); // joined
            ping_->unlink(); // whatever happens from here on, no name stays behind
            pong_->unlink();
            lap_send(*out_, what, other);
            lap_receive(*in_, what, other);
            return;
        }
        other.hear('c');
        ping_.emplace(SharedRegion::open(what.tag + "ping"));
        pong_.emplace(SharedRegion::open(what.tag + "pong"));
        in_.emplace(*ping_);
        out_.emplace(*pong_);
        other.tell('j');
        lap_receive(*in_, what, other);
        lap_send(*out_, what, other);
    }

    bool send(uint64_t sequence)
    {
        void* const slot = out_->allocate(what_.size);
        if (slot == nullptr) {
            return false;
        }
        write_payload(slot, what_.touched(), sequence);
        return out_->publish() == 1;
    }

    Got receive(uint64_t sequence)
    {
        return what_.view ? receive_as(sequence, [this] { return take_view(); })
                          : receive_as(sequence, [this] { return take_copy(); });
    }

private:
    template <class Take>
    Got receive_as(uint64_t sequence, Take take)
    {
        auto sample = take();
        if (!sample) {
            return Got::Timeout;
        }
        // a loss shows here as another sequence
        return sample->len() == what_.size ? judge_payload(sample->data(), what_.touched(), sequence) : Got::Wrong;
    }

    std::optional<Subscriber::SampleView> take_view()
    {
        if (what_.block) {
            return in_->receive_view(std::chrono::seconds(static_cast<int>(answer_limit)));
        }
        return spin_until(what_.oversubscribed, [this] { return in_->try_receive_view(); });
    }

    std::optional<Subscriber::SampleRef> take_copy()
    {
        if (what_.block) {
            return in_->receive(std::chrono::seconds(static_cast<int>(answer_limit)));
        }
        return spin_until(what_.oversubscribed, [this] { return in_->try_receive(); });
    }

    PeerCase                    what_;
    std::optional<SharedRegion> ping_;
    std::optional<SharedRegion> pong_;
    std::optional<Publisher>    out_;
    std::optional<Subscriber>   in_;
};

} // namespace

Peer peer_kickmsg()
{
    Peer peer = peer_of<Kickmsg>(
        KICKMSG_BENCH_VERSION,
        {{true, false, spin_zero_copy}, {false, false, spin_copy}, {true, true, blocking}, {false, true, blocking}});
    peer.hold     = hold_names({"ping", "pong", "flow"});
    peer.flow     = kickmsg_flow();
    peer.service  = kickmsg_service;
    peer.board    = kickmsg_board;
    peer.settings = [](PeerCase const&) {
        return "ring " + std::to_string(ring_capacity) + ", pool " + std::to_string(pool_size) +
               " slots, payload aligned to 32";
    };
    return peer;
}

} // namespace bench
} // namespace kickmsg
