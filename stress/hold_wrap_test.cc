/// The marks of the hold map across their wrap. A mark counts its subscriber's takes modulo 2^31 - 1 and is never 0. The
/// count lies in the subscriber, out of a region's reach: so this subscriber is made of the core's own parts.
#include "Participant.h"
#include "Traffic.h"

#include "kickmsg/core/Membership.h"
#include "kickmsg/core/Receiver.h"

#include <algorithm>
#include <cstring>
#include <mutex>
#include <thread>

using namespace kickmsg_stress;
using kickmsg::detail::Layout;
using kickmsg::detail::Policy;

namespace {

using Receiver   = kickmsg::core::Receiver<Policy, Layout>;
using Membership = kickmsg::core::Membership<Policy, Layout>;
using Taken      = kickmsg::core::Taken;

/// An explicit instantiation may name what is private.
template <auto Member>
struct Reach {
    friend uint32_t& mark_of(Receiver& receiver)
    {
        return receiver.*Member;
    }
};
uint32_t& mark_of(Receiver& receiver);
template struct Reach<&Receiver::mark_>;

constexpr uint32_t moving      = kickmsg::core::HoldMap<Policy, Layout>::moving;
constexpr uint32_t pool        = 24;
constexpr uint32_t publishers  = 2;
constexpr uint32_t most_held   = 6;
constexpr uint32_t marks_below = 300;

std::shared_ptr<kickmsg::detail::Mapping> map(std::string const& name)
{
    auto       memory   = kickmsg::SharedMemory::open(name);
    auto const geometry = kickmsg::detail::examine(memory.data(), memory.size(), name);
    return std::make_shared<kickmsg::detail::Mapping>(std::move(memory), geometry);
}

/// Takes messages, holds a few at a time, and has them dropped by another thread.
class Holder {
public:
    explicit Holder(std::string const& name)
        : participant_(map(name)), layout_(participant_.mapping().layout()), seat_(join()),
          receiver_(layout_, seat_.ring, participant_.self().record, seat_.start)
    {
        mark_of(receiver_) = moving - 1 - marks_below;
    }

    /// Returns: false when there was nothing to take.
    bool take()
    {
        Taken const taken = receiver_.take();
        if (!taken) {
            return false;
        }
        receiver_.hold(taken);
        ++takes_;
        zeros_ += taken.mark == 0 || hold_of(taken) != taken.mark ? 1 : 0;
        std::lock_guard<std::mutex> const lock(mutex_);
        held_.push_back({taken, identity_of(taken)});
        return true;
    }

    /// By any thread. Returns: false when nothing was held.
    bool drop()
    {
        Held dropped{};
        {
            std::lock_guard<std::mutex> const lock(mutex_);
            if (held_.empty()) {
                return false;
            }
            dropped = held_.front();
            held_.erase(held_.begin());
        }
        changed_.fetch_add(dropped.identity == 0 || identity_of(dropped.taken) != dropped.identity ? 1 : 0);
        receiver_.drop(dropped.taken.slot, dropped.taken.mark);
        return true;
    }

    std::size_t held()
    {
        std::lock_guard<std::mutex> const lock(mutex_);
        return held_.size();
    }

    /// Leaves; all must have been dropped.
    void leave()
    {
        for (uint32_t slot = 0; slot < layout_.pool_size(); ++slot) {
            EXPECT_EQ(layout_.hold(participant_.self().record, slot).load(), 0U) << "a mark was left behind";
        }
        Membership(layout_, participant_.self()).leave(seat_.ring);
        Membership(layout_, participant_.self()).free(seat_.ring);
    }

    uint64_t takes() const
    {
        return takes_;
    }
    uint64_t lost() const
    {
        return receiver_.lost();
    }
    void tell()
    {
        EXPECT_EQ(zeros_, 0U) << "marks that say nothing";
        EXPECT_EQ(changed_.load(), 0U) << "messages that changed while they were held";
        Row row("Scenario.HoldMarksAcrossTheirWrap");
        row.require("wrapped", mark_of(receiver_) < moving / 2 ? 1 : 0).require("takes", takes_).add("lost", lost());
    }

private:
    struct Held {
        Taken    taken;
        uint64_t identity;
    };

    kickmsg::core::Seat join()
    {
        EXPECT_TRUE(participant_.enroll(kickmsg::detail::ParticipantKind::Subscriber));
        auto const seat = Membership(layout_, participant_.self()).join();
        EXPECT_TRUE(seat.taken);
        return seat;
    }

    uint32_t hold_of(Taken const& taken)
    {
        return layout_.hold(participant_.self().record, taken.slot).load();
    }
    uint64_t identity_of(Taken const& taken)
    {
        return Message::identify(layout_.payload(taken.slot), layout_.slot(taken.slot).length.load());
    }

    kickmsg::detail::Participant participant_;
    Layout&                      layout_;
    kickmsg::core::Seat          seat_;
    Receiver                     receiver_;
    std::mutex                   mutex_;
    std::vector<Held>            held_;
    std::atomic<uint64_t>        changed_{0};
    uint64_t                     takes_ = 0, zeros_ = 0;
};

void publish(kickmsg::SharedRegion const& region, uint32_t who, uint32_t messages)
{
    kickmsg::Publisher publisher(region);
    for (uint32_t number = 1; number <= messages; ++number) {
        Message const message(who, number);
        EXPECT_GT(publisher.send(message.data(), message.length()), 0);
        if (number % 4 == 0) {
            std::this_thread::yield();
        }
    }
}

} // namespace

TEST(Scenario, HoldMarksAcrossTheirWrap)
{
    // at least what it takes to get past the wrap on a machine where most are lost
    auto const               messages = std::max(static_cast<uint32_t>(share_of(100000)), 10000U);
    kickmsg_test::Name const name("marks");
    auto                     cfg = kickmsg_test::small_config(pool, 8, 1);
    cfg.max_payload_size         = Message::most;
    auto                  region = kickmsg_test::make(name, cfg);
    Holder                holder(name);
    std::atomic<uint32_t> sending{publishers};
    std::atomic<bool>     taking{true};
    std::atomic<uint64_t> robbed{0};

    std::vector<std::function<void()>> bodies;
    for (uint32_t who = 1; who <= publishers; ++who) {
        bodies.push_back([&, who] {
            publish(region, who, messages);
            sending.fetch_sub(1);
        });
    }
    bodies.push_back([&] {
        for (bool last = false; !last;) {
            last = sending.load() == 0;
            while (holder.held() >= most_held || holder.take()) {
                std::this_thread::yield();
            }
        }
        taking.store(false);
    });
    bodies.push_back([&] {
        while (holder.drop() || taking.load()) {
            std::this_thread::yield();
        }
        while (holder.drop()) {
        }
    });
    bodies.push_back([&] {
        while (taking.load()) {
            auto const found = region.recover();
            robbed.fetch_add(found.participants + found.rings + found.references + found.slots);
            std::this_thread::yield();
        }
    });
    run_together(bodies);
    EXPECT_EQ(robbed.load(), 0U) << "recovery took something from the living";
    EXPECT_EQ(holder.takes() + holder.lost(), uint64_t{publishers} * messages);
    holder.tell();
    holder.leave();
    EXPECT_EQ(kickmsg_test::allocatable(name), cfg.pool_size) << "slots are missing";
    EXPECT_EQ(region.stats().corrupt, 0U);
}
