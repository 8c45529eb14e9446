/// Boost: two lock-free single-producer single-consumer queues of slot numbers over shared memory, and message_queue.
#include "peers.h"

#include <boost/date_time/posix_time/posix_time_types.hpp>
#include <boost/interprocess/ipc/message_queue.hpp>
#include <boost/interprocess/mapped_region.hpp>
#include <boost/interprocess/shared_memory_object.hpp>
#include <boost/lockfree/spsc_queue.hpp>
#include <boost/version.hpp>

#include <cstring>
#include <new>
#include <optional>

namespace kickmsg {
namespace bench {
namespace {

namespace bip = boost::interprocess;

constexpr std::size_t depth = 8;

/// One direction: `full` carries slots to the reader, `free` brings them back.
struct Way {
    using Queue = boost::lockfree::spsc_queue<uint32_t, boost::lockfree::capacity<depth>>;

    alignas(128) Queue full;
    alignas(128) Queue free;
};

class BoostSpsc {
public:
    static char const* name()
    {
        return "boost-spsc";
    }
    static Promises promises()
    {
        return {"none", "none: the writer finds no free slot", "yes, but a slot in the dead one's hands is gone", false,
                "one publisher, one subscriber"};
    }

    void open(PeerCase const& what, End end, Line const& other)
    {
        what_                  = what;
        std::size_t const room = (what.size + 127) / 128 * 128;
        std::size_t const all  = 2 * (sizeof(Way) + depth * room);
        std::string const name = what.tag.substr(1) + "spsc"; // it puts the slash in front
        if (end == End::Ping) {
            bip::shared_memory_object memory(bip::create_only, name.c_str(), bip::read_write);
            memory.truncate(static_cast<bip::offset_t>(all));
            map(memory, room, end);
            fill();
            other.tell('c');
            other.hear('j');
            bip::shared_memory_object::remove(name.c_str());
            return;
        }
        other.hear('c');
        map(bip::shared_memory_object(bip::open_only, name.c_str(), bip::read_write), room, end);
        other.tell('j');
    }

    bool send(uint64_t sequence)
    {
        uint32_t slot = 0;
        if (!spin_until(what_.oversubscribed, [&] { return out_->free.pop(slot); })) {
            return false;
        }
        write_payload(out_slots_ + slot * room_, what_.touched(), sequence);
        return out_->full.push(slot);
    }

    Got receive(uint64_t sequence)
    {
        uint32_t slot = 0;
        if (!spin_until(what_.oversubscribed, [&] { return in_->full.pop(slot); })) {
            return Got::Timeout;
        }
        if (slot >= depth) {
            return Got::Wrong;
        }
        Got const got = judge_payload(in_slots_ + slot * room_, what_.touched(), sequence);
        in_->free.push(slot);
        return got;
    }

private:
    void map(bip::shared_memory_object const& memory, std::size_t room, End end)
    {
        region_.emplace(memory, bip::read_write);
        room_       = room;
        auto* bytes = static_cast<unsigned char*>(region_->get_address());
        auto* ping  = reinterpret_cast<Way*>(bytes);
        auto* slots = bytes + 2 * sizeof(Way);
        out_        = end == End::Ping ? ping : ping + 1;
        in_         = end == End::Ping ? ping + 1 : ping;
        out_slots_  = end == End::Ping ? slots : slots + depth * room;
        in_slots_   = end == End::Ping ? slots + depth * room : slots;
    }

    /// Both queues made, every slot written once and free.
    void fill()
    {
        std::memset(region_->get_address(), 0, region_->get_size());
        for (Way* const way : {out_, in_}) {
            new (way) Way();
            for (uint32_t slot = 0; slot < depth; ++slot) {
                way->free.push(slot);
            }
        }
    }

    PeerCase                          what_;
    std::optional<bip::mapped_region> region_;
    std::size_t                       room_      = 0;
    Way*                              out_       = nullptr;
    Way*                              in_        = nullptr;
    unsigned char*                    out_slots_ = nullptr;
    unsigned char*                    in_slots_  = nullptr;
};

class BoostMessageQueue {
public:
    static char const* name()
    {
        return "boost-mq";
    }
    static Promises promises()
    {
        return {"two, into and out of the queue", "none: the writer waits",
                "no: a death inside leaves its mutex locked", false, "one reader for each message"};
    }

    void open(PeerCase const& what, End end, Line const& other)
    {
        what_                  = what;
        std::string const name = what.tag.substr(1);
        buffer_.assign(what.size, 0);
        if (end == End::Ping) {
            out_.emplace(bip::create_only, (name + "ping").c_str(), depth, what.size);
            in_.emplace(bip::create_only, (name + "pong").c_str(), depth, what.size);
            other.tell('c');
            other.hear('j');
            bip::message_queue::remove((name + "ping").c_str());
            bip::message_queue::remove((name + "pong").c_str());
            return;
        }
        other.hear('c');
        in_.emplace(bip::open_only, (name + "ping").c_str());
        out_.emplace(bip::open_only, (name + "pong").c_str());
        other.tell('j');
    }

    bool send(uint64_t sequence)
    {
        write_payload(buffer_.data(), what_.touched(), sequence);
        return out_->timed_send(buffer_.data(), what_.size, 0, limit());
    }

    Got receive(uint64_t sequence)
    {
        bip::message_queue::size_type size     = 0;
        unsigned int                  priority = 0;
        if (!in_->timed_receive(buffer_.data(), buffer_.size(), size, priority, limit())) {
            return Got::Timeout;
        }
        return size == what_.size ? judge_payload(buffer_.data(), what_.touched(), sequence) : Got::Wrong;
    }

private:
    static boost::posix_time::ptime limit()
    {
        return boost::posix_time::microsec_clock::universal_time() +
               boost::posix_time::seconds(static_cast<long>(answer_limit));
    }

    PeerCase                          what_;
    std::optional<bip::message_queue> out_;
    std::optional<bip::message_queue> in_;
    std::vector<unsigned char>        buffer_;
};

std::string version()
{
    return std::to_string(BOOST_VERSION / 100000) + "." + std::to_string(BOOST_VERSION / 100 % 1000) + "." +
           std::to_string(BOOST_VERSION % 100);
}

} // namespace

Peer peer_boost_spsc()
{
    Peer peer     = peer_of<BoostSpsc>(version(), {{true, false, spin_zero_copy}});
    peer.hold     = hold_names({"spsc", "flow"});
    peer.flow     = boost_flow();
    peer.settings = [](PeerCase const&) {
        return "lockfree::spsc_queue of " + std::to_string(depth) +
               " slot numbers there and another one back, each way; slots of 128-byte multiples in one "
               "shared_memory_object";
    };
    return peer;
}

Peer peer_boost_mq()
{
    Peer peer     = peer_of<BoostMessageQueue>(version(), {{false, true, blocking}});
    peer.hold     = hold_names({"ping", "pong"});
    peer.settings = [](PeerCase const&) {
        return "a message_queue of " + std::to_string(depth) + " messages each way, timed_send and timed_receive";
    };
    return peer;
}

} // namespace bench
} // namespace kickmsg
