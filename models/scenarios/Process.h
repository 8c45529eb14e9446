// A process of the scenarios of creation: core/Replacement.h in the order in which lib/src/Lifecycle.cc composes it.
#pragma once

#include "Surroundings.h"

namespace kickmsg_models {

/// A process: create(), open(), create_or_open(), each with fresh regions of its own, `fresh` and those that follow. It
/// stays where it ends.
class Process {
public:
    enum class End { Nothing, Stays, InUse, NotFound, GaveUp };

    Process(Machine& machine, System system, unsigned thread, unsigned fresh, unsigned attempts) noexcept
        : machine_(machine), system_(system), thread_(thread), fresh_(fresh), attempts_(attempts)
    {
    }

    void open()
    {
        for (unsigned attempt = 0; attempt < attempts_; ++attempt) {
            unsigned const found = machine_.lookup();
            if (found == nowhere) {
                return finish(End::NotFound);
            }
            if (enter(found)) {
                return finish(End::Stays, found);
            }
        }
        finish(End::GaveUp);
    }

    /// By one that leaves the geometry to others, and follows its name until it has seen that it is decided.
    void open_and_watch()
    {
        open();
        if (end_ == End::Stays) {
            Region& region = machine_.at(region_);
            is_decided_    = !machine_.provision(region_).is_open() &&
                          OwnerWord::state(region.state.load(strong)) == OwnerWord::Ready &&
                          machine_.is_linked(region_);
        }
    }

    void create(uint32_t geometry)
    {
        unsigned const found = machine_.lookup();
        if (found != nowhere && is_in_use(found)) {
            return finish(End::InUse);
        }
        for (unsigned attempt = 0; attempt < attempts_ && end_ == End::Nothing; ++attempt) {
            build(geometry);
            if (take_name(true)) {
                return finish(End::Stays, fresh_);
            }
        }
        give_up_fresh(end_ == End::Nothing ? End::GaveUp : end_);
    }

    void create_or_open(uint32_t geometry)
    {
        for (unsigned attempt = 0; attempt < attempts_; ++attempt) {
            bool           stale = false;
            unsigned const found = machine_.lookup();
            if (found != nowhere && machine_.examine(found) != geometry) {
                if (is_in_use(found)) {
                    return give_up_fresh(End::InUse);
                }
                stale = true;
            } else if (found != nowhere && enter(machine_.lookup(), geometry)) {
                return give_up_fresh(End::Stays, entered_);
            }
            build(geometry);
            if (take_name(stale)) {
                return finish(End::Stays, fresh_);
            }
            end_ = End::Nothing; // looked at again: it may fit now
        }
        give_up_fresh(End::GaveUp);
    }

    /// create_or_open() by one that has a say in the geometry, where others may have left it open.
    void decide(uint32_t geometry)
    {
        for (unsigned attempt = 0; attempt < attempts_; ++attempt) {
            bool           stale = false;
            unsigned const found = machine_.lookup();
            if (found != nowhere && machine_.examine(found) != geometry) {
                if (is_in_use(found) && !machine_.seems_provisional(found)) {
                    return give_up_fresh(End::InUse);
                }
                stale = true;
            } else if (found != nowhere && enter(machine_.lookup(), geometry) && settle()) {
                return give_up_fresh(End::Stays, entered_);
            }
            build(geometry);
            if (take_name(stale, true)) {
                return finish(End::Stays, fresh_);
            }
            end_ = End::Nothing;
        }
        give_up_fresh(End::GaveUp);
    }

    /// Opens and unlinks region 0 that was provisional when it came; it stays nowhere.
    void unlink_provisional()
    {
        if (!enter(0)) {
            return;
        }
        for (unsigned attempt = 0; attempt < attempts_ && machine_.is_linked(0); ++attempt, ++fresh_) {
            Surroundings surroundings(machine_, system_, 0);
            if (planted("provisional-unlinked-by-name")) {
                return unlink_by_right(surroundings, true);
            }
            take_away(0, true);
            if (end_ == End::InUse && Replacement(machine_.at(0).state, surroundings).occupy()) {
                end_ = End::Nothing;
                return unlink_by_right(surroundings, true);
            }
            end_ = End::Nothing;
        }
    }

    /// prune(), of the one name; it stays nowhere.
    void prune()
    {
        for (unsigned attempt = 0; attempt < attempts_ && end_ == End::Nothing; ++attempt, ++fresh_) {
            unsigned const old = machine_.lookup();
            if (old == nowhere) {
                return finish(End::NotFound);
            }
            if (machine_.is_held(old, core::low_bits(32))) {
                return finish(End::InUse);
            }
            take_away(old);
        }
        finish(end_ == End::Nothing ? End::GaveUp : end_);
    }

    /// Opens and unlinks region 0, and keeps its handle; it stays nowhere. `may`: whether the system lets it.
    void unlink_first(bool may)
    {
        if (!enter(0)) {
            return;
        }
        Surroundings surroundings(machine_, system_, 0);
        unlink_by_right(surroundings, may);
    }

    End end() const noexcept
    {
        return end_;
    }
    bool is_decided() const noexcept
    {
        return is_decided_;
    }
    unsigned region() const noexcept
    {
        return region_;
    }
    void leave()
    {
        machine_.let_go(region_, thread_, proof_);
        end_ = End::Nothing;
    }
    /// A dead process stays nowhere.
    void forget()
    {
        end_ = End::Nothing;
    }

private:
    void unlink_by_right(Surroundings& surroundings, bool may)
    {
        Removal removal(machine_.at(0).remover, surroundings);
        if (!removal.claim(entered_incarnation_) || !machine_.is_linked(0)) {
            return;
        }
        if (may) {
            machine_.unlink_name();
        } else {
            removal.give_back(entered_incarnation_);
        }
    }
    void finish(End end, unsigned region = nowhere)
    {
        end_    = end;
        region_ = region;
        proof_  = region == fresh_ ? fresh_proof_ : proof_;
    }
    void give_up_fresh(End end, unsigned region = nowhere)
    {
        if (fresh_proof_ != 0) {
            discard_fresh();
        }
        finish(end, region);
    }
    void discard_fresh()
    {
        if (place_ != 0) {
            machine_.unlink(place_);
        }
        machine_.let_go(fresh_, thread_, fresh_proof_);
        place_       = 0;
        fresh_proof_ = 0;
        is_spent_    = false;
        ++fresh_;
    }
    uint64_t new_incarnation(unsigned region)
    {
        return machine_.at(region).incarnations.fetch_add(1, std::memory_order_relaxed) + 1;
    }
    bool is_in_use(unsigned region)
    {
        return machine_.is_linked(region) && machine_.is_held(region, core::low_bits(32));
    }
    bool has_name_for_good(unsigned region)
    {
        if (planted("name-not-looked-at-again")) {
            return true;
        }
        if (system_ == System::Disarms) {
            machine_.clear_waiting();
        }
        return machine_.is_linked(region);
    }

    /// open_region(): a proof of life, then a look. Returns: whether to stay.
    bool enter(unsigned region, uint32_t geometry = 0)
    {
        if (region == nowhere) {
            return false;
        }
        uint32_t const found = machine_.examine(region);
        was_provisional_     = machine_.provision(region).is_open();
        entered_incarnation_ = new_incarnation(region);
        proof_               = participant(entered_incarnation_);
        machine_.take(region, thread_, proof_);
        Surroundings surroundings(machine_, system_, region);
        bool const   occupied =
            planted("opener-does-not-look-again") ||
            (Replacement(machine_.at(region).state, surroundings).occupy() && has_name_for_good(region));
        entered_ = region;
        if (!occupied || (geometry != 0 && found != geometry)) {
            machine_.let_go(region, thread_, proof_);
            return false;
        }
        return true;
    }

    /// Of the region that it has entered. Returns: whether to stay.
    bool settle()
    {
        if (!was_provisional_) {
            return true;
        }
        machine_.provision(entered_).settle();
        Surroundings surroundings(machine_, system_, entered_);
        bool const   stays =
            planted("settler-does-not-look-again") ||
            (Replacement(machine_.at(entered_).state, surroundings).occupy() && has_name_for_good(entered_));
        if (!stays) {
            machine_.let_go(entered_, thread_, proof_);
        }
        return stays;
    }

    /// build_unless_fresh()
    void build(uint32_t geometry)
    {
        if (fresh_proof_ != 0 && is_spent_) {
            discard_fresh();
        }
        if (fresh_proof_ == 0) {
            machine_.build(fresh_, geometry);
            if (!planted("named-before-proof")) {
                prove_fresh();
            }
        }
    }
    void prove_fresh()
    {
        fresh_proof_ = participant(new_incarnation(fresh_));
        machine_.take(fresh_, thread_, fresh_proof_);
    }

    bool take_name(bool stale, bool decides = false)
    {
        bool const published = machine_.link(fresh_);
        is_spent_            = published;
        bool const taken     = (published && has_name_for_good(fresh_)) || (!published && stale && replace(decides));
        if (taken && fresh_proof_ == 0) {
            prove_fresh();
        }
        return taken;
    }

    /// replace_region(). Sets `end_` when a living participant is found.
    bool replace(bool decides)
    {
        unsigned const old = machine_.lookup();
        if (old == nowhere) {
            return false;
        }
        bool const     calls_away  = decides && machine_.seems_provisional(old);
        uint64_t const incarnation = new_incarnation(old);
        if (!planted("replacer-without-proof")) {
            machine_.take(old, thread_, replacer(incarnation));
        }
        Surroundings surroundings(machine_, system_, old, fresh_, incarnation, false, calls_away);
        auto const   outcome = Replacement(machine_.at(old).state, surroundings).retire(incarnation);
        bool const   taken   = outcome == Replacement::Outcome::Retired && surroundings.take_name();
        is_spent_            = surroundings.is_armed();
        place_               = is_spent_ && !taken ? machine_.waiting_place(old, incarnation) : 0;
        machine_.let_go(old, thread_, replacer(incarnation));
        end_ = outcome == Replacement::Outcome::Occupied ? End::InUse : End::Nothing;
        return taken && has_name_for_good(fresh_);
    }

    /// Sets `end_` when it is removed, or a living participant is found.
    void take_away(unsigned old, bool calls_away = false)
    {
        uint64_t const incarnation = new_incarnation(old);
        machine_.take(old, thread_, replacer(incarnation));
        Surroundings surroundings(machine_, system_, old, fresh_, incarnation, true, calls_away);
        auto const   outcome = Replacement(machine_.at(old).state, surroundings).retire(incarnation);
        bool const   taken   = outcome == Replacement::Outcome::Retired && surroundings.take_name();
        if (!taken && surroundings.is_armed()) {
            machine_.unlink(machine_.waiting_place(old, incarnation));
        }
        if (taken && system_ == System::Disarms) {
            machine_.clear_waiting();
        }
        machine_.let_go(old, thread_, replacer(incarnation));
        end_ = taken ? End::NotFound : outcome == Replacement::Outcome::Occupied ? End::InUse : End::Nothing;
    }

    Machine& machine_;
    System   system_;
    unsigned thread_;
    unsigned fresh_;
    unsigned attempts_;
    End      end_                 = End::Nothing;
    unsigned region_              = nowhere;
    unsigned entered_             = nowhere;
    uint64_t entered_incarnation_ = 0;
    uint64_t proof_               = 0;
    uint64_t fresh_proof_         = 0;
    bool     was_provisional_     = false; ///< when it entered
    bool     is_decided_          = false;
    bool     is_spent_            = false;
    unsigned place_               = 0; ///< where the fresh region still waits
};

} // namespace kickmsg_models
