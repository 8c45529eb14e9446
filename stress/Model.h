/// The reference model: what a channel does when its participants take turns. Nothing but counting; no slot, no word.
#pragma once

#include "kickmsg/Config.h"

#include <cerrno>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace kickmsg_stress {

class Model {
public:
    /// An unread message is at a position of a ring. Positions rise by one; the last `capacity` of them can be unread.
    struct Ring {
        bool                            live  = false;
        uint32_t                        views = 0;
        uint64_t                        start = 0, next = 0, tail = 0; ///< first, next to be read, next to be written
        uint64_t                        received = 0, lost = 0;
        std::map<uint64_t, std::size_t> unread; ///< position -> message

        bool is_free() const
        {
            return !live && views == 0;
        }
    };
    struct Publisher {
        bool                       loan = false; ///< holds a slot that is no message yet
        std::optional<std::size_t> allocated;
        uint64_t                   dropped = 0;
    };
    struct Message {
        std::string bytes;
        uint64_t    holders = 0; ///< rings in which it is unread or viewed: it keeps its slot as long as there are any
    };
    struct Received {
        uint64_t    position;
        std::size_t message;
    };
    /// What has happened, for the coverage of a run.
    struct Events {
        uint64_t evicted = 0, overwritten = 0, exhausted = 0, wrapped = 0, overtaken = 0, skipped = 0, unheard = 0;
    };

    explicit Model(kickmsg::channel::Config const& cfg)
        : rings(cfg.max_subscribers), cfg_(cfg), ahead_(cfg.pool_size / 4 >= cfg.max_publishers)
    {
    }

    int32_t send(Publisher& publisher, std::string const& bytes)
    {
        if (bytes.size() > cfg_.max_payload_size) {
            return -EMSGSIZE;
        }
        publisher.allocated.reset();
        if (!borrow(publisher)) {
            return -EAGAIN;
        }
        deliver(publisher, bytes);
        return static_cast<int32_t>(bytes.size());
    }

    bool allocate(Publisher& publisher, std::size_t length)
    {
        if (length > cfg_.max_payload_size || !borrow(publisher)) {
            return false;
        }
        publisher.allocated = length;
        return true;
    }

    /// Returns: rings reached.
    std::size_t publish(Publisher& publisher, std::string const& bytes)
    {
        if (!publisher.allocated || bytes.size() > *publisher.allocated) {
            return 0;
        }
        publisher.allocated.reset();
        return deliver(publisher, bytes);
    }

    void give_back(Publisher& publisher)
    {
        loans_ -= publisher.loan ? 1 : 0;
        publisher.loan = false;
    }

    /// The ring that the next subscriber gets: the first that is free.
    std::optional<uint32_t> free_ring() const
    {
        for (uint32_t i = 0; i < rings.size(); ++i) {
            if (rings[i].is_free()) {
                return i;
            }
        }
        return std::nullopt;
    }

    void join(uint32_t ring, uint64_t start)
    {
        rings[ring]       = Ring();
        rings[ring].live  = true;
        rings[ring].start = rings[ring].next = rings[ring].tail = start;
    }

    void leave(uint32_t ring)
    {
        rings[ring].live = false;
        while (!rings[ring].unread.empty()) {
            remove_oldest(ring);
        }
    }

    std::optional<Received> receive(uint32_t index)
    {
        Ring& ring = rings[index];
        if (ring.tail - ring.next > cfg_.sub_ring_capacity) {
            ring.lost += ring.tail - cfg_.sub_ring_capacity - ring.next;
            ring.next = ring.tail - cfg_.sub_ring_capacity;
            ++events.overtaken;
        }
        for (; ring.next != ring.tail; ++ring.next, ++ring.lost, ++events.skipped) {
            auto const found = ring.unread.find(ring.next);
            if (found != ring.unread.end()) {
                Received const received{ring.next++, found->second};
                ring.unread.erase(found);
                ++ring.received;
                return received; // its holder bit is the receiver's now: release()
            }
        }
        return std::nullopt;
    }

    void release(uint32_t ring, std::size_t message)
    {
        uint64_t& holders = messages[message].holders;
        holders &= ~(uint64_t{1} << ring);
        used_ -= holders == 0 ? 1 : 0;
    }

    uint64_t free_slots() const
    {
        return cfg_.pool_size - used_ - loans_;
    }

    std::vector<Ring>    rings;
    std::vector<Message> messages;
    Events               events;

private:
    bool borrow(Publisher& publisher)
    {
        while (!publisher.loan && free_slots() == 0 && evict_from_fullest()) {
            ++events.evicted;
        }
        if (!publisher.loan && free_slots() == 0) {
            ++publisher.dropped;
            ++events.exhausted;
            return false;
        }
        loans_ += publisher.loan ? 0 : 1;
        publisher.loan = true;
        return true;
    }

    bool evict_from_fullest()
    {
        uint32_t fullest = 0;
        for (uint32_t i = 0; i < rings.size(); ++i) {
            fullest = rings[i].unread.size() > rings[fullest].unread.size() ? i : fullest;
        }
        return remove_oldest(fullest);
    }

    bool remove_oldest(uint32_t ring)
    {
        auto& unread = rings[ring].unread;
        if (unread.empty()) {
            return false;
        }
        release(ring, unread.begin()->second);
        unread.erase(unread.begin());
        return true;
    }

    std::size_t deliver(Publisher& publisher, std::string const& bytes)
    {
        std::size_t reached = 0;
        messages.push_back({bytes, 0});
        for (uint32_t i = 0; i < rings.size(); ++i) {
            if (rings[i].live) {
                deliver_to(i, messages.size() - 1);
                ++reached;
            }
        }
        if (reached != 0) { // the loan has become the message's
            ++used_;
            give_back(publisher);
        } else {
            ++events.unheard;
        }
        keep_one_ahead(publisher, reached != 0);
        return reached;
    }

    /// In a large pool a publisher keeps the slot that nobody got, or takes the next one after a message.
    void keep_one_ahead(Publisher& publisher, bool delivered)
    {
        if (!ahead_) {
            give_back(publisher);
        } else if (delivered && free_slots() != 0) {
            publisher.loan = true;
            ++loans_;
        }
    }

    void deliver_to(uint32_t index, std::size_t message)
    {
        Ring& ring = rings[index];
        if (!ring.unread.empty() && ring.unread.begin()->first + cfg_.sub_ring_capacity == ring.tail) {
            remove_oldest(index);
            ++events.overwritten;
        }
        events.wrapped += ring.tail - ring.start == cfg_.sub_ring_capacity ? 1 : 0;
        ring.unread[ring.tail++] = message;
        messages[message].holders |= uint64_t{1} << index;
    }

    kickmsg::channel::Config cfg_;
    bool                     ahead_;
    uint64_t                 used_ = 0, loans_ = 0; ///< slots
};

} // namespace kickmsg_stress
