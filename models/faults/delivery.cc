// Faults of publishing, delivering, taking and waking.
#include "Target.h"

namespace kickmsg_models {
namespace {

class LoanDroppedBeforeTheLastDelivery : public Fault {
public:
    bool before(Access& access) override
    {
        if (access.site.is_in("publish") && target_of(access).word == Word::References) {
            access.operand &= ~References::kept;
        }
        return true;
    }
};

class NotDroppedOnEviction : public Fault {
public:
    bool before(Access& access) override
    {
        if (changes_claim(access)) {
            claim_.mine() = access.operand;
        }
        return !(access.site.is_in("release_references") &&
                 core::ClaimWord::kind(claim_.mine()) == core::ClaimWord::Evict);
    }

private:
    PerThread<uint64_t> claim_;
};

/// A publisher looks at the lap of an entry and not at its seal.
class SealedNotChecked : public Fault {
public:
    void after(Access& access) override
    {
        if (access.site.is_in("deliver") && target_of(access).word == Word::Entry) {
            access.result &= ~Entry::sealed;
        }
    }
    bool before(Access& access) override
    {
        if (access.site.is_in("commit") && newest(access) == (access.expected | Entry::sealed)) {
            access.expected |= Entry::sealed;
        }
        return true;
    }
};

/// The tail is where to write, whatever the entry says.
class TailTreatedAsTruth : public Fault {
public:
    void after(Access& access) override
    {
        if (!access.site.is_in("deliver")) {
            return;
        }
        if (target_of(access).word == Word::Tail) {
            tail_.mine() = access.result;
            return;
        }
        uint64_t const lap = tail_.mine() >> world().layout.capacity_log2();
        entry_.mine()      = access.result;
        if (Entry::laps_after(access.result, lap) >= 0) {
            uint64_t const rest = access.result & core::low_bits(Entry::lap_shift);
            access.result       = Entry::make_consumed(lap - 1) | rest;
        }
    }
    bool before(Access& access) override
    {
        if (access.site.is_in("commit") && access.operation == Operation::CompareExchange) {
            access.expected = entry_.mine();
        }
        return true;
    }

private:
    PerThread<uint64_t> tail_, entry_;
};

/// The publisher looks for a sleeper before its delivery is there.
class DoorbellBeforeTheDelivery : public Fault {
public:
    bool before(Access& access) override
    {
        if (access.site.is_in("commit") && access.operation == Operation::CompareExchange) {
            sleepers_.mine() = world().layout.sleepers().newest();
            rl::ctx().sched();
        }
        return true;
    }
    void after(Access& access) override
    {
        if (access.site.is_in("ring") && target_of(access).word == Word::Sleepers) {
            access.result = sleepers_.mine();
        }
    }

private:
    PerThread<uint32_t> sleepers_;
};

class MarkRelaxed : public Fault {
public:
    bool before(Access& access) override
    {
        if (access.site.is_in("arm") && access.operation == Operation::FetchOr) {
            access.order = std::memory_order_relaxed;
        }
        return true;
    }
};

/// The bell is not rung at all: what a wait slice would hide.
class WakeLeftOut : public Fault {
public:
    void after(Access& access) override
    {
        if (access.site.is_in("ring") && target_of(access).word == Word::Sleepers) {
            access.result = 0;
        }
    }
};

/// A publisher looks for the sleeper of its first ring only.
class OneRingLookedFor : public Fault {
public:
    void after(Access& access) override
    {
        if (access.site.is_in("ring") && target_of(access).word == Word::Sleepers) {
            access.result &= 1;
        }
    }
};

/// The sleeper that is between its mark and its sleep is not to know of the ring.
class RingNotCounted : public Fault {
public:
    bool before(Access& access) override
    {
        if (access.site.is_in("wake") && access.operation == Operation::FetchAdd) {
            access.operand = 0;
        }
        return true;
    }
};

FaultTable const table{
    {"references-after-delivery", "references_two_rings", "references are stored after the first delivery",
     plant<AfterTheFirstDelivery<Word::References>>},
    {"length-after-delivery", "ring_deliver", "the length is stored after the delivery",
     plant<AfterTheFirstDelivery<Word::Length>>},
    {"loan-dropped-early", "references_two_rings", "the loan is dropped before the last delivery",
     plant<LoanDroppedBeforeTheLastDelivery>},
    {"dropped-twice", "views_other_thread", "a reference is dropped twice", plant<Fault>},
    {"not-dropped-on-eviction", "references_evict_take", "an overwritten message keeps its slot",
     plant<NotDroppedOnEviction>},
    {"sealed-not-checked", "ring_seal", "publishers deliver to a closed ring", plant<SealedNotChecked>},
    {"tail-as-truth", "ring_deliver", "a publisher writes where the tail says, whatever the entry says",
     plant<TailTreatedAsTruth>},
    {"doorbell-before-delivery", "wait_wake", "the publisher looks for a sleeper before its delivery",
     plant<DoorbellBeforeTheDelivery>},
    {"waiting-relaxed", "wait_wake", "the sleeper's mark is set relaxed", plant<MarkRelaxed>},
    {"news-not-looked-at", "wait_called_away", "a sleeper does not look, after its mark, whether it is called away",
     plant<Fault>},
    {"wake-left-out", "wait_wake", "nobody rings", plant<WakeLeftOut>},
    {"ring-not-counted", "wait_two_sleepers", "the bell is rung and not counted", plant<RingNotCounted>},
    {"one-ring-looked-for", "wait_two_sleepers", "a publisher looks for the sleeper of one of its rings",
     plant<OneRingLookedFor>},
};

} // namespace
} // namespace kickmsg_models
