/// How many slots can be in use at once (channel::Config): participants are stopped between any two steps, for as long as it
/// pleases, and the pool is counted each time.
#include "array_layout.h"
#include "observed.h"
#include "support.h"

#include "kickmsg/Config.h"
#include "kickmsg/core/Membership.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <random>
#include <thread>

using kickmsg_test::Observer;
using Policy     = kickmsg_test::ObservedPolicy;
using Layout     = kickmsg_test::ArrayLayout<Policy>;
using Membership = kickmsg::core::Membership<Policy, Layout>;
using Receiver   = kickmsg::core::Receiver<Policy, Layout>;
using Sender     = kickmsg::core::Sender<Policy, Layout>;
using Word       = kickmsg::core::TaggedSlot<Policy>;
using kickmsg::core::OwnerWord;
using kickmsg::core::Taken;

namespace {

struct Sizes {
    uint32_t capacity, publishers, keep, subscribers, views, churning; ///< the last of the subscribers come and go

    /// Distinct messages in rings that no publisher has kept or is delivering; what publishers have; what subscribers have.
    uint32_t bound() const
    {
        return capacity + publishers - 1 + publishers * (std::max(keep, 1U) + 1) + subscribers * (views + 1) +
               churning * capacity;
    }
};

/// Threads of which one runs at a time, for so many atomic operations.
class Stage {
public:
    ~Stage()
    {
        ending_ = true;
        for (std::size_t i = 0; i < actors_.size(); ++i) {
            run(i, 1);
            actors_[i].join();
        }
    }
    void add(std::function<void()> const& act)
    {
        std::size_t const me = actors_.size();
        actors_.emplace_back([this, me, act] {
            await(me);
            {
                Observer const steps([this, me](void const*, bool) { step(me); });
                while (!ending_) {
                    act();
                }
            }
            pass();
        });
    }
    void run(std::size_t actor, uint32_t steps)
    {
        std::unique_lock<std::mutex> lock(mutex_);
        steps_ = steps;
        turn_  = actor;
        changed_.notify_all();
        changed_.wait(lock, [this] { return turn_ == nobody; });
    }

private:
    static constexpr std::size_t nobody = static_cast<std::size_t>(-1);

    void step(std::size_t me)
    {
        if (!ending_ && --steps_ == 0) {
            pass();
            await(me);
        }
    }
    void pass()
    {
        std::lock_guard<std::mutex> const lock(mutex_);
        turn_ = nobody;
        changed_.notify_all();
    }
    void await(std::size_t me)
    {
        std::unique_lock<std::mutex> lock(mutex_);
        changed_.wait(lock, [this, me] { return turn_ == me; });
    }

    std::mutex              mutex_;
    std::condition_variable changed_;
    std::size_t             turn_   = nobody;
    uint32_t                steps_  = 0;
    bool                    ending_ = false;
    std::deque<std::thread> actors_;
};

class Play {
public:
    Play(Sizes const& sizes, uint32_t pool, uint32_t seed)
        : sizes_(sizes), pool_(pool), random_(seed),
          layout_(sizes.subscribers, sizes.capacity, pool, sizes.subscribers + sizes.publishers)
    {
        for (uint32_t i = 0; i < sizes.subscribers; ++i) {
            i + sizes.churning >= sizes.subscribers ? add_churner(i) : add_subscriber(i);
        }
        for (uint32_t i = 0; i < sizes.publishers; ++i) {
            add_publisher(sizes.subscribers + i);
        }
    }

    /// Returns: the most slots that were in use when all were stopped.
    uint32_t most_in_use(uint32_t turns)
    {
        uint32_t const actors = sizes_.subscribers + sizes_.publishers;
        uint32_t       awake = 1, most = 0;
        for (uint32_t turn = 0; turn < turns; ++turn) {
            if (turn % 40 == 0) { // the others are stopped for that long
                awake = 1 + below((1U << actors) - 1);
            }
            uint32_t const actor = below(actors);
            if ((awake >> actor & 1U) != 0) {
                stage_.run(actor, 1 + below(below(4) == 0 ? 200 : 12));
                most = std::max(most, in_use());
            }
        }
        return most;
    }

    uint64_t sent = 0, refused = 0;

private:
    kickmsg::core::Self enroll(uint32_t record)
    {
        layout_.record(record).owner.store(OwnerWord::make(OwnerWord::Active, record, record + 1),
                                           std::memory_order_relaxed);
        return {record, record + 1};
    }
    uint32_t below(uint32_t limit)
    {
        return static_cast<uint32_t>(random_() % limit);
    }
    uint32_t in_use()
    {
        uint32_t free = 0;
        for (uint32_t slot = Word::slot(layout_.head().load(std::memory_order_relaxed)); slot < pool_; ++free) {
            slot = Word::slot(layout_.slot(slot).link.load(std::memory_order_relaxed));
        }
        return pool_ - free;
    }

    void add_publisher(uint32_t record)
    {
        auto const sender = std::make_shared<Sender>(layout_, enroll(record), sizes_.keep);
        stage_.add([this, sender] {
            if (sender->borrow()) {
                sender->publish(8);
                ++sent;
            } else {
                ++refused;
            }
        });
    }

    void add_subscriber(uint32_t record)
    {
        auto const seat     = Membership(layout_, enroll(record)).join();
        auto const receiver = std::make_shared<Receiver>(layout_, seat.ring, record, seat.start);
        auto const held     = std::make_shared<std::deque<Taken>>();
        stage_.add([this, receiver, held] { receive(*receiver, *held); });
    }

    void add_churner(uint32_t record)
    {
        auto const self = enroll(record);
        stage_.add([this, self] {
            auto const        seat = Membership(layout_, self).join();
            Receiver          receiver(layout_, seat.ring, self.record, seat.start);
            std::deque<Taken> held;
            for (uint32_t more = 2 * sizes_.capacity; more != 0; --more) {
                receive(receiver, held);
            }
            while (!held.empty()) {
                drop(receiver, held);
            }
            Membership(layout_, self).leave(seat.ring);
            Membership(layout_, self).free(seat.ring);
        });
    }

    void receive(Receiver& receiver, std::deque<Taken>& held)
    {
        Taken const taken = receiver.take();
        if (taken && held.size() < sizes_.views) {
            receiver.hold(taken);
            held.push_back(taken);
        } else if (taken) {
            receiver.drop_by_receiver(taken);
        }
        if (++calls_ % 7 == 0 && !held.empty()) {
            drop(receiver, held);
        }
    }
    static void drop(Receiver& receiver, std::deque<Taken>& held)
    {
        receiver.drop(held.front().slot, held.front().mark);
        held.pop_front();
    }

    Sizes        sizes_;
    uint32_t     pool_;
    std::mt19937 random_;
    uint32_t     calls_ = 0;
    Layout       layout_;
    Stage        stage_; ///< the last one: its actors use all else
};

constexpr Sizes casts[] = {{2, 1, 0, 1, 0, 0}, {2, 3, 0, 2, 0, 0}, {4, 2, 1, 2, 1, 0}, {4, 3, 2, 3, 0, 0},
                           {8, 2, 3, 2, 2, 0}, {2, 3, 8, 2, 1, 0}, {4, 2, 1, 2, 0, 1}, {4, 2, 2, 3, 1, 2}};

} // namespace

TEST(PoolBound, NoMoreSlotsAreInUseHoweverParticipantsAreStopped)
{
    uint32_t seed = 0;
    for (Sizes const& sizes : casts) {
        Play           play(sizes, 4 * sizes.bound(), ++seed);
        uint32_t const most = play.most_in_use(3000);
        EXPECT_LE(most, sizes.bound()) << "cast " << seed;
        EXPECT_GT(2 * most, sizes.bound() - sizes.churning * sizes.capacity)
            << "cast " << seed << " used next to nothing";
        EXPECT_GT(play.sent, 20U);
    }
}

TEST(PoolBound, APoolOfJustThatSizeIsNeverEmpty)
{
    uint32_t seed = 100;
    for (Sizes const& sizes : casts) {
        Play play(sizes, sizes.bound(), ++seed);
        play.most_in_use(3000);
        EXPECT_EQ(play.refused, 0U) << "cast " << seed;
        EXPECT_GT(play.sent, 20U);
    }
}

TEST(PoolBound, OfTheDefaultConfigLeavesRoomForViews)
{
    kickmsg::channel::Config const cfg;
    uint32_t const                 kept = cfg.pool_size / 4 / cfg.max_publishers;
    Sizes const                    sizes{cfg.sub_ring_capacity, cfg.max_publishers, kept, cfg.max_subscribers, 0, 0};
    EXPECT_LE(sizes.bound() + 80, cfg.pool_size);
}

/// The bound in use: everybody sends, nobody reads.
TEST(PoolBound, SixteenBySixteenByDefaultUseNoMoreThanIt)
{
    kickmsg_test::Name const        name;
    auto                            region = kickmsg_test::make(name, kickmsg::channel::Config{});
    std::deque<kickmsg::Publisher>  publishers;
    std::deque<kickmsg::Subscriber> subscribers;
    for (int i = 0; i < 16; ++i) {
        publishers.emplace_back(region);
        subscribers.emplace_back(region);
    }
    for (uint64_t i = 0; i < 4000; ++i) {
        kickmsg_test::send(publishers[i * i * i % 16], i);
        EXPECT_GE(region.stats().pool_free, 256U - 175U);
    }
    for (auto& subscriber : subscribers) {
        EXPECT_EQ(kickmsg_test::receive_all(subscriber).size(), 64U);
        EXPECT_EQ(subscriber.lost(), 4000U - 64U);
    }
}
