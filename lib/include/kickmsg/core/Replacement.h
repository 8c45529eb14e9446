/// Replacing a region that only the dead hold, against who opens it. The state of a region is an owner word: Ready, or
/// Retired by the incarnation that replaces it.
///
///   opener                                  replacer
///   proof of life taken   (Env)             state = Retired(me)     (seq_cst)
///   r1 = state            (seq_cst)         r2 = anyone alive?      (Env)
///
/// Forbidden: r1 = Ready and r2 = nobody, an opener that stays in a region while another takes its name.
///
/// What the orders are for: where taking and asking are atomic steps that order nothing else, the two of the drawing
/// that are C++ have to be seq_cst (the replacer's first look need not: its exchange checks what was read). Linux gives
/// more: both are critical sections of one kernel lock (who asks holds a proof on the same file, so the kernel never
/// finds its list empty), and whichever comes second sees what the other did before its own. There, as in the models'
/// creation_replace, no order of this file is needed; creation_replace_words dies of each one that is weakened.
/// They stay: beside a system call they cost nothing, and the platform's contract promises no fence.
///
/// `Env::is_replacer_alive(incarnation)`: false is final, and shows all that the replacer did.
/// `Env::is_anyone_alive()`: any participant's proof of life; `Env::is_linked()`: whether the name leads to this region.
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
    /// name; Occupied when a living participant holds this one; Busy when others are at it: look again.
    Outcome retire(uint64_t incarnation) noexcept
    {
        uint64_t const mine = OwnerWord::make(OwnerWord::Retired, 0, incarnation);
        // relaxed: the exchange below checks that it still stands
        uint64_t word = state_.load(std::memory_order_relaxed);
        if (is_being_replaced(word) || !change(word, mine)) {
            return Outcome::Busy;
        }
        if (env_.is_anyone_alive()) { // asked again, after the state says Retired
            change(mine, ready);
            return Outcome::Occupied;
        }
        if (!env_.is_linked()) {
            change(mine, ready);
            return Outcome::Busy;
        }
        return Outcome::Retired;
    }

    /// By an opener, under its proof of life. Returns: whether this region is the one to stay in.
    bool settle() noexcept
    {
        // edge OCCUPY (seq_cst): the replacer sees this opener's proof, or this opener sees Retired
        uint64_t const word = state_.load(std::memory_order_seq_cst);
        if (OwnerWord::state(word) == OwnerWord::Retired && (is_being_replaced(word) || !change(word, ready))) {
            return false; // being replaced; or its dead replacer's word has just been changed by another
        }
        return env_.is_linked();
    }

private:
    static constexpr uint64_t ready = OwnerWord::make(OwnerWord::Ready, 0, 0);

    bool is_being_replaced(uint64_t word) noexcept
    {
        return OwnerWord::state(word) == OwnerWord::Retired && env_.is_replacer_alive(OwnerWord::incarnation(word));
    }

    bool change(uint64_t from, uint64_t to) noexcept
    {
        // edge OCCUPY (seq_cst): Retired before the proofs are asked. Failure relaxed: the caller looks again
        return state_.compare_exchange_strong(from, to, std::memory_order_seq_cst, std::memory_order_relaxed);
    }

    typename P::template atomic<uint64_t>& state_;
    Env&                                   env_;
};

} // namespace core
} // namespace kickmsg
