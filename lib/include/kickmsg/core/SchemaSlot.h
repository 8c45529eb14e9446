/// The schema slot: written once, by one claimant; a claim of the dead is taken back.
/// Proof: lib/test/Schema_test.cc, lib/test/Seats_test.cc; models schema_claim, schema_death; sweep schema_claim; budget none (not on the path of a message)
#pragma once

#include "kickmsg/core/Ownership.h"

namespace kickmsg {
namespace core {

template <class P, class L>
class SchemaSlot {
public:
    explicit SchemaSlot(L& layout) noexcept : owner_(layout.schema_owner()) {}

    bool is_set() const noexcept
    {
        return OwnerWord::state(owner_.read()) == OwnerWord::Set;
    }

    /// Sets the schema by `write`, if it is unset. Returns: whether this call set it.
    template <class Write>
    bool claim(Self self, Write write) noexcept
    {
        uint64_t const word = owner_.read();
        if (OwnerWord::state(word) != OwnerWord::Free || !owner_.change(word, OwnerWord::Claiming, self)) {
            return false;
        }
        write();
        return owner_.change(OwnerWord::Claiming, OwnerWord::Set, self);
    }

    template <class Env>
    bool is_stuck(Env& env) const noexcept
    {
        return stuck(owner_.read(), env);
    }

    /// Returns: whether a claim of the dead has been taken back.
    template <class Env>
    bool reset(Env& env) noexcept
    {
        uint64_t const word = owner_.read();
        return stuck(word, env) && owner_.change(word, OwnerWord::Free, Self{});
    }

private:
    template <class Env>
    static bool stuck(uint64_t word, Env& env) noexcept
    {
        return OwnerWord::state(word) == OwnerWord::Claiming && !env.is_alive(OwnerWord::incarnation(word));
    }

    Ownership<P> owner_;
};

} // namespace core
} // namespace kickmsg
