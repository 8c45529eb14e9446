// Faults of joining, leaving, and of owner words.
#include "Target.h"

namespace kickmsg_models {
namespace {

using core::OwnerWord;

class SealSkipsAnEntry : public Fault {
public:
    bool before(Access& access) override
    {
        if (access.site.is_in("seal") && target_of(access).index % world().layout.capacity() == 0) {
            access.result = newest(access);
            return false;
        }
        return true;
    }
};

/// What is in flight when the ring is drained is missed.
class SealAfterDrain : public Fault {
public:
    bool before(Access& access) override
    {
        if (access.site.is_in("seal")) {
            access.result = newest(access);
            return false;
        }
        bool const frees = access.site.is_in("change") && OwnerWord::state(access.operand) == OwnerWord::Free;
        if (frees && target_of(access).word == Word::RingOwner) {
            seal(target_of(access).index, access.site);
        }
        return true;
    }

private:
    static void seal(uint32_t ring, Site const& site)
    {
        Layout& layout = world().layout;
        for (uint32_t i = 0; i < layout.capacity(); ++i) {
            auto&  entry = layout.entry(ring, i);
            PutOff late{&entry, 64, entry.newest() | Entry::sealed};
            make_up_for(late, site);
        }
    }
};

/// A ring is opened again at positions that were used before.
class JoinReusesLaps : public Fault {
public:
    void after(Access& access) override
    {
        if (!access.site.is_in("unused_position")) {
            return;
        }
        Layout& layout = world().layout;
        if (target_of(access).word == Word::Tail) {
            uint64_t const back = uint64_t{2} << layout.capacity_log2();
            access.result -= access.result >= back ? back : 0;
            tail_.mine() = access.result;
        } else {
            access.result = Entry::make_consumed(tail_.mine() >> layout.capacity_log2());
        }
    }

private:
    PerThread<uint64_t> tail_;
};

/// A recoverer continues as if it had the ring, though somebody else took it over.
class ClosesARingOfOthers : public Fault {
public:
    void after(Access& access) override
    {
        if (access.site.is_in("change") && OwnerWord::state(access.operand) == OwnerWord::Draining &&
            target_of(access).word == Word::RingOwner) {
            access.done = true;
        }
    }
};

/// Owner words of one kind are compared without their incarnation.
template <Word Kind>
class WithoutIncarnation : public Fault {
public:
    bool before(Access& access) override
    {
        if (access.site.is_in("change") && target_of(access).word == Kind) {
            uint64_t const now  = newest(access);
            uint64_t const same = ~core::low_bits(40);
            access.expected     = (now & same) == (access.expected & same) ? now : access.expected;
        }
        return true;
    }
};

class DeadRingsAreNeverReturned : public Fault {
public:
    bool before(Access& access) override
    {
        bool const drains = access.site.is_in("change") && OwnerWord::state(access.operand) == OwnerWord::Draining;
        return !(drains && target_of(access).word == Word::RingOwner &&
                 OwnerWord::incarnation(access.operand) != OwnerWord::incarnation(access.expected));
    }
};

FaultTable const table{
    {"seal-skips-an-entry", "ring_seal", "closing a ring leaves an entry open", plant<SealSkipsAnEntry>},
    {"seal-after-drain", "ring_seal", "a ring is drained before it is sealed", plant<SealAfterDrain>},
    {"join-reuses-laps", "ring_reopen", "a ring is opened again at used positions", plant<JoinReusesLaps>},
    {"start-read-late", "churn_join_leave", "the first position is read from the tail after going live", plant<Fault>},
    {"closes-a-ring-of-others", "two_recoverers", "a recoverer closes a ring that it did not take over",
     plant<ClosesARingOfOthers>},
    {"ring-without-incarnation", "incarnations_ring", "the word of a ring does not distinguish its owners",
     plant<WithoutIncarnation<Word::RingOwner>>},
    {"record-without-incarnation", "incarnations_record", "the word of a record does not distinguish its owners",
     plant<WithoutIncarnation<Word::RecordOwner>>},
    {"dead-rings-kept", "death_of_subscriber", "rings of dead subscribers are never returned",
     plant<DeadRingsAreNeverReturned>},
};

} // namespace
} // namespace kickmsg_models
