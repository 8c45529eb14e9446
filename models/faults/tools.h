/// What planted faults share: which word an operation works on, what each thread did last, operations put off.
#pragma once

#include "Faults.h"
#include "World.h"

namespace kickmsg_models {

using Tagged = core::TaggedSlot<Policy>;

// --- which word
enum class Word {
    Other,
    References,
    Link,
    SlotOwner,
    Length,
    Entry,
    RingOwner,
    Tail,
    Waiting,
    RecordOwner,
    Claim,
    Hold
};

/// What the operation works on, and the index of the slot, ring, record (or ring * capacity + place).
struct Target {
    Word     word  = Word::Other;
    uint32_t index = 0;
};
Target target_of(Access const& access);

/// One value for each thread of the model.
template <class T>
class PerThread {
public:
    T& mine() noexcept
    {
        return values_[rl::thread_index()];
    }
    void reset()
    {
        for (T& value : values_) {
            value = T{};
        }
    }

private:
    T values_[Lab::threads_limit]{};
};

/// A store that a fault puts off.
struct PutOff {
    void*    word  = nullptr;
    unsigned bits  = 0;
    uint64_t value = 0;

    explicit operator bool() const noexcept
    {
        return word != nullptr;
    }
};
PutOff put_off(Access const& access);
void   make_up_for(PutOff& store, Site const& site);

/// The newest value of the word that a 64-bit operation works on.
inline uint64_t newest(Access const& access)
{
    return static_cast<Atomic<uint64_t>*>(access.word)->newest();
}

template <class F, class... Arguments>
FaultDescription describe_fault(char const* name, char const* scenario, char const* what)
{
    return {name, scenario, what, []() -> std::unique_ptr<Fault> { return std::make_unique<F>(); }};
}

// --- the tables, a file each
void add_stack_faults(std::vector<FaultDescription>& all);
void add_delivery_faults(std::vector<FaultDescription>& all);
void add_membership_faults(std::vector<FaultDescription>& all);
void add_sweep_faults(std::vector<FaultDescription>& all);
void add_creation_faults(std::vector<FaultDescription>& all);

} // namespace kickmsg_models
