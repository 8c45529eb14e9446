/// The reference model of a region: what it does when its participants take turns. Nothing but counting; no slot, no word. It is what the library's
/// own random streams are compared with.
#pragma once

#include "kickmsg/Config.h"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace kickmsg {
namespace testing {

/// What a region of a geometry does, call by call: which message goes to whom, what is lost, what is refused, how many slots are free. A property
/// test does each operation to the region and to the model, and compares what they answer, and compare() the rest.
///
/// Threads:  one. It says what happens when the participants take turns; of what threads do at once it says nothing.
/// It knows: send(), allocate(), publish(), the same overwriting nothing, the end of a publisher, joining, leaving, receiving, views, losses by
///           overtaking and by an empty pool. Not views beyond max_views, slots of more than 16 KiB (of which fewer are kept), and deaths.
class Model {
public:
    /// An unread message is at a position of a ring. Positions rise by one; the last `capacity` of them can be unread.
    struct Ring {
        bool                            live     = false; ///< its subscriber takes deliveries
        uint32_t                        views    = 0;     ///< that are out; counted by the caller
        uint64_t                        start    = 0;     ///< the first position of its subscriber
        uint64_t                        next     = 0;     ///< to be read
        uint64_t                        tail     = 0;     ///< to be written
        uint64_t                        given_up = 0;     ///< where an eviction begins to look
        uint64_t                        received = 0;     ///< messages that its subscriber took
        uint64_t                        lost     = 0;     ///< messages that it knows it lost
        std::map<uint64_t, std::size_t> unread;           ///< position -> message

        /// Returns: whether the next subscriber may have it.
        bool is_free() const
        {
            return !live && views == 0;
        }
        /// Returns: messages of a ring of `capacity` as an evictor sees it: what lies between messages that were passed by counts, too.
        uint64_t backlog(uint64_t capacity) const
        {
            return std::min(tail - std::max(next, given_up), capacity);
        }
    };
    /// A publisher, which stays where it is for as long as the model has messages of it.
    struct Publisher {
        bool                       loan = false; ///< holds a slot that is no message yet
        std::vector<std::size_t>   kept;         ///< the messages whose slots it keeps, the oldest first
        std::optional<std::size_t> allocated;    ///< bytes that were asked for
        uint64_t                   dropped = 0;  ///< as Publisher::dropped()
        uint64_t                   sent    = 0;  ///< as Publisher::sent()
    };
    /// A message that was sent.
    struct Message {
        std::string bytes;       ///< its payload
        uint64_t    holders = 0; ///< rings in which it is unread or viewed: it has its slot as long as there are any
        Publisher const* keeper = nullptr; ///< or as long as its publisher keeps that
        uint64_t         number = 0;       ///< of its publisher's
    };
    /// What a receive finds: the position in the ring, and which of `messages`.
    struct Received {
        uint64_t    position; ///< as ring_pos()
        std::size_t message;  ///< an index
    };
    /// What has happened, for the coverage of a run.
    struct Events {
        uint64_t evicted       = 0; ///< messages given up for want of a slot
        uint64_t overwritten   = 0; ///< messages overwritten unread
        uint64_t exhausted     = 0; ///< sends and allocations that were refused
        uint64_t no_room       = 0; ///< messages that overwrite nothing, and were refused by a full ring
        uint64_t no_slot       = 0; ///< the same, and no slot was free
        uint64_t wrapped       = 0; ///< rings that were written to for a second lap
        uint64_t overtaken     = 0; ///< receives that found themselves a lap behind
        uint64_t skipped       = 0; ///< positions that a receive passed over
        uint64_t unheard       = 0; ///< messages to nobody
        uint64_t reused        = 0; ///< messages written to the slot that was kept longest
        uint64_t reused_second = 0; ///< messages written to another kept slot
        uint64_t let_go        = 0; ///< kept slots that were busy, and let go of
        uint64_t passed_by     = 0; ///< evictions that passed by what others keep
        uint64_t left_idle     = 0; ///< idle slots of a publisher that left
        uint64_t left_busy     = 0; ///< busy slots of a publisher that left
    };

    /// Of a fresh region of the geometry `cfg`.
    explicit Model(channel::Config const& cfg)
        : rings(cfg.max_subscribers), cfg_(cfg),
          share_(std::min<std::size_t>(cfg.pool_size / 4 / cfg.max_publishers, 8))
    {
    }

    /// `publisher` sends `bytes`.
    /// Returns: as Publisher::send().
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

    /// `publisher` allocates `length` bytes.
    /// Returns: whether there is a slot.
    bool allocate(Publisher& publisher, std::size_t length)
    {
        if (length > cfg_.max_payload_size || !borrow(publisher)) {
            return false;
        }
        publisher.allocated = length;
        return true;
    }

    /// `publisher` publishes `bytes`, of what it has allocated.
    /// Returns: rings reached.
    std::size_t publish(Publisher& publisher, std::string const& bytes)
    {
        if (!publisher.allocated || bytes.size() > *publisher.allocated) {
            return 0;
        }
        publisher.allocated.reset();
        return deliver(publisher, bytes);
    }

    /// `publisher` sends `bytes` where that overwrites nothing.
    /// Returns: as Publisher::try_send().
    int32_t try_send(Publisher& publisher, std::string const& bytes)
    {
        if (bytes.size() > cfg_.max_payload_size) {
            return -EMSGSIZE;
        }
        if (!has_room()) {
            return -EAGAIN;
        }
        publisher.allocated.reset();
        if (!borrow_evicting_nothing(publisher)) {
            return -EAGAIN;
        }
        deliver(publisher, bytes);
        return static_cast<int32_t>(bytes.size());
    }

    /// `publisher` allocates `length` bytes, and nothing unread is given up for them.
    /// Returns: whether there is a slot.
    bool try_allocate(Publisher& publisher, std::size_t length)
    {
        if (length > cfg_.max_payload_size || !borrow_evicting_nothing(publisher)) {
            return false;
        }
        publisher.allocated = length;
        return true;
    }

    /// `publisher` publishes `bytes`, of what it has allocated, where that overwrites nothing.
    /// Returns: as Publisher::try_publish().
    int32_t try_publish(Publisher& publisher, std::string const& bytes)
    {
        if (!publisher.allocated) {
            return -EINVAL;
        }
        if (bytes.size() > *publisher.allocated) {
            return -EMSGSIZE;
        }
        if (!has_room()) {
            return -EAGAIN;
        }
        publisher.allocated.reset();
        return static_cast<int32_t>(deliver(publisher, bytes));
    }

    /// What `publisher` holds when it leaves.
    void give_back(Publisher& publisher)
    {
        drop_loan(publisher);
        while (!publisher.kept.empty()) {
            ++(messages[publisher.kept.front()].holders == 0 ? events.left_idle : events.left_busy);
            let_go(publisher);
        }
    }

    /// Returns: the ring that the next subscriber gets: the first that is free.
    std::optional<uint32_t> free_ring() const
    {
        for (uint32_t i = 0; i < rings.size(); ++i) {
            if (rings[i].is_free()) {
                return i;
            }
        }
        return std::nullopt;
    }

    /// A subscriber has `ring`, whose first position is `start`: RingStats::position.
    void join(uint32_t ring, uint64_t start)
    {
        rings[ring]       = Ring();
        rings[ring].live  = true;
        rings[ring].start = rings[ring].next = rings[ring].tail = rings[ring].given_up = start;
    }

    /// The subscriber of `ring` leaves; its views stay.
    void leave(uint32_t ring)
    {
        rings[ring].live = false;
        while (!rings[ring].unread.empty()) {
            remove(ring, rings[ring].unread.begin());
        }
    }

    /// Returns: what the next receive of the ring `index` finds. Its slot stays in use until release(): at once for a copy, with the view for a view.
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

    /// The subscriber of `ring` needs `message` no more.
    void release(uint32_t ring, std::size_t message)
    {
        Message& released = messages[message];
        released.holders &= ~(uint64_t{1} << ring);
        if (released.holders == 0) {
            (released.keeper == nullptr ? --used_ : ++idle_);
        }
    }

    /// Returns: RegionStats::pool_free.
    uint64_t free_slots() const
    {
        return cfg_.pool_size - used_ - loans_;
    }
    /// Returns: RegionStats::pool_kept: kept by publishers, and nobody else needs them.
    uint64_t kept_slots() const
    {
        return idle_ + loans_;
    }

    std::vector<Ring>    rings;    ///< a view that is out is counted in Ring::views by the caller
    std::vector<Message> messages; ///< all that were sent
    uint64_t             sent = 0; ///< by all publishers that there ever were
    Events               events;   ///< so far

private:
    using Unread = std::map<uint64_t, std::size_t>;

    static constexpr std::size_t glance = 2; ///< kept slots that are looked at before the pool is asked

    bool borrow(Publisher& publisher)
    {
        while (!take_slot(publisher)) {
            if (!evict(publisher)) {
                ++publisher.dropped;
                ++events.exhausted;
                return false;
            }
            ++events.evicted;
        }
        return true;
    }

    bool borrow_evicting_nothing(Publisher& publisher)
    {
        bool const taken = take_slot(publisher);
        events.no_slot += taken ? 0 : 1;
        return taken;
    }

    /// Whether every ring that takes deliveries has a free place.
    bool has_room()
    {
        bool const room =
            std::none_of(rings.begin(), rings.end(), [this](Ring const& ring) { return ring.live && is_full(ring); });
        events.no_room += room ? 0 : 1;
        return room;
    }
    /// Whether the next place has a message that is unread.
    bool is_full(Ring const& ring) const
    {
        return !ring.unread.empty() && ring.unread.begin()->first + cfg_.sub_ring_capacity == ring.tail;
    }

    bool take_slot(Publisher& publisher)
    {
        return publisher.loan || (publisher.kept.size() >= share_ && reuse(publisher, glance)) || pop(publisher) ||
               reuse(publisher, publisher.kept.size());
    }

    /// The slot of the oldest message that nobody needs any more, of the first `looks` that it keeps.
    bool reuse(Publisher& publisher, std::size_t looks)
    {
        auto& kept = publisher.kept;
        for (std::size_t i = 0; i < looks && i < kept.size(); ++i) {
            if (messages[kept[i]].holders == 0) {
                messages[kept[i]].keeper = nullptr;
                kept.erase(kept.begin() + static_cast<std::ptrdiff_t>(i));
                --idle_;
                --used_;
                lend(publisher);
                ++(i == 0 ? events.reused : events.reused_second);
                return true;
            }
        }
        return false;
    }

    bool pop(Publisher& publisher)
    {
        if (free_slots() == 0) {
            return false;
        }
        lend(publisher);
        if (!publisher.kept.empty() && publisher.kept.size() >= share_) {
            ++events.let_go; // a busy one, or it would have been reused
            let_go(publisher);
        }
        return true;
    }

    void lend(Publisher& publisher)
    {
        publisher.loan = true;
        ++loans_;
    }

    void drop_loan(Publisher& publisher)
    {
        loans_ -= publisher.loan ? 1 : 0;
        publisher.loan = false;
    }

    /// Of the slot that it has kept longest.
    void let_go(Publisher& publisher)
    {
        Message& message = messages[publisher.kept.front()];
        message.keeper   = nullptr;
        publisher.kept.erase(publisher.kept.begin());
        if (message.holders == 0) {
            --idle_;
            --used_;
        }
    }

    /// Gives up the oldest message of the fullest ring, there and in each other ring whose oldest it is; where that ring has none to
    /// give up, of the first ring that has. What lies in slots that other publishers keep is passed by, where that may be all there is.
    bool evict(Publisher const& publisher)
    {
        uint32_t fullest = 0;
        for (uint32_t i = 0; i < rings.size(); ++i) {
            fullest = backlog(i) > backlog(fullest) ? i : fullest;
        }
        Publisher const* passing  = backlog(fullest) <= cfg_.pool_size / 4 ? &publisher : nullptr;
        auto             given_up = backlog(fullest) == 0 ? std::nullopt : evict_from(fullest, passing);
        if (!given_up) {
            passing = &publisher;
            for (uint32_t i = 0; i < rings.size() && !given_up; ++i) {
                given_up = rings[i].live ? evict_from(i, passing) : std::nullopt;
            }
        }
        for (uint32_t i = 0; i < rings.size() && given_up; ++i) {
            if (rings[i].live && first_to_go(rings[i], passing) == given_up) {
                evict_from(i, passing);
            }
        }
        return static_cast<bool>(given_up);
    }

    uint64_t backlog(uint32_t ring) const
    {
        return rings[ring].live ? rings[ring].backlog(cfg_.sub_ring_capacity) : 0;
    }

    /// Of what is unread there, the first that is not passed by.
    Unread::iterator to_go(Ring& ring, Publisher const* passing) const
    {
        return std::find_if(ring.unread.begin(), ring.unread.end(), [this, passing](Unread::value_type const& each) {
            Publisher const* const keeper = messages[each.second].keeper;
            return passing == nullptr || keeper == nullptr || keeper == passing;
        });
    }
    std::optional<std::size_t> first_to_go(Ring& ring, Publisher const* passing) const
    {
        auto const found = to_go(ring, passing);
        return found != ring.unread.end() ? std::optional<std::size_t>(found->second) : std::nullopt;
    }

    /// `passing`: the publisher that passes by what others keep; null: none does. Returns: the message that was given up.
    std::optional<std::size_t> evict_from(uint32_t index, Publisher const* passing)
    {
        Ring&          ring  = rings[index];
        auto const     found = to_go(ring, passing);
        bool const     any   = found != ring.unread.end();
        uint64_t const rest  = found != ring.unread.begin() ? ring.unread.begin()->first
                               : any                        ? found->first + 1
                                                            : ring.tail;
        ring.given_up        = std::max(ring.given_up, rest);
        if (!any) {
            return std::nullopt;
        }
        events.passed_by += found != ring.unread.begin() ? 1 : 0;
        std::size_t const message = found->second;
        remove(index, found);
        return message;
    }

    void remove(uint32_t ring, Unread::iterator unread)
    {
        release(ring, unread->second);
        rings[ring].unread.erase(unread);
    }

    std::size_t deliver(Publisher& publisher, std::string const& bytes)
    {
        std::size_t reached = 0;
        messages.push_back({bytes, 0});
        messages.back().number = ++publisher.sent;
        ++sent;
        for (uint32_t i = 0; i < rings.size(); ++i) {
            if (rings[i].live) {
                deliver_to(i, messages.size() - 1);
                ++reached;
            }
        }
        if (reached != 0) { // the loan has become the message's
            ++used_;
            drop_loan(publisher);
        }
        if (share_ == 0) {
            drop_loan(publisher);
        } else if (reached != 0) {
            messages.back().keeper = &publisher;
            publisher.kept.push_back(messages.size() - 1);
        }
        events.unheard += reached == 0 ? 1 : 0;
        return reached;
    }

    void deliver_to(uint32_t index, std::size_t message)
    {
        Ring& ring = rings[index];
        if (is_full(ring)) {
            remove(index, ring.unread.begin());
            ++events.overwritten;
        }
        events.wrapped += ring.tail - ring.start == cfg_.sub_ring_capacity ? 1 : 0;
        ring.unread[ring.tail++] = message;
        messages[message].holders |= uint64_t{1} << index;
    }

    channel::Config cfg_;
    std::size_t     share_;                ///< slots that each publisher keeps at most
    uint64_t        used_ = 0, loans_ = 0; ///< slots
    uint64_t        idle_ = 0;             ///< of `used_`
};

} // namespace testing
} // namespace kickmsg
