// Faults of sending that overwrites nothing: the look for room, what is pending, what is taken back.
#include "Target.h"

namespace kickmsg_models {
namespace {

/// Every ring is taken for one that has room.
class RoomNotLookedAt : public Fault {
public:
    void after(Access& access) override
    {
        if (access.site.is_in("has_room") && target_of(access).word == Word::Entry) {
            access.result &= ~Entry::full;
        }
    }
};

/// Whoever has the ring is the one for whom the message is pending.
class AnyReaderOfTheRing : public Fault {
public:
    void after(Access& access) override
    {
        if (!access.site.is_in("read") || target_of(access).word != Word::RingOwner) {
            return;
        }
        auto const state = core::OwnerWord::state(access.result);
        if (state != core::OwnerWord::Draining && state != core::OwnerWord::Free) {
            access.result = core::OwnerWord::make(state, 0, 1);
        }
    }
};

/// Remembers where each thread has noted its publication.
class Noted : public Fault {
public:
    void after(Access& access) override
    {
        if (is_store(access, "publish", Word::Publishing)) {
            note_.mine() = PutOff{access.word, access.bits, 0};
        }
    }

protected:
    void clear_note(Site const& site)
    {
        make_up_for(note_.mine(), site);
    }

private:
    PerThread<PutOff> note_;
};

/// What is pending has its bits, and no note that covers them.
class PendingNotCovered : public Noted {
public:
    void after(Access& access) override
    {
        Noted::after(access);
        if (is_store(access, "offer", Word::References)) {
            clear_note(access.site);
        }
    }
};

/// The note of a message that is taken back is cleared before its bits are.
class NoteClearedBeforeTheBits : public Noted {
public:
    bool before(Access& access) override
    {
        if (is_store(access, "take_back", Word::References)) {
            clear_note(access.site);
            rl::ctx().sched();
        }
        return true;
    }
};

/// A slot that was taken back is offered again under the same generation.
class OfferedAgainUnderTheSameGeneration : public GenerationNotRaised {
public:
    bool before(Access& access) override
    {
        if (access.operation != Operation::Store || target_of(access).word != Word::References) {
            return true;
        }
        note(access);
        if (access.site.is_in("take_back") || access.site.is_in("offer")) {
            hold_back(access);
        }
        return true;
    }
};

FaultTable const table{
    {"room-not-looked-at", "reliable_one",
     "a message that may not overwrite is delivered to some and pending for others", plant<RoomNotLookedAt>},
    {"reliable-overwrites", "reliable_two", "a delivery that may not overwrite does, where another one took its place",
     plant<Fault>},
    {"pending-forgotten", "reliable_two", "the next message is offered while one is pending", plant<Fault>},
    {"pending-for-any-reader", "reliable_rejoin", "what is pending goes to whoever has the ring by then",
     plant<AnyReaderOfTheRing>},
    {"pending-not-covered", "reliable_two", "no note covers the bits of rings in which a message is pending",
     plant<PendingNotCovered>},
    {"taken-back-after-the-note", "reliable_again",
     "the note of a message that is taken back is cleared before its bits", plant<NoteClearedBeforeTheBits>},
    {"offered-again-under-the-same-generation", "reliable_again",
     "a slot whose message was taken back is offered under its last generation",
     plant<OfferedAgainUnderTheSameGeneration>},
};

} // namespace
} // namespace kickmsg_models
