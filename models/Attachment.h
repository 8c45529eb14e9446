/// What all participants of the models are first: an incarnation, a proof of life, a record. They run the shipped algorithms
/// in the order in which lib/src composes them, and hold the oracles that only a participant itself can check.
#pragma once

#include "World.h"

namespace kickmsg_models {

/// Participant records that an attachment may take: only(2), or one of between(1, 3).
struct Records {
    uint32_t first, count;
};
inline Records only(uint32_t record)
{
    return {record, 1};
}
inline Records between(uint32_t first, uint32_t last)
{
    return {first, last - first + 1};
}

/// The thread that a participant belongs to: with which it dies.
struct Place {
    World&   world;
    unsigned thread;
};

/// An attachment: incarnation, proof of life, record; given up in the opposite order.
class Attachment {
public:
    Attachment(Place const& place) : world_(place.world), thread_(place.thread) {}

    /// Returns: false when no record is free.
    bool enroll(Records records)
    {
        announce();
        attached_ = Registry(world_.layout).enroll(records.first, records.count, self_);
        return attached_;
    }
    /// The same over a dead participant's record.
    bool adopt(Records records)
    {
        announce();
        LifeCheck life(world_);
        attached_ = Registry(world_.layout).adopt(records.first, records.count, self_, life);
        return attached_;
    }
    void detach()
    {
        expect(attached_, "a scenario detaches twice");
        expect_enrolled();
        Registry(world_.layout).leave(self_);
        world_.lives.end(self_.incarnation);
        attached_ = false;
    }
    /// For set-ups: its process was killed.
    void kill()
    {
        world_.lives.end(self_.incarnation);
        world_.forget(thread_);
        world_.toll.died();
    }
    /// Nobody took its record from it.
    void expect_enrolled() const
    {
        uint64_t const mine = core::OwnerWord::make(core::OwnerWord::Active, self_.record, self_.incarnation);
        expect(world_.layout.record(self_.record).owner.newest() == mine,
               "a living participant was robbed of its record");
    }
    core::Self self() const noexcept
    {
        return self_;
    }
    World& world() const noexcept
    {
        return world_;
    }
    unsigned thread() const noexcept
    {
        return thread_;
    }

private:
    void announce()
    {
        self_.incarnation = Registry(world_.layout).draw_incarnation();
        world_.lives.begin(self_.incarnation, thread_);
    }

    World&     world_;
    unsigned   thread_;
    core::Self self_;
    bool       attached_ = false;
};

} // namespace kickmsg_models
