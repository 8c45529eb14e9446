// Faults of what a message says of itself, and of the counts of messages sent.
#include "Target.h"

namespace kickmsg_models {
namespace {

/// Only the low bits of a number are written.
class NumberedAsBefore : public Fault {
public:
    bool before(Access& access) override
    {
        return !is_store(access, "label", Word::SlotOwner);
    }
};

/// Who takes a slot from the pool leaves its owner as it was.
class PublisherNotNamed : public Fault {
public:
    bool before(Access& access) override
    {
        bool const named = !is_store(access, "lend", Word::SlotOwner) || newest(access) == 0;
        return named && !is_store(access, "label", Word::SlotOwner);
    }
};

/// What is offered counts at once.
class TakenBackAndCounted : public Fault {
public:
    bool before(Access& access) override
    {
        if (is_store(access, "offer", Word::References)) {
            for (uint32_t record = 0; record < world().layout.record_count(); ++record) {
                auto&          words = world().layout.record(record);
                uint64_t const owner = world().layout.slot(target_of(access).index).owner.newest();
                if (words.counted.newest() == Origin::incarnation(owner)) {
                    PutOff early{&words.sent, 64, words.sent.newest() + 1};
                    make_up_for(early, access.site);
                }
            }
        }
        return true;
    }
};

class CountBeginsAnew : public Fault {
public:
    void after(Access& access) override
    {
        if (access.site.is_in("begin") && target_of(access).word == Word::Sent) {
            access.result = 0;
        }
    }
};

class PredecessorsCountToo : public Fault {
public:
    bool before(Access& access) override
    {
        return !is_store(access, "begin", Word::Before);
    }
};

FaultTable const table{
    {"sequence-after-delivery", "sample_reuse", "the number of a message is stored after the delivery",
     plant<AfterTheFirstDelivery<Word::Sequence>>},
    {"numbered-as-before", "sample_reuse", "the high bits of a number are those of the slot's last message",
     plant<NumberedAsBefore>},
    {"publisher-not-named", "sample_two_publishers", "a slot that is popped keeps the name of its last publisher",
     plant<PublisherNotNamed>},
    {"counted-after-delivery", "sample_reuse", "a message counts after its delivery",
     plant<AfterTheFirstDelivery<Word::Sent>>},
    {"taken-back-and-counted", "sample_taken_back",
     "a message that overwrites nothing counts before its delivery, and stays counted when it is taken back",
     plant<TakenBackAndCounted>},
    {"count-begins-anew", "sent_handover", "the count of a record begins anew with its next owner",
     plant<CountBeginsAnew>},
    {"predecessors-count-too", "sent_handover", "a publisher's own count is that of its record",
     plant<PredecessorsCountToo>},
};

} // namespace
} // namespace kickmsg_models
