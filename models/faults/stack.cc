// Faults of the free stack and of the notes that cover a slot in motion.
#include "Target.h"

namespace kickmsg_models {
namespace {

/// Narrower counters than are safe: what wraps, repeats.
template <unsigned& Width, unsigned Bits>
class Narrow : public Fault {
public:
    Narrow() : before_(Width)
    {
        Width = Bits;
    }
    ~Narrow() override
    {
        Width = before_;
    }

private:
    unsigned before_;
};

template <core::ClaimWord::Kind Kind>
class NoClaim : public Fault {
public:
    bool before(Access& access) override
    {
        return !(access.site.is_in("set") && core::ClaimWord::kind(access.operand) == Kind);
    }
};

class NoHoldMark : public Fault {
public:
    bool before(Access& access) override
    {
        return !access.site.is_in("set_moving") && !access.site.is_in("set_firm");
    }
};

class ClaimClearedBeforeTheAct : public Fault {
public:
    void after(Access& access) override
    {
        if (access.site.is_in("set")) {
            PutOff clearing{access.word, access.bits, 0};
            make_up_for(clearing, access.site);
        }
    }
};

class ClaimClearedRelaxed : public Fault {
public:
    bool before(Access& access) override
    {
        if (access.site.is_in("clear") && access.operation == Operation::Store) {
            access.order = std::memory_order_relaxed;
        }
        return true;
    }
};

/// A pop that finds the stack empty leaves its claim as it stands: on a slot that it has lost, where there was one.
class ClaimKeptWhereNothingWasPopped : public Fault {
public:
    bool before(Access& access) override
    {
        if (access.site.is_in("set")) {
            empty_.mine() = false; // another claim, of another one where this thread has died meanwhile
        }
        bool const cleared = access.site.is_in("clear") && target_of(access).word == Word::Claim;
        return !cleared || !std::exchange(empty_.mine(), false);
    }
    void after(Access& access) override
    {
        if (access.site.is_in("unlink_top") && target_of(access).word == Word::Other) { // the head
            empty_.mine() = !access.done && Tagged::slot(access.result) == core::no_slot;
        }
    }

private:
    PerThread<bool> empty_;
};

/// The mark of a take says only that there is one: a late drop erases the next take's mark.
class NarrowHoldMark : public Fault {
public:
    bool before(Access& access) override
    {
        if (access.site.is_in("set_moving") || access.site.is_in("set_firm")) {
            access.operand = (access.operand & moving) | 1;
        } else if (access.site.is_in("clear") && access.operation == Operation::CompareExchange) {
            access.expected = moving | 1;
        }
        return true;
    }

private:
    static constexpr uint64_t moving = core::HoldMap<Policy, Layout>::moving;
};

class OwnerAfterLoan : public Fault {
public:
    bool before(Access& access) override
    {
        if (access.site.is_in("lend") && target_of(access).word == Word::SlotOwner) {
            owner_.mine() = put_off(access);
            return false;
        }
        return true;
    }
    void after(Access& access) override
    {
        if (access.site.is_in("lend") && access.operation == Operation::Store) {
            if (target_of(access).word == Word::References) {
                make_up_for(owner_.mine(), access.site);
            }
        }
    }

private:
    PerThread<PutOff> owner_;
};

FaultTable const table{
    {"no-tag", "free_stack", "no tag on the free stack: ABA", plant<Narrow<Policy::tag_bits, 0>>},
    {"tag-of-two-bits", "free_stack_long_sleep", "a tag that wraps while a popper sleeps",
     plant<Narrow<Policy::tag_bits, 2>>},
    {"no-generation", "death_of_publisher", "references without a generation",
     plant<Narrow<Policy::generation_bits, 0>>},
    {"no-pop-claim", "death_of_popper", "a pop leaves no claim", plant<NoClaim<core::ClaimWord::Pop>>},
    {"no-evict-claim", "death_of_subscriber", "an eviction leaves no claim", plant<NoClaim<core::ClaimWord::Evict>>},
    {"no-drop-claim", "death_of_popper", "a drop leaves no claim", plant<NoClaim<core::ClaimWord::Drop>>},
    {"no-hold-mark", "death_of_publisher", "a subscriber does not note what it took", plant<NoHoldMark>},
    {"claim-cleared-early", "death_of_popper", "a claim is cleared before the act it covers",
     plant<ClaimClearedBeforeTheAct>},
    {"claim-cleared-relaxed", "death_of_popper", "a claim is seen cleared before what it covered",
     plant<ClaimClearedRelaxed>},
    {"claim-kept-by-loser", "death_of_faster_popper", "a pop that finds the stack empty keeps its claim",
     plant<ClaimKeptWhereNothingWasPopped>},
    {"narrow-hold-mark", "views_other_thread", "takes of one slot have the same mark", plant<NarrowHoldMark>},
    {"owner-after-loan", "death_of_publisher", "the loan is seen before its owner is stored", plant<OwnerAfterLoan>},
};

} // namespace
} // namespace kickmsg_models
