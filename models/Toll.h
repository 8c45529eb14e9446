/// What the scenarios of death share: how many died, what recovery may count, states that the dead leave behind.
#pragma once

#include "Participants.h"

namespace kickmsg_models {

/// Runs what may die, and keeps the sum of what recoveries brought back.
class Toll {
public:
    template <class Body>
    void mortal(Body body)
    {
        deaths_ += lab().run_mortal(body) ? 0 : 1;
    }
    /// Somebody was dead before the first thread began.
    void begin_with(unsigned deaths)
    {
        deaths_ = deaths;
    }
    void add(core::RecoveryCounts const& found)
    {
        participants_ += found.participants;
        others_ += found.rings + found.entries + found.references + found.slots + found.schema;
    }
    /// Recovery counts only what was dead.
    void check() const
    {
        expect(participants_ <= deaths_, "more participants were recovered than have died");
        expect(deaths_ != 0 || others_ == 0, "something was brought back, and nobody had died");
    }

private:
    unsigned deaths_       = 0;
    uint64_t participants_ = 0;
    uint64_t others_       = 0;
};

/// As a popper leaves the free stack that died after its exchange: the top slot is nowhere.
inline void lose_top_slot(World& world)
{
    using Tagged         = core::TaggedSlot<Policy>;
    uint64_t const  head = world.layout.head().newest();
    SlotIndex const next = Tagged::slot(world.layout.slot(Tagged::slot(head)).link.newest());
    world.layout.head().store(Tagged::make(Tagged::tag(head) + 1, next), std::memory_order_release);
}

/// Recoverers have something to do from the beginning, as after an earlier death: the next one may die in mid-sweep.
inline void owe_sweep(World& world)
{
    Registry(world.layout).owe_sweep();
}

/// Ends a proof of life in the set-up: its holder was killed.
inline void kill(Attachment const& attachment)
{
    attachment.world().lives.end(attachment.self().incarnation);
    attachment.world().forget(attachment.thread());
}

} // namespace kickmsg_models
