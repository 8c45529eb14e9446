// Faults of histories: who delivers what to a subscriber that comes late, and what a sweep makes of it.
#include "Target.h"

namespace kickmsg_models {
namespace {

using core::ClaimWord;
using core::OwnerWord;

bool is_in_newcomer(Access const& access, Operation operation, Word word)
{
    return access.site.is_in("add_reader") && access.operation == operation && target_of(access).word == word;
}

/// A publisher delivers to those that it saw before its message was in the history, and to nobody else.
class NotLookedAgain : public Fault {
public:
    void after(Access& access) override
    {
        if (access.site.is_in("read_with_arriving")) {
            access.result = 0;
        }
    }
};

/// What a publisher takes the ring of an undecided cut for.
template <bool There>
class TakenToBe : public Fault {
public:
    void after(Access& access) override
    {
        if (access.site.is_in("has")) {
            access.result = There ? ~uint64_t{0} : 0;
        }
    }
};

/// The cut is read, and then the entry.
class CutReadBeforeTheEntry : public Fault {
public:
    void after(Access& access) override
    {
        Seen& seen = seen_.mine();
        if (access.site.is_in("deliver_while") && target_of(access).word == Word::Tail) {
            seen = {true, world().layout.cut(target_of(access).index).newest()};
        } else if (access.site.is_in("admits") && seen.valid) {
            access.result = seen.word;
        } else if (access.site.is_in("decide_from")) {
            seen.valid = false; // it is read again
        }
    }

private:
    struct Seen {
        bool     valid = false;
        uint64_t word  = 0;
    };

    PerThread<Seen> seen_;
};

/// A ring that was live before the message was in the history gets it, whatever its cut says.
class CutNotAskedForOldBits : public Fault {
public:
    void after(Access& access) override
    {
        if (is_store(access, "publish_and_remember", Word::References)) {
            live_.mine() = References::rings(access.operand);
        } else if (access.site.is_in("admits") && (live_.mine() >> target_of(access).index & 1U) != 0) {
            access.result = CutWord::decided(0);
        }
    }

private:
    PerThread<uint32_t> live_;
};

/// The first place that is not filled is looked at, and nothing left there for the publisher that fills it.
class LooksByALoad : public Fault {
public:
    bool before(Access& access) override
    {
        bool const looks = access.site.is_in("first_unfilled") && access.operation == Operation::FetchOr;
        if (looks) {
            access.result = newest(access);
        }
        return !looks;
    }
};

/// A newcomer announces itself when it has looked for its cut.
class AnnouncedAfterTheLook : public Fault {
public:
    bool before(Access& access) override
    {
        uint64_t& bit = bit_.mine();
        if (access.site.is_in("announce")) {
            bit           = access.operand;
            access.result = newest(access);
            return false;
        }
        if (access.site.is_in("decide_from") && bit != 0) {
            uint64_t const late = bit;
            bit                 = 0;
            world().layout.live_set().fetch_or(late, std::memory_order_release, access.site);
        }
        return true;
    }

private:
    PerThread<uint64_t> bit_;
};

/// A bit that a newcomer has set is dropped by the publisher that found it.
class TheirBitTakenForOnesOwn : public Fault {
public:
    void after(Access& access) override
    {
        if (access.site.is_in("add_reference")) {
            access.result &= ~access.operand;
        }
    }
};

class AdoptionNotNoted : public Fault {
public:
    bool before(Access& access) override
    {
        return !is_store(access, "adopt", Word::Publishing);
    }
};

/// The word of a slot is the same when a ring has it for the second time.
class AdoptedAtTheSameGeneration : public Fault {
public:
    bool before(Access& access) override
    {
        if (is_in_newcomer(access, Operation::CompareExchange, Word::References)) {
            access.operand =
                References::make(References::generation(access.expected), References::holders(access.operand));
        }
        return true;
    }
};

/// Whether the slot has still the message of the entry is not asked when its word has been read.
class EntryNotLookedAtAgain : public Fault {
public:
    void after(Access& access) override
    {
        Seen& seen = seen_.mine();
        if (is_in_newcomer(access, Operation::Load, Word::References)) {
            seen.again = true;
        } else if (is_in_newcomer(access, Operation::Load, Word::Hidden)) {
            access.result = seen.again ? seen.word : access.result;
            seen          = {false, access.result};
        }
    }

private:
    struct Seen {
        bool     again = false;
        uint64_t word  = 0;
    };

    PerThread<Seen> seen_;
};

/// A sweep takes what the history has for nobody's.
class HistoryNotSwept : public Fault {
public:
    void after(Access& access) override
    {
        if (access.site.is_in("read_history")) {
            access.result = 0;
        }
    }
};

/// A sweep reads the notes of newcomers when it has read all else.
class AdoptionsReadLast : public Fault {
public:
    void after(Access& access) override
    {
        if (access.site.is_in("read_publishing")) {
            owed_.mine()  = true;
            access.result = ClaimWord::kind(access.result) == ClaimWord::Adopt ? 0 : access.result;
        } else if (owed_.mine() && access.site.is_in("walk")) {
            owed_.mine() = false;
            read();
        }
    }

private:
    static void read()
    {
        for_each_note_of_the_living(ClaimWord::Adopt, [](core::SlotNote& slot, uint32_t /*record*/, uint64_t note) {
            slot.rings |= 1U << ClaimWord::ring(note);
        });
    }

    PerThread<bool> owed_;
};

FaultTable const table{
    {"arriving-not-looked-at", "history_join",
     "a publisher does not look who arrives when its message is in the history", plant<NotLookedAgain>},
    {"undecided-not-helped", "history_join",
     "a publisher that meets an undecided cut leaves its message to the newcomer", plant<TakenToBe<false>>},
    {"unannounced-helped", "history_rejoin", "a publisher decides the cut of a ring that nobody has announced",
     plant<TakenToBe<true>>},
    {"cut-read-before-the-entry", "history_rejoin", "a publisher reads the cut of a ring and then the entry",
     plant<CutReadBeforeTheEntry>},
    {"cut-not-asked-for-old-bits", "history_rejoin", "a publisher that saw a ring live delivers whatever the cut says",
     plant<CutNotAskedForOldBits>},
    {"looked-at-by-a-load", "history_join", "the place that decides a cut is loaded, not read, modified and written",
     plant<LooksByALoad>},
    {"announced-after-the-look", "history_join", "a newcomer announces itself when it has looked for its cut",
     plant<AnnouncedAfterTheLook>},
    {"bit-of-a-newcomer-dropped", "history_rejoin_two", "a publisher takes a bit for its own that a newcomer has set",
     plant<TheirBitTakenForOnesOwn>},
    {"adoption-not-noted", "history_sweep", "a newcomer does not note what it takes from the history",
     plant<AdoptionNotNoted>},
    {"adopted-at-the-same-generation", "history_sweep_of_two_seats",
     "a newcomer that takes a message leaves the generation of its slot", plant<AdoptedAtTheSameGeneration>},
    {"entry-not-looked-at-again", "history_overrun",
     "a newcomer does not look whether the slot has still the message of the entry", plant<EntryNotLookedAtAgain>},
    {"history-not-swept", "history_sweep", "a sweep does not look at the history", plant<HistoryNotSwept>},
    {"adoptions-read-last", "history_sweep", "a sweep reads what newcomers note after the claims",
     plant<AdoptionsReadLast>},
};

} // namespace
} // namespace kickmsg_models
