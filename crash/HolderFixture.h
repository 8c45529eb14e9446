/// What the tests of proof of life share: a process that holds one of everything (a ring with unread messages, a view, a
/// loan), and an observer that asks whether it is taken for dead or for alive.
///
/// Alive: recovery takes nothing, and it continues with all it had. Dead: one recovery brings back everything.
#pragma once

#include "Arena.h"

#include "RegionState.h"
#include "support.h"

#include <gtest/gtest.h>

#include <cstring>

namespace kickmsg_crash {
namespace life {

using kickmsg::Publisher;
using kickmsg::SharedRegion;
using kickmsg::Subscriber;
using kickmsg_test::Child;

constexpr uint32_t    observer            = 1; ///< the observer's messages are signed with it
constexpr uint32_t    holder              = 2;
constexpr std::size_t records_of_a_holder = 3;

inline kickmsg::channel::Config config()
{
    kickmsg::channel::Config cfg;
    cfg.pool_size         = 256;
    cfg.sub_ring_capacity = 8;
    cfg.max_subscribers   = 4;
    cfg.max_publishers    = 64; // and each keeps a slot
    cfg.max_payload_size  = Message::most;
    return cfg;
}

inline bool send(Publisher& publisher, uint32_t id, uint32_t number)
{
    Message const message(id, number);
    return publisher.send(message.data(), message.length()) == static_cast<int32_t>(message.length());
}

/// One of everything that a process can hold of a region.
class Holding {
public:
    explicit Holding(std::string const& name, uint32_t id = holder)
        : id_(id), region_(SharedRegion::open(name)), subscriber_(region_), publisher_(region_)
    {
        bool const sent = send(publisher_, id_, 1) && send(publisher_, id_, 2);
        view_           = subscriber_.try_receive_view();
        memory_         = publisher_.allocate(Message::most);
        if (!sent || !view_ || memory_ == nullptr) {
            throw std::logic_error("the holder could not take everything");
        }
        std::memset(memory_, 0x5a, Message::most);
    }

    /// Whether it has all it had: its view is unchanged, its ring in order, its loan its own, and it hears and is heard.
    bool is_whole()
    {
        std::string const written(static_cast<char const*>(memory_), Message::most);
        bool              whole = Message::identify(view_->data(), view_->len()) == signed_as(1) &&
                     written == std::string(Message::most, '\x5a');
        Message const third(id_, 3);
        std::memcpy(memory_, third.data(), third.length());
        whole         = whole && publisher_.publish(third.length()) > 0;
        uint64_t last = signed_as(1);
        while (auto const message = subscriber_.try_receive()) {
            uint64_t const identity = Message::identify(message->data(), message->len());
            bool const     own      = identity >> 32 == id_;
            whole                   = whole && identity != 0 && (!own || identity > last);
            last                    = own ? identity : last;
        }
        return whole && last == signed_as(3);
    }

    SharedRegion& region() noexcept
    {
        return region_;
    }
    Subscriber& subscriber() noexcept
    {
        return subscriber_;
    }

private:
    uint64_t signed_as(uint32_t number) const
    {
        return uint64_t{id_} << 32 | number;
    }

    uint32_t                              id_;
    SharedRegion                          region_;
    Subscriber                            subscriber_;
    Publisher                             publisher_;
    std::optional<Subscriber::SampleView> view_;
    void*                                 memory_ = nullptr;
};

/// The life of a holder: takes everything, does `then`, and when it is asked to continue proves that nothing was taken.
inline std::function<int(Child&)> holding(std::string const& name, std::function<void(Holding&, Child&)> then = {},
                                          uint32_t id = holder)
{
    return [name, then, id](Child& self) {
        Holding all(name, id);
        if (then) {
            then(all, self);
        }
        self.pause();
        return all.is_whole() ? 0 : 1;
    };
}

inline std::size_t total(kickmsg::RecoveryReport const& report)
{
    return report.participants + report.rings + report.entries + report.references + report.slots + report.schema;
}

/// The region as an observer sees it, which takes part in it and never recovers but when asked.
class Life : public testing::Test {
protected:
    Life()
    {
        kickmsg::detail::set_automatic_recovery(false);
        region_.emplace(SharedRegion::create(name_, kickmsg::channel::PubSub, config(), "life test"));
        publisher_.emplace(*region_);
        subscriber_.emplace(*region_);
    }
    ~Life() override
    {
        kickmsg::detail::set_automatic_recovery(true);
    }

    std::string const& name() const
    {
        return name_.str();
    }
    SharedRegion& region()
    {
        return *region_;
    }

    /// The observer sends and receives at once, recovers in every way, and nothing is taken.
    void expect_nothing_taken()
    {
        for (int turn = 0; turn < 3; ++turn) {
            expect_traffic();
            EXPECT_EQ(total(region_->recover()), 0U);
            EXPECT_EQ(region_->repair_locked_entries() + region_->reset_retired_rings() +
                          region_->reclaim_orphaned_slots(),
                      0U);
            auto const health = region_->diagnose();
            EXPECT_EQ(health.dead_participants + health.retired_rings + health.locked_entries + health.orphaned_slots,
                      0U);
        }
    }

    /// One recovery takes over what a dead holder held, and nothing else.
    void expect_one_taken()
    {
        expect_traffic();
        EXPECT_EQ(region_->diagnose().dead_participants, records_of_a_holder);
        EXPECT_EQ(region_->diagnose().retired_rings, 1U);
        auto const report = region_->recover();
        EXPECT_EQ(report.participants, records_of_a_holder);
        EXPECT_EQ(report.rings, 1U);
        EXPECT_GE(report.slots, 1U) << "the loan at least";
    }

    /// The only other participant is dead: one recovery brings back everything, exactly.
    void expect_all_back()
    {
        expect_one_taken();
        expect_nothing_left();
    }

    /// A living holder continues with all it had, and leaves nothing behind.
    void expect_to_end_well(Child& child)
    {
        child.go_on();
        EXPECT_EQ(child.join(), 0);
        expect_nothing_left();
    }

    void expect_nothing_left()
    {
        expect_traffic();
        EXPECT_EQ(total(region_->recover()), 0U);
        EXPECT_EQ(kickmsg_test::allocatable(name()), config().pool_size - 1U)
            << "all but the one that the observer keeps";
        EXPECT_EQ(region_->stats().pool_kept, 1U) << "the observer's";
        EXPECT_EQ(region_->stats().participants.size(), records_of_a_holder) << "the observer's";
        std::vector<Subscriber> rings;
        EXPECT_NO_THROW(while (rings.size() + 1 < config().max_subscribers) { rings.emplace_back(*region_); });
        EXPECT_EQ(region_->stats().corrupt, 0U);
    }

    void expect_traffic()
    {
        uint64_t last = 0;
        EXPECT_TRUE(send(*publisher_, observer, ++sent_));
        while (auto const message = subscriber_->try_receive()) {
            uint64_t const identity = Message::identify(message->data(), message->len());
            last                    = identity >> 32 == observer ? identity : last;
        }
        EXPECT_EQ(last, uint64_t{observer} << 32 | sent_) << "the observer is delayed";
    }

private:
    kickmsg_test::Name          name_{"life"};
    std::optional<SharedRegion> region_;
    std::optional<Publisher>    publisher_;
    std::optional<Subscriber>   subscriber_;
    uint32_t                    sent_ = 0;
};

} // namespace life
} // namespace kickmsg_crash
