/// Ours in a reliable flow: a publisher that overwrites nothing (allocate_until, publish_until), views of what is received.
#include "peers.h"

#include "kickmsg/Publisher.h"
#include "kickmsg/Subscriber.h"

#include <chrono>

namespace kickmsg {
namespace bench {
namespace {

constexpr auto patience = std::chrono::seconds(static_cast<int>(answer_limit));

channel::Config geometry(FlowCase const& what)
{
    channel::Config config;
    config.max_subscribers   = what.subscribers;
    config.max_publishers    = 1;
    config.sub_ring_capacity = flow_queue;
    config.pool_size         = what.subscribers * (flow_queue + 1) + 4;
    config.max_payload_size  = what.size;
    config.payload_alignment = 32;
    return config;
}

class Sending {
public:
    explicit Sending(FlowCase const& what)
        : what_(what), region_(SharedRegion::create(what.tag + "flow", channel::PubSub, geometry(what))), out_(region_)
    {
    }
    bool send(uint64_t sequence)
    {
        void* const slot = out_.allocate_until(what_.size, patience);
        if (slot == nullptr) {
            return false;
        }
        write_payload(slot, what_.size, sequence);
        return out_.publish_until(patience) == static_cast<int32_t>(what_.subscribers) && out_.pending() == 0;
    }

private:
    FlowCase     what_;
    SharedRegion region_;
    Publisher    out_;
};

class Taking {
public:
    explicit Taking(FlowCase const& what)
        : size_(what.size), region_(SharedRegion::open(what.tag + "flow")), in_(region_)
    {
    }
    std::optional<Got> take(uint64_t sequence)
    {
        auto const view = in_.try_receive_view();
        if (!view) {
            return std::nullopt;
        }
        return view->len() == size_ ? judge_payload(view->data(), size_, sequence) : Got::Wrong;
    }

private:
    std::size_t  size_;
    SharedRegion region_;
    Subscriber   in_;
};

} // namespace

FlowEnds kickmsg_flow()
{
    return flow_of<Sending, Taking>(flow_most_subscribers, "ring " + std::to_string(flow_queue) +
                                                               ", allocate_until and publish_until, views, payload "
                                                               "aligned to 32");
}

} // namespace bench
} // namespace kickmsg
