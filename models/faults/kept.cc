// Faults of kept slots: their reuse, the PUBLISH note, and what a sweep makes of both.
#include "Target.h"

namespace kickmsg_models {
namespace {

using core::ClaimWord;
using core::OwnerWord;

bool is_publication(Access const& access, Word word)
{
    return is_store(access, "publish", word);
}

/// The slot's ring bits are there before the note.
class NotedAfterTheBits : public Fault {
public:
    bool before(Access& access) override
    {
        bool const note = is_publication(access, Word::Publishing);
        if (note) {
            note_.mine() = put_off(access);
        }
        return !note;
    }
    void after(Access& access) override
    {
        if (is_publication(access, Word::References)) {
            rl::ctx().sched();
            make_up_for(note_.mine(), access.site);
        }
    }

private:
    PerThread<PutOff> note_;
};

/// Remembers where each thread has noted its publication.
class NoteCleared : public Fault {
protected:
    void see(Access const& access)
    {
        if (is_publication(access, Word::Publishing)) {
            note_.mine() = PutOff{access.word, access.bits, 0};
        } else if (access.site.is_in("published")) {
            note_.mine() = {};
        }
    }
    bool is_noted()
    {
        return static_cast<bool>(note_.mine());
    }
    void clear_note(Site const& site)
    {
        make_up_for(note_.mine(), site);
    }

private:
    PerThread<PutOff> note_;
};

class ClearedBeforeTheLastDelivery : public NoteCleared {
public:
    void after(Access& access) override
    {
        see(access);
        if (is_publication(access, Word::References)) {
            clear_note(access.site);
        }
    }
};

/// The bits of rings that were found closed are cleared when the note stands no longer.
class ClearedBeforeTheBitsOfClosedRings : public NoteCleared {
public:
    bool before(Access& access) override
    {
        if (changes_claim(access)) {
            claim_.mine() = access.operand;
        } else if (access.site.is_in("release_references") && is_noted() &&
                   ClaimWord::kind(claim_.mine()) == ClaimWord::None) {
            clear_note(access.site);
            rl::ctx().sched();
        }
        return true;
    }
    void after(Access& access) override
    {
        see(access);
    }

private:
    PerThread<uint64_t> claim_;
};

/// A delivery evicts: its claim takes the place of the note.
class OneWordForBothClaims : public NoteCleared {
public:
    void after(Access& access) override
    {
        see(access);
        if (access.site.is_in("set") && ClaimWord::kind(access.operand) == ClaimWord::Evict) {
            clear_note(access.site);
        }
    }
};

/// A sweep reads the notes of publications before the references that they explain.
class NotesBeforeReferences : public Fault {
public:
    bool before(Access& access) override
    {
        Notes& notes = notes_.mine();
        if (access.site.is_in("read_references") && target_of(access).index == 0 && !notes.read) {
            notes.read = true;
            for (uint32_t record = 0; record < world().layout.record_count(); ++record) {
                notes.of[record] = world().layout.record(record).publishing.newest();
            }
            rl::ctx().sched();
        }
        return true;
    }
    void after(Access& access) override
    {
        if (access.site.is_in("read_publishing")) {
            access.result = notes_.mine().of[target_of(access).index];
        } else if (access.site.is_in("walk")) {
            notes_.mine().read = false;
        }
    }

private:
    struct Notes {
        bool     read = false;
        uint64_t of[Layout::most_records]{};
    };

    PerThread<Notes> notes_;
};

/// A sweep reads the notes of publications when it has read the entries, or the hold maps and claims.
template <bool AfterTheHolds>
class NotesTooLate : public Fault {
public:
    void after(Access& access) override
    {
        if (access.site.is_in("read_publishing")) {
            access.result = 0;
            owed_.mine()  = true;
        } else if (owed_.mine() && (AfterTheHolds ? access.site.is_in("walk") : reads_notes(access))) {
            owed_.mine() = false;
            read();
        }
    }

private:
    static void read()
    {
        for_each_note_of_the_living(ClaimWord::Publish, [](core::SlotNote& slot, uint32_t record, uint64_t /*note*/) {
            slot.publishing = core::Covers<Policy, Layout>::publishing_of(record);
        });
    }

    PerThread<bool> owed_;
};

/// A sweep asks whether a publisher lives when it has read the entries: the publisher filled one and died between.
class PublisherAskedAfterTheEntries : public Fault {
public:
    void after(Access& access) override
    {
        Asked& asked = asked_.mine();
        if (access.site.is_in("read_publishing")) {
            asked.now = true;
            asked.slot[target_of(access).index] =
                ClaimWord::kind(access.result) == ClaimWord::Publish ? ClaimWord::slot(access.result) : core::no_slot;
            asked.record = target_of(access).index;
        } else if (access.site.is_in("read_entries")) {
            asked.now = false;
        } else if (asked.record != none && reads_notes(access)) {
            ask_again(asked);
        }
    }
    bool is_alive(uint64_t /*incarnation*/, bool alive) override
    {
        return alive || asked_.mine().now;
    }

private:
    static constexpr uint32_t none = ~0U;
    struct Asked {
        bool            now    = false;
        uint32_t        record = none; ///< the last one that was read
        core::SlotIndex slot[Layout::most_records]{};
    };
    static void ask_again(Asked& asked)
    {
        core::SlotNote* const notes = world().sweep_notes();
        for (uint32_t record = 0; notes != nullptr && record <= asked.record; ++record) {
            uint64_t const owner = world().layout.record(record).owner.newest();
            if (asked.slot[record] < world().layout.pool_size() &&
                !world().lives.is_alive(OwnerWord::incarnation(owner))) {
                notes[asked.slot[record]].publishing = core::Covers<Policy, Layout>::nothing;
            }
        }
        asked.record = none;
    }

    PerThread<Asked> asked_;
};

/// Whoever is not publishing is taken for a dead keeper.
class KeptBitOfTheLivingTaken : public Fault {
public:
    void after(Access& access) override
    {
        reads_keeper_.mine() = access.site.is_in("read_references") && target_of(access).word == Word::SlotOwner;
    }
    bool is_alive(uint64_t /*incarnation*/, bool alive) override
    {
        return alive && !reads_keeper_.mine();
    }

private:
    PerThread<bool> reads_keeper_;
};

/// A kept slot is written again while a ring or a subscriber has it.
class TakenForIdleWithABitLeft : public Fault {
public:
    void after(Access& access) override
    {
        if (access.site.is_in("take_idle") && access.operation == Operation::Load) {
            access.result &= ~uint64_t{core::low_bits(32)};
        }
    }
};

/// A kept slot is written again under the generation of its last publication.
class GenerationNotRaisedOnReuse : public GenerationNotRaised {
public:
    bool before(Access& access) override
    {
        bool const reuses = access.site.is_in("take_idle") && access.operation == Operation::Store;
        if (reuses || is_publication(access, Word::References)) {
            note(access);
            hold_back(access);
        }
        return true;
    }
};

/// A publisher that leaves, or is at its share, does not drop the kept bit.
class KeptBitLeftBehind : public Fault {
public:
    bool before(Access& access) override
    {
        bool const lets_go = access.site.is_in("release_references") && (access.operand & References::kept) == 0;
        if (lets_go) {
            access.result = newest(access) | References::ring(0); // not the last
        }
        return !lets_go;
    }
};

FaultTable const table{
    {"noted-after-the-bits", "kept_sweep", "a publication is noted after its ring bits are set",
     plant<NotedAfterTheBits>},
    {"note-cleared-early", "kept_sweep", "a publication's note is cleared before the last delivery",
     plant<ClearedBeforeTheLastDelivery>},
    {"note-cleared-before-closed-bits", "death_of_leaver",
     "a publication's note is cleared before the bits of closed rings", plant<ClearedBeforeTheBitsOfClosedRings>},
    {"one-word-for-both-claims", "kept_death_of_evictor",
     "an eviction's claim takes the place of the publication's note", plant<OneWordForBothClaims>},
    {"publications-before-references", "kept_sweep", "publications are read before the references",
     plant<NotesBeforeReferences>},
    {"publications-after-entries", "kept_sweep", "publications are read after the entries", plant<NotesTooLate<false>>},
    {"publications-after-holds", "kept_sweep", "publications are read after the hold maps", plant<NotesTooLate<true>>},
    {"publisher-asked-late", "kept_two_sweepers", "a publisher's death is asked for after the entries were read",
     plant<PublisherAskedAfterTheEntries>},
    {"kept-bit-of-the-living-taken", "kept_sweep", "a sweep takes the kept bit of a living publisher",
     plant<KeptBitOfTheLivingTaken>},
    {"taken-for-idle", "kept_reuse", "a kept slot is written again while a ring or a subscriber has it",
     plant<TakenForIdleWithABitLeft>},
    {"generation-not-raised-on-reuse", "kept_death_of_reader", "a kept slot is written again under its last generation",
     plant<GenerationNotRaisedOnReuse>},
    {"kept-bit-left-behind", "publish_keeping", "a publisher that leaves does not let go of what it kept",
     plant<KeptBitLeftBehind>},
    {"kept-bit-dropped-twice", "publish_keeping", "a publisher that leaves drops a kept bit twice", plant<Fault>},
};

} // namespace
} // namespace kickmsg_models
