/// Boost's queues of slot numbers in a reliable flow: the publisher polls for a slot that the subscriber has given back.
#include "peers.h"

#include <boost/interprocess/mapped_region.hpp>
#include <boost/interprocess/shared_memory_object.hpp>
#include <boost/lockfree/spsc_queue.hpp>

#include <new>

namespace kickmsg {
namespace bench {
namespace {

namespace bip = boost::interprocess;

struct Way {
    using Queue = boost::lockfree::spsc_queue<uint32_t, boost::lockfree::capacity<flow_queue>>;

    alignas(128) Queue full;
    alignas(128) Queue free;
};

/// What both ends map: the queues, then the slots.
class Slots {
public:
    Slots(FlowCase const& what, bool creates)
        : size(what.size), room_((what.size + 127) / 128 * 128), region_(memory(what, creates), bip::read_write)
    {
        if (creates) {
            std::memset(region_.get_address(), 0, region_.get_size()); // every slot written once
            new (region_.get_address()) Way();
            for (uint32_t slot = 0; slot < flow_queue; ++slot) {
                way().free.push(slot);
            }
        }
    }
    Way& way()
    {
        return *static_cast<Way*>(region_.get_address());
    }
    unsigned char* at(uint32_t slot)
    {
        return static_cast<unsigned char*>(region_.get_address()) + sizeof(Way) + slot * room_;
    }

    std::size_t const size;

private:
    bip::shared_memory_object memory(FlowCase const& what, bool creates) const
    {
        std::string const name = what.tag.substr(1) + "flow"; // it puts the slash in front
        if (!creates) {
            return bip::shared_memory_object(bip::open_only, name.c_str(), bip::read_write);
        }
        bip::shared_memory_object made(bip::create_only, name.c_str(), bip::read_write);
        made.truncate(static_cast<bip::offset_t>(sizeof(Way) + flow_queue * room_));
        return made;
    }

    std::size_t        room_;
    bip::mapped_region region_;
};

class Sending {
public:
    explicit Sending(FlowCase const& what) : slots_(what, true), oversubscribed_(what.oversubscribed) {}
    bool send(uint64_t sequence)
    {
        uint32_t slot = 0;
        if (!spin_until(oversubscribed_, [&] { return slots_.way().free.pop(slot); })) {
            return false;
        }
        write_payload(slots_.at(slot), slots_.size, sequence);
        return slots_.way().full.push(slot);
    }

private:
    Slots slots_;
    bool  oversubscribed_;
};

class Taking {
public:
    explicit Taking(FlowCase const& what) : slots_(what, false) {}
    std::optional<Got> take(uint64_t sequence)
    {
        uint32_t slot = 0;
        if (!slots_.way().full.pop(slot)) {
            return std::nullopt;
        }
        if (slot >= flow_queue) {
            return Got::Wrong;
        }
        Got const got = judge_payload(slots_.at(slot), slots_.size, sequence);
        slots_.way().free.push(slot);
        return got;
    }

private:
    Slots slots_;
};

} // namespace

FlowEnds boost_flow()
{
    return flow_of<Sending, Taking>(1, "lockfree::spsc_queue of " + std::to_string(flow_queue) +
                                           " slot numbers there and another one back; slots of 128-byte multiples in "
                                           "one shared_memory_object; the publisher polls for a free one");
}

} // namespace bench
} // namespace kickmsg
