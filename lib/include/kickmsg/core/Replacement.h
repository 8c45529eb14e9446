/// Replacing a region that only the dead hold, against processes that open it; and the right to remove its name. The
/// state of a region is an owner word: Ready, or Retired by the incarnation that replaces it.
///
///   opener                                  replacer
///   proof of life taken   (Env)             armed                        (Env)
///   r1 = state            (seq_cst)         state = Retired(me)          (seq_cst)
///   disarm whom r1 names  (Env)             r2 = anyone alive?           (Env)
///   r1 back to Ready      (seq_cst)         take the name, while armed   (Env)
///
/// Forbidden: r1 = Ready and r2 = nobody, an opener that stays in a region while another takes its name.
///
/// Nobody waits for a replacer that is stopped, and none that is overtaken can take the name later. Being armed is a thing
/// of the system (on Linux, a file under a name that is used once), which anybody may end and only its owner begin, once:
/// - a replacer is armed before the state names it, so an opener that reads Retired(x) and disarms x has disarmed it for good;
/// - a process that changes Retired(x) to anything else has disarmed x before. So while the state is Retired(x), nobody but x is
///   armed with all questions still to ask; while it is Ready, nobody is.
///
/// What the orders are for: where taking and asking are atomic steps that order nothing else, the two of the drawing
/// that are C++ have to be seq_cst (the replacer's first look need not: its exchange checks what was read, and arming and
/// disarming are critical sections of one lock, so the disarming cannot come before the arming that the state was written
/// after). Linux gives more: taking and asking are critical sections of one kernel lock, too (a process that asks holds a proof on the
/// same file, so the kernel never finds its list empty), and whichever comes second sees what the other did before its own.
/// There, as in the models' creation_replace, no order of this file is needed; creation_replace_words dies of each one that
/// is weakened. They stay: beside a system call they cost nothing, and the platform's contract promises no fence.
///
/// `Env::is_anyone_alive()`: any participant's proof of life, or, by one that replaces a provisional region, false while it is one (Provision);
/// `Env::is_linked()`: whether the name leads to this region.
/// `Env::arm()`: this replacer may take the name from now on; false when it cannot be armed.
/// `Env::disarm(incarnation)`: true when that replacer cannot take the name any more: it is disarmed, or dead.
/// Proof: lib/test/Replacement_test.cc, lib/test/Provisional_test.cc, crash/creation_test.cc, crash/replace_test.cc; models creation_replace, creation_replace_words, creation_replacers, creation_deaths, creation_stopped, creation_unlinkers, creation_waiting, creation_settle, creation_settle_words, creation_decide, creation_decide_late, creation_decide_deaths, creation_decide_stopped, creation_decide_unlinker, creation_settle_unlinker; sweep create_or_open_existing; budget none (not on the path of a message)
#pragma once

#include "kickmsg/core/Structures.h"

namespace kickmsg {
namespace core {

template <class P, class Env>
class Replacement {
public:
    Replacement(typename P::template atomic<uint64_t>& state, Env& env) noexcept : state_(state), env_(env) {}

    enum class Outcome { Retired, Occupied, Busy };

    /// By a replacer, under the proof of life of `incarnation`. Returns: Retired, and only then may its region take the
    /// name, if it is still armed; Occupied when a living participant holds this one; Busy when others are at it, or when
    /// this one or another could not be armed or disarmed: look again.
    Outcome retire(uint64_t incarnation) noexcept
    {
        uint64_t const mine = OwnerWord::make(OwnerWord::Retired, 0, incarnation);
        // relaxed: the exchange below checks that it still stands
        uint64_t const word = state_.load(std::memory_order_relaxed);
        if (!disarm(word) || !env_.arm() || !change(word, mine)) {
            return Outcome::Busy;
        }
        if (env_.is_anyone_alive()) { // asked again, after the state says Retired
            give_back(incarnation);
            return Outcome::Occupied;
        }
        if (!env_.is_linked()) {
            give_back(incarnation);
            return Outcome::Busy;
        }
        return Outcome::Retired;
    }

    /// By a replacer that will not take the name, though it might.
    void give_back(uint64_t incarnation) noexcept
    {
        change(OwnerWord::make(OwnerWord::Retired, 0, incarnation), ready);
    }

    /// By an opener, under its proof of life. Returns: whether this region is the one to stay in.
    bool occupy() noexcept
    {
        // edge OCCUPY (seq_cst): the replacer sees this opener's proof, or this opener sees Retired
        uint64_t const word = state_.load(std::memory_order_seq_cst);
        if (OwnerWord::state(word) == OwnerWord::Retired && (!disarm(word) || !change(word, ready))) {
            return false; // not to be disarmed; or the word has just been changed by another
        }
        return env_.is_linked();
    }

private:
    static constexpr uint64_t ready = OwnerWord::make(OwnerWord::Ready, 0, 0);

    bool disarm(uint64_t word) noexcept
    {
        return OwnerWord::state(word) != OwnerWord::Retired || env_.disarm(OwnerWord::incarnation(word));
    }

    bool change(uint64_t from, uint64_t to) noexcept
    {
        // edge OCCUPY (seq_cst): Retired before the proofs are asked. Failure relaxed: the caller looks again
        return state_.compare_exchange_strong(from, to, std::memory_order_seq_cst, std::memory_order_relaxed);
    }

    typename P::template atomic<uint64_t>& state_;
    Env&                                   env_;
};

/// Whether a region is provisional: made by a participant that leaves the geometry to others, who may replace it under the living. Settled,
/// by one who stays in it for its geometry, it stays so, and only the dead's is replaced.
///
///   who settles it                          replacer, in place of asking who lives
///   word = settled        (seq_cst)         state = Retired(me)          (seq_cst)
///   r1 = state            (seq_cst)         r2 = word                    (seq_cst)
///
/// Forbidden: r1 = Ready and r2 = open, one who settles a region and stays while another takes its name. r1 is that of
/// Replacement::occupy(), which disarms whom it finds.
template <class P>
class Provision {
public:
    static constexpr uint32_t settled = 0; ///< every other region
    static constexpr uint32_t open    = 1;

    explicit Provision(typename P::template atomic<uint32_t>& word) noexcept : word_(word) {}

    /// By a replacer, after it has retired the region; by others, before they occupy() it.
    bool is_open() const noexcept
    {
        // edge SETTLE (seq_cst): the replacer sees that it is settled, or who settles it sees Retired
        return word_.load(std::memory_order_seq_cst) == open;
    }

    /// By a participant, under its proof of life, which then has to occupy() the region anew.
    void settle() noexcept
    {
        // edge SETTLE (seq_cst): see is_open()
        word_.store(settled, std::memory_order_seq_cst);
    }

private:
    typename P::template atomic<uint32_t>& word_;
};

/// The right to remove a region's name: one living participant's at a time, so that between its look at the name and the
/// removal nobody else removes it (and it is not replaced: a living participant holds it). Its holder keeps it.
///
/// All orders are relaxed: nobody acts on what a living holder wrote, and a dead one's death shows all that it did.
/// `Env::is_alive(incarnation)` proves death: false is final.
template <class P, class Env>
class Removal {
public:
    Removal(typename P::template atomic<uint64_t>& right, Env& env) noexcept : right_(right), env_(env) {}

    /// By a participant, under its proof of life. Returns: false when another one that lives has the right.
    bool claim(uint64_t incarnation) noexcept
    {
        uint64_t holder = right_.load(std::memory_order_relaxed); // relaxed: the exchange below checks it
        if (OwnerWord::incarnation(holder) == incarnation) {
            return true;
        }
        if (holder != 0 && env_.is_alive(OwnerWord::incarnation(holder))) {
            return false;
        }
        // relaxed: see above. Failure relaxed: another was faster
        return right_.compare_exchange_strong(holder, incarnation, std::memory_order_relaxed,
                                              std::memory_order_relaxed);
    }

    /// By its holder, which has removed nothing.
    void give_back(uint64_t incarnation) noexcept
    {
        // relaxed: nothing was done under it. Failure relaxed: taken over meanwhile
        right_.compare_exchange_strong(incarnation, 0, std::memory_order_relaxed, std::memory_order_relaxed);
    }

private:
    typename P::template atomic<uint64_t>& right_;
    Env&                                   env_;
};

} // namespace core
} // namespace kickmsg
