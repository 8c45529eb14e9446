/// The recoverer of the models: recover() and its parts.
#pragma once

#include "Attachment.h"

namespace kickmsg_models {

class Recoverer : public Attachment {
public:
    using Attachment::Attachment;
    Recoverer(Place const& place, Records records) : Attachment(place)
    {
        enroll(records);
    }

    /// recover(); what was brought back is counted.
    void run()
    {
        LifeCheck      life(world());
        Recovery       recovery(world().layout, self(), life, &covers_);
        core::SlotNote notes[Layout::most_pool];
        world().set_sweep_notes(notes);
        if (recovery.is_needed()) {
            world().toll.add(recovery.run(notes));
        }
    }
    /// Nobody works any more: what this one remembers of covered sweeps must not keep it from the last one.
    void finish()
    {
        lab().faults_in_quiet = true;
        run();
        lab().faults_in_quiet = false;
        LifeCheck life(world());
        expect(!Recovery(world().layout, self(), life).is_needed(),
               "a recoverer that remembers left what another would find");
    }
    /// reclaim_orphaned_slots(): the sweep alone.
    void sweep()
    {
        LifeCheck      life(world());
        Recovery       recovery(world().layout, self(), life);
        core::SlotNote notes[Layout::most_pool];
        world().set_sweep_notes(notes);
        recovery.sweep(notes);
    }
    /// reset_retired_rings() and repair_locked_entries(): the rings alone.
    void close_rings(core::DeadRings which)
    {
        LifeCheck life(world());
        Recovery(world().layout, self(), life).close_rings(which);
    }

private:
    core::Covers<Policy, Layout> covers_;
};

} // namespace kickmsg_models
