/// How many messages a publisher has sent: in its record, on the line that it writes with each message anyway.
///
///   sent      only rises, whoever has the record: so the sum over all records is what was ever sent into the region, and nobody's
///             joining, leaving, death or recovery changes it
///   before    what it was when the participant `counted` began: the difference is that participant's own
///
/// A message counts before its first delivery, so who has taken a publisher's n-th message reads n or more. One that overwrites nothing
/// counts after it, when it cannot be taken back any more.
/// Crash:     a publisher killed between the two has one message counted that is in no ring, lost as what a death between two
///            deliveries leaves to the rings not reached; one that overwrites nothing, one in a ring that is not counted. No other number is ever wrong.
/// Proof: lib/test/Sent_test.cc; models sent_handover, sent_death, sample_reuse, sample_traffic, sample_taken_back; sweep send_to_three, try_send_to_three, try_send_taken_back; budget send
#pragma once

#include "kickmsg/core/Structures.h"

namespace kickmsg {
namespace core {

template <class P>
class SentCount {
public:
    explicit SentCount(Record<P>& record) noexcept : record_(record) {}

    /// By the owner of the record, before its first message. Returns: what those before it have sent.
    uint64_t begin(uint64_t incarnation) noexcept
    {
        // relaxed: no older than what the owner before has left (edge OWNER)
        uint64_t const before = record_.sent.load(std::memory_order_relaxed);
        // edge SENT (release) -> SentCount::own: that the record has another owner
        record_.before.store(before, std::memory_order_release);
        // edge SENT (release) -> SentCount::own: the number that belongs to it
        record_.counted.store(incarnation, std::memory_order_release);
        return before;
    }

    /// By the owner: the sum of what those before it, and it itself, have sent.
    void set(uint64_t sent) noexcept
    {
        // relaxed: published by the delivery that follows (edge DELIVER)
        record_.sent.store(sent, std::memory_order_relaxed);
    }

    /// Returns: what all owners of the record have sent.
    uint64_t total() const noexcept
    {
        // relaxed: after a take it is no older than the message taken (edge DELIVER)
        return record_.sent.load(std::memory_order_relaxed);
    }

    /// Returns: what the participant `incarnation` has sent, if it has the record still, which is asked of the owner word afterwards.
    uint64_t own(uint64_t incarnation) const noexcept
    {
        // edge SENT (acquire) <- SentCount::begin: a number no older than this participant's
        if (record_.counted.load(std::memory_order_acquire) != incarnation) {
            return 0; // it has just joined
        }
        // edge SENT (acquire) <- SentCount::begin: who reads a later owner's finds it in the owner word
        uint64_t const before = record_.before.load(std::memory_order_acquire);
        return total() - before;
    }

private:
    Record<P>& record_;
};

} // namespace core
} // namespace kickmsg
