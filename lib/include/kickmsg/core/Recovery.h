/// recover(): brings back what the dead held, under live traffic. Idempotent; any number of recoverers at once; one that
/// dies is itself recovered, one that is stopped delays only the reuse of what it had taken over.
///
/// `Env::is_alive(incarnation)` proves death: false is final, true may be out of date.
/// Proof: lib/test/Recovering_test.cc, lib/test/Recovery_test.cc; models death_of_recoverer, death_in_recovery, two_recoverers, four_deaths, debt_settled, adopt_debt; sweep recover, repair_locked_entries, reset_retired_rings; budget none (recovery only)
#pragma once

#include "kickmsg/core/Membership.h"
#include "kickmsg/core/SchemaSlot.h"
#include "kickmsg/core/Sweep.h"

namespace kickmsg {
namespace core {

struct RecoveryCounts {
    uint64_t participants = 0;
    uint64_t rings        = 0;
    uint64_t entries      = 0;
    uint64_t references   = 0;
    uint64_t slots        = 0;
    uint64_t schema       = 0;
};

/// Which rings of the dead: those left half-way through joining or leaving, or all.
enum class DeadRings { HalfWay, All };

template <class P, class L, class Env>
class Recovery {
public:
    /// `covers`: what earlier recoveries of the same handle had to leave; without it a covered sweep is merely repeated.
    Recovery(L& layout, Self self, Env& env, Covers<P, L>* covers = nullptr) noexcept
        : layout_(layout), self_(self), env_(env), covers_(covers), claims_(layout.record(self.record))
    {
    }

    /// Whether somebody is dead, or a sweep is owed that would find more than the last one of this handle.
    bool is_needed() noexcept
    {
        // edge OWED (acquire) <- Recovery::update_debt: the sweep that is noted as done is done
        uint64_t const done = layout_.sweeps_done().load(std::memory_order_acquire);
        // relaxed: a debt that is noted just now is another call's
        uint64_t const owed   = layout_.sweeps_owed().load(std::memory_order_relaxed);
        bool           needed = owed != done && !(covers_ != nullptr && covers_->answer(layout_, owed));
        for (uint32_t record = 0; record < layout_.record_count() && !needed; ++record) {
            uint64_t const word = Ownership<P>(layout_.record(record).owner).read();
            needed              = OwnerWord::state(word) == OwnerWord::Draining || is_dead(word);
        }
        for (uint32_t ring = 0; ring < layout_.ring_count() && !needed; ++ring) {
            needed = is_dead(Ownership<P>(layout_.ring(ring).owner).read());
        }
        return needed || SchemaSlot<P, L>(layout_).is_stuck(env_);
    }

    /// `notes`: pool_size() of them, the caller's. Returns: what was brought back; one call is enough.
    RecoveryCounts run(SlotNote* notes) noexcept
    {
        // edge OWED (acquire) <- Registry::owe_sweep: the deaths that it was noted for are proven
        uint64_t const owed = layout_.sweeps_owed().load(std::memory_order_acquire);
        take_over_records();
        bool const complete = sweep(notes, true);
        counts_.schema += SchemaSlot<P, L>(layout_).reset(env_) ? 1 : 0;
        update_debt(owed, complete);
        free_records();
        return counts_;
    }

    /// Returns: the entries of rings that a dead owner had left sealed or half re-opened; those rings are free again.
    uint64_t close_rings(DeadRings which) noexcept
    {
        for (uint32_t ring = 0; ring < layout_.ring_count(); ++ring) {
            close_ring(ring, which);
        }
        return counts_.entries;
    }

    /// Takes back orphaned references and slots. Without `closing_rings`, as far as the rings of the dead do not hold
    /// them. Returns: whether everything could be judged.
    bool sweep(SlotNote* notes, bool closing_rings = false) noexcept
    {
        for (uint32_t pass = 0; pass < pass_limit; ++pass) {
            if (closing_rings) {
                close_rings(DeadRings::All);
            }
            SweepCounts const found = Sweep<P, L, Env>(layout_, env_, notes).repair(claims_, covers_);
            counts_.references += found.references;
            counts_.slots += found.slots;
            bool const moving = found.again || (found.covered && pass < covered_limit && covers_change());
            if (!moving && !(found.unclosed && closing_rings)) {
                return !found.covered && !found.unclosed;
            }
        }
        if (covers_ != nullptr) {
            covers_->forget(); // others moved in the last pass, too: another sweep may find more
        }
        return false;
    }

    RecoveryCounts const& counts() const noexcept
    {
        return counts_;
    }

private:
    /// Passes that meet something in motion are repeated. Every repetition means that others made progress.
    static constexpr uint32_t pass_limit = 64;

    /// A living participant that is stopped may cover something for long: then, or after these passes, the sweep stays owed.
    static constexpr uint32_t covered_limit = 7;

    bool covers_change() noexcept
    {
        return covers_ == nullptr || covers_->change(layout_);
    }

    bool is_dead(uint64_t owner) noexcept
    {
        return OwnerWord::state(owner) != OwnerWord::Free && !env_.is_alive(OwnerWord::incarnation(owner));
    }

    void take_over_records() noexcept
    {
        for (uint32_t record = 0; record < layout_.record_count(); ++record) {
            Ownership<P>   owner(layout_.record(record).owner);
            uint64_t const word = owner.read();
            if (is_dead(word) && owner.change(word, OwnerWord::Draining, self_)) {
                Registry<P, L>(layout_).clear_notes(record);
                ++taken_over_;
            }
        }
    }

    void close_ring(uint32_t index, DeadRings which) noexcept
    {
        uint64_t const word  = Ownership<P>(layout_.ring(index).owner).read();
        auto const     state = OwnerWord::state(word);
        bool const     half  = state == OwnerWord::Joining || state == OwnerWord::Draining;
        if ((which == DeadRings::HalfWay && !half) || !is_dead(word)) {
            return;
        }
        uint32_t sealed = 0;
        if (Membership<P, L>(layout_, self_).take_over(index, word, sealed)) {
            ++counts_.rings;
            counts_.entries += state == OwnerWord::Joining ? layout_.capacity() : (half ? sealed : 0);
        }
    }

    /// Notes the sweep as done, or, when something kept moving, as still owed: `owed` is the debt that this sweep began with.
    void update_debt(uint64_t owed, bool complete) noexcept
    {
        // relaxed: only a number to advance from, and whether the debt of before stands
        uint64_t done = layout_.sweeps_done().load(std::memory_order_relaxed);
        if (!complete) {
            // What this call took over is owed by a number of its own: a sweep that began before may be about to pay the other.
            bool const     stands = owed != done && counts_.rings + taken_over_ == 0;
            uint64_t const debt   = stands ? owed : Registry<P, L>(layout_).owe_sweep();
            if (covers_ != nullptr) {
                covers_->remember(debt);
            }
            return;
        }
        while (static_cast<int64_t>(owed - done) > 0) {
            // edge OWED (release) -> Recovery::is_needed: the sweep. Failure relaxed: compared again
            if (layout_.sweeps_done().compare_exchange_strong(done, owed, std::memory_order_release,
                                                              std::memory_order_relaxed)) {
                return;
            }
        }
    }

    /// Last: until here, a recoverer that dies leaves records that say what is owed.
    void free_records() noexcept
    {
        for (uint32_t record = 0; record < layout_.record_count(); ++record) {
            if (Ownership<P>(layout_.record(record).owner).release(OwnerWord::Draining, self_)) {
                ++counts_.participants;
            }
        }
    }

    L&             layout_;
    Self           self_;
    Env&           env_;
    Covers<P, L>*  covers_;
    Claims<P>      claims_;
    RecoveryCounts counts_;
    uint64_t       taken_over_ = 0; ///< records
};

} // namespace core
} // namespace kickmsg
