// Faults of recovery.
#include "Target.h"

namespace kickmsg_models {
namespace {

using core::OwnerWord;

/// One living participant is taken for dead, as by a time-out.
class TrustsATimeOut : public Fault {
public:
    bool is_alive(uint64_t incarnation, bool alive) override
    {
        if (alive && *wrong_ == 0 && !lab().is_quiet() && rl::rand(3) == 0) {
            *wrong_ = incarnation;
        }
        return alive && incarnation != *wrong_;
    }

private:
    PerExecution<uint64_t> wrong_;
};

/// A slot that the dead kept stays kept.
class KeepersNeverDie : public Fault {
public:
    void after(Access& access) override
    {
        reads_lender_.mine() = access.site.is_in("read_references") && target_of(access).word == Word::SlotOwner;
    }
    bool is_alive(uint64_t /*incarnation*/, bool alive) override
    {
        return alive || reads_lender_.mine();
    }

private:
    PerThread<bool> reads_lender_;
};

/// The record of the dead is free before the sweep: a recoverer that dies between leaves no trace of what is owed.
class RecordFreedBeforeTheSweep : public Fault {
public:
    bool before(Access& access) override
    {
        if (access.site.is_in("change") && OwnerWord::state(access.operand) == OwnerWord::Draining &&
            target_of(access).word == Word::RecordOwner) {
            access.operand = OwnerWord::make(OwnerWord::Free, 0, 0);
        }
        return true;
    }
};

class NoSweepOwed : public Fault {
public:
    bool before(Access& access) override
    {
        return !access.site.is_in("owe_sweep");
    }
};

/// Notes are read before the references and the entries that they explain.
class NotesBeforeEntries : public Fault {
public:
    void after(Access& access) override
    {
        Notes& notes = notes_.mine();
        if (access.site.is_in("read_references") && target_of(access).index == 0 && !notes.read) {
            read(notes);
        } else if (access.site.is_in("walk")) {
            notes.read = false;
        } else if (notes.read && reads_notes(access)) {
            auto const target = target_of(access);
            access.result     = target.word == Word::Claim ? notes.claims[target.index] : notes.holds[target.index];
        }
    }

private:
    struct Notes {
        bool     read = false;
        uint64_t claims[Layout::most_records]{};
        uint64_t holds[Layout::most_records * Layout::most_pool]{};
    };
    static void read(Notes& notes)
    {
        Layout& layout = world().layout;
        notes.read     = true;
        for (uint32_t record = 0; record < layout.record_count(); ++record) {
            notes.claims[record] = layout.record(record).claim.newest();
            for (uint32_t slot = 0; record < layout.subscriber_count() && slot < layout.pool_size(); ++slot) {
                notes.holds[record * layout.pool_size() + slot] = layout.hold(record, slot).newest();
            }
        }
    }

    PerThread<Notes> notes_;
};

/// Orphaned bits are cleared whatever became of the slot since it was judged.
class ClearsWithoutTheGeneration : public Fault {
public:
    bool before(Access& access) override
    {
        if (access.site.is_in("exchange") &&
            References::generation(access.operand) == References::generation(access.expected)) {
            uint64_t const orphan = access.expected & ~access.operand;
            access.expected       = newest(access);
            access.operand        = access.expected & ~orphan;
        }
        return true;
    }
};

/// A lost slot is pushed back under its old generation: two recoverers both do it.
class GenerationNotRaised : public Fault {
public:
    bool before(Access& access) override
    {
        if (access.site.is_in("exchange") &&
            References::generation(access.operand) != References::generation(access.expected)) {
            access.operand = access.expected;
        }
        return true;
    }
};

/// The walk down the free stack never sees that the head has moved: every link is taken for one of its snapshot.
class WalkTrustsAMovedHead : public Fault {
public:
    void after(Access& access) override
    {
        if (access.site.is_in("walk") && target_of(access).word == Word::Other) {
            head_.mine() = access.result;
        } else if (access.site.is_in("is_written_since")) {
            access.result = head_.mine();
        }
    }

private:
    PerThread<uint64_t> head_;
};

/// The claims are not read again after the snapshot of the stack.
class SecondReadingLeftOut : public Fault {
public:
    void after(Access& access) override
    {
        if (access.site.is_in("walk")) {
            walked_.mine() = true;
        } else if (access.site.is_in("read_references")) {
            walked_.mine() = false;
        } else if (walked_.mine() && reads_notes(access)) {
            access.result = 0;
        }
    }

private:
    PerThread<bool> walked_;
};

/// What covered an orphan once is taken to cover it for ever: the sweep that is owed is never made.
class CoverStandsForEver : public Fault {
public:
    void after(Access& access) override
    {
        if (access.site.is_in("read_references")) {
            *seen_ = {};
        } else if (access.site.is_in("stand") || access.site.is_in("word")) {
            access.result = seen_->first(access.word, access.result);
        }
    }

private:
    struct Seen {
        uint64_t first(void const* word, uint64_t value)
        {
            for (unsigned i = 0; i < count; ++i) {
                if (words[i] == word) {
                    return values[i];
                }
            }
            if (count < most) {
                words[count]    = word;
                values[count++] = value;
            }
            return value;
        }
        static constexpr unsigned most = 8;
        void const*               words[most]{};
        uint64_t                  values[most]{};
        unsigned                  count = 0;
    };

    PerExecution<Seen> seen_; // one recoverer remembers
};

FaultTable const table{
    {"trusts-a-time-out", "two_recoverers", "a slow participant is taken for dead", plant<TrustsATimeOut>},
    {"lenders-never-die", "death_of_lender", "a slot that the dead kept is left alone", plant<KeepersNeverDie>},
    {"record-freed-before-sweep", "death_of_recoverer", "the record of the dead is freed before its sweep",
     plant<RecordFreedBeforeTheSweep>},
    {"no-sweep-owed", "adopt", "a dead participant's record is reused, no sweep is owed", plant<NoSweepOwed>},
    {"notes-before-entries", "death_of_publisher", "claims and hold maps are read before the entries",
     plant<NotesBeforeEntries>},
    {"clears-without-generation", "two_recoverers", "orphaned bits are cleared without comparing the generation",
     plant<ClearsWithoutTheGeneration>},
    {"generation-not-raised", "two_sweepers", "a lost slot goes back under its old generation",
     plant<GenerationNotRaised>},
    {"walk-trusts-a-moved-head", "sweep_against_juggler", "the walk down the free stack does not notice a pop",
     plant<WalkTrustsAMovedHead>},
    {"second-reading-left-out", "death_of_popper", "claims are read before the snapshot of the stack only",
     plant<SecondReadingLeftOut>},
    {"cover-stands-for-ever", "death_of_publisher", "what covered an orphan once is taken to cover it for ever",
     plant<CoverStandsForEver>},
};

} // namespace
} // namespace kickmsg_models
