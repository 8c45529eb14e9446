/// What planted faults share: which word an operation works on, what each thread did last, operations put off.
#pragma once

#include "Faults.h"
#include "World.h"

#include <array>

namespace kickmsg_models {

using Tagged = core::TaggedSlot<Policy>;

// --- which word
enum class Word {
    Other,
    References,
    Link,
    SlotOwner,
    Length,
    Sequence,
    Entry,
    RingOwner,
    Tail,
    Sleepers,
    RecordOwner,
    Claim,
    Publishing,
    Sent,
    Before,
    Hold,
    Live,
    Cut,
    Hidden ///< an entry of the hidden ring
};

/// What the operation works on, and the index of the slot, ring, record (or ring * capacity + place).
struct Target {
    Word     word  = Word::Other;
    uint32_t index = 0;
};
Target target_of(Access const& access);

/// Whether it is a store to such a word in that function.
bool is_store(Access const& access, char const* function, Word word);
/// Whether it is a sweep's load of a claim or a hold mark.
bool reads_notes(Access const& access);
/// Whether it stores a working claim, or clears one.
bool changes_claim(Access const& access);

/// Calls act(slot, record, note) for each note of such a kind that a living participant has now, if a sweep runs: one that a fault reads late.
template <class Act>
void for_each_note_of_the_living(core::ClaimWord::Kind kind, Act act)
{
    Layout&               layout = world().layout;
    core::SlotNote* const notes  = world().sweep_notes();
    for (uint32_t record = 0; notes != nullptr && record < layout.record_count(); ++record) {
        uint64_t const note  = layout.record(record).publishing.newest();
        uint64_t const owner = layout.record(record).owner.newest();
        if (core::ClaimWord::kind(note) == kind && core::OwnerWord::state(owner) == core::OwnerWord::Active &&
            world().lives.is_alive(core::OwnerWord::incarnation(owner))) {
            act(notes[core::ClaimWord::slot(note)], record, note);
        }
    }
}

/// A value that every execution begins with anew.
template <class T>
class PerExecution {
public:
    T& operator*()
    {
        if (execution_ != lab().execution()) {
            execution_ = lab().execution();
            value_     = T{};
        }
        return value_;
    }
    T* operator->()
    {
        return &**this;
    }

private:
    uint64_t execution_ = 0;
    T        value_{};
};

/// One for each thread of the model.
template <class T>
class PerThread {
public:
    T& mine()
    {
        return (*values_)[rl::thread_index()];
    }

private:
    PerExecution<std::array<T, Lab::threads_limit>> values_;
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

/// A slot's word keeps the generation that it has, while its publisher goes on as if it had raised it.
class GenerationNotRaised : public Fault {
public:
    void after(Access& access) override
    {
        if (access.site.is_in("take_idle") && access.operation == Operation::Load) {
            access.result = References::make(known()[target_of(access).index], References::holders(access.result));
        }
    }

protected:
    /// Before a store of references: what the publisher means.
    void note(Access const& access)
    {
        known()[target_of(access).index] = References::generation(access.operand);
    }
    static void hold_back(Access& access)
    {
        access.operand = References::make(References::generation(newest(access)), References::holders(access.operand));
    }

private:
    using Generations = std::array<uint64_t, Layout::most_pool>;
    Generations& known()
    {
        return *generations_;
    }

    PerExecution<Generations> generations_; ///< as their publishers know them
};

/// A store to one kind of word, by what publishes, happens after the first delivery.
template <Word Late>
class AfterTheFirstDelivery : public Fault {
public:
    bool before(Access& access) override
    {
        bool const publishes = access.site.is_in("publish") || access.site.is_in("label") ||
                               (Late == Word::Sent && access.site.is_in("set"));
        if (publishes && target_of(access).word == Late) {
            store_.mine() = put_off(access);
            return false;
        }
        if (access.site.is_in("release_references")) {
            make_up_for(store_.mine(), access.site); // nothing was delivered
        }
        return true;
    }
    void after(Access& access) override
    {
        if (access.site.is_in("commit") && access.done) {
            make_up_for(store_.mine(), access.site);
        }
    }

private:
    PerThread<PutOff> store_;
};

} // namespace kickmsg_models
