/// Both ends of a channel in one process and one thread: what op/ and scale/ measure with.
///
/// The payload is touched: it is written by send() (or in place) and every byte is read and checked.
#pragma once

#include "plan.h"
#include "process.h"
#include "round.h"

#include "kickmsg/Publisher.h"
#include "kickmsg/Subscriber.h"

#include <deque>
#include <vector>

namespace kickmsg {
namespace bench {

struct Geometry {
    std::size_t size        = headline_size;
    uint32_t    subscribers = 1;
    uint32_t    ring        = 64;
    uint32_t    pool        = 128;
    uint32_t    publishers  = 1;
    bool        send_time   = false;
    uint32_t    history     = 0;

    channel::Config config() const
    {
        channel::Config config;
        config.max_subscribers   = subscribers;
        config.max_publishers    = publishers;
        config.sub_ring_capacity = ring;
        config.pool_size         = pool;
        config.max_payload_size  = size;
        config.send_time         = send_time;
        config.history           = history;
        return config;
    }
};

/// A region of this process alone; its name is gone as soon as it exists.
class OwnRegion {
public:
    explicit OwnRegion(Geometry const& geometry)
        : name_("op"), region_(SharedRegion::create(name_.str(), channel::PubSub, geometry.config()))
    {
        region_.unlink();
    }
    SharedRegion& operator*()
    {
        return region_;
    }

private:
    RegionName   name_;
    SharedRegion region_;
};

enum class How { SendCopy, SendView, LoanView, Handoff };

/// The payload of a message of `size` bytes, as the one with the sequence 1 has it.
inline std::vector<uint64_t> message_of(std::size_t size)
{
    std::vector<uint64_t> message(size / sizeof(uint64_t));
    write_payload(message.data(), size, 1);
    return message;
}

/// Sends one message and takes it. Returns: whether it arrived, whole; How::Handoff touches no byte of it.
inline bool exchange(Publisher& publisher, Subscriber& subscriber, std::vector<uint64_t> const& message, How how)
{
    std::size_t const size = message.size() * sizeof(uint64_t);
    if (how == How::LoanView || how == How::Handoff) {
        void* const slot = publisher.allocate(size);
        if (slot == nullptr) {
            return false;
        }
        if (how == How::LoanView) {
            write_payload(slot, size, 1);
        }
        publisher.publish();
    } else {
        (void)publisher.send(message.data(), size);
    }
    if (how == How::SendCopy) {
        auto const sample = subscriber.try_receive();
        return sample && sample->len() == size && check_payload(sample->data(), size, 1);
    }
    auto const view = subscriber.try_receive_view();
    return view && view->len() == size && (how == How::Handoff || check_payload(view->data(), size, 1));
}

/// The loop of a send and a receive, after `laps` that are not timed.
inline void loop_of_exchanges(benchmark::State& state, Publisher& publisher, Subscriber& subscriber, std::size_t size,
                              How how, uint32_t laps)
{
    std::vector<uint64_t> const message = message_of(size);
    for (uint32_t lap = 0; lap < laps; ++lap) {
        exchange(publisher, subscriber, message, how);
    }
    for (auto _ : state) {
        if (!exchange(publisher, subscriber, message, how)) {
            state.SkipWithError("a message was missing or damaged");
            break;
        }
    }
}

} // namespace bench
} // namespace kickmsg
