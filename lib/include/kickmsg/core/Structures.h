/// The shared structures that the algorithms work on. A policy P gives
///   P::atomic<T>                                std::atomic, a counting one, or a model's
///   P::lap_bits, generation_bits, tag_bits      widths (38, 31, 40 in production)
///   P::sequence_bits                            of the number of a message, in a word of its own (32 in production; 32 at most)
///   P::patience                                 places that a walk along a ring looks at one by one before it halves (8; 2 or more)
///   P::looks                                    looks at what covers an orphan before a sweep leaves it for later (16384)
///   P::program_order()                          keeps the compiler from moving code across (a signal fence)
///   P::prefetch_for_write(address)              a hint
///   P::wake(atomic<uint32_t>&, sleepers)        wakes those sleepers on that word, a bit each, in any process
/// and a layout L gives the memory:
///   head() live_set() incarnations() sweeps_owed() sweeps_done() schema_owner()    shared words
///   sleepers() doorbell()                                                          shared words of 32 bits
///   slot(s) ring(r) entry(r, i) record(p) hold(p, s)                               shared structures
///   pool_size() ring_count() capacity() capacity_log2() record_count() subscriber_count()
///   report_corruption()                                                            counts a word out of range
/// One that can keep a history gives more: Cut.h.
/// The first subscriber_count() records are for subscribers and have a hold map; the others are not and have none.
/// Proof: lib/test/BadRegion_test.cc, bench/budgets/layout.txt; models none (all of them work on these); sweep none (no operation); budget none (no operation)
#pragma once

#include "kickmsg/core/Words.h"

#include <atomic>
#include <cstddef>
#include <cstdint>

/// Off the path of a message: kept out of the code, and out of the registers, of what calls it.
#if defined(__GNUC__)
#define KICKMSG_COLD __attribute__((cold, noinline))
#elif defined(_MSC_VER)
#define KICKMSG_COLD __declspec(noinline)
#else
#define KICKMSG_COLD
#endif

/// On a path of its own of a message, which what comes to it is not to pay for.
#if defined(__GNUC__)
#define KICKMSG_APART __attribute__((hot, noinline))
#elif defined(_MSC_VER)
#define KICKMSG_APART __declspec(noinline)
#else
#define KICKMSG_APART
#endif

/// On the path of each message, in a loop: a compiler that counts an instruction of assembler as many would call it.
#if defined(__GNUC__)
#define KICKMSG_INLINE __attribute__((always_inline)) inline
#elif defined(_MSC_VER)
#define KICKMSG_INLINE __forceinline
#else
#define KICKMSG_INLINE inline
#endif

namespace kickmsg {
namespace core {

/// Brings a line here to be written, before it is read: else the read brings it to be shared, and the write asks the other processors again.
/// A hint that reads and writes nothing.
inline void prefetch_to_write(void const* place) noexcept
{
#if defined(__GNUC__) && defined(__x86_64__)
    // __builtin_prefetch() is one for reading where the build does not say that the processor has the other; one that has not does nothing
    __asm__ volatile("prefetchw %0" : : "m"(*static_cast<char const*>(place)));
#elif defined(__GNUC__)
    __builtin_prefetch(place, 1);
#else
    (void)place;
#endif
}

/// What two processes write lies on lines of its own. A constant of the ABI, not of the compiler.
constexpr std::size_t line_size = 128;

/// Precedes its payload: the first bytes of a small payload come with the header's cache line.
template <class P>
struct SlotHeader {
    template <class T>
    using atomic = typename P::template atomic<T>;

    atomic<uint64_t> references; ///< the rings that need the slot, and whether a publisher keeps it
    atomic<uint64_t> link;       ///< the next slot of the free stack, while this one is on it
    atomic<uint64_t> owner;      ///< incarnation of the publisher that keeps the slot, or kept it last: OriginWord
    atomic<uint32_t> length;     ///< of the payload, bytes
    atomic<uint32_t>
        sequence; ///< the low bits of the message's number. Not in `link`: a walk reads that of slots in use, too
};

template <class P>
struct RingHeader {
    template <class T>
    using atomic = typename P::template atomic<T>;

    // Written by publishers.
    alignas(line_size) atomic<uint64_t> tail; ///< the next position, as a hint: the laps in the entries are the truth
    atomic<uint64_t> oldest;                  ///< as a hint: what was unread before it has been given up under pressure
    // Written by the subscriber, seldom; here, for publishers that deliver to one read them with each message.
    atomic<uint64_t> seat; ///< the owner word, once it is live, of the subscriber that opened the ring last
    atomic<uint64_t>
        cancelled; ///< as a hint, of a client of a service: the calls that it does not wait for any more, a bit each
    atomic<uint64_t> cut; ///< CutWord, where the region keeps a history; decided by whoever comes first

    // Written by the subscriber.
    alignas(line_size) atomic<uint64_t> owner;
    atomic<uint64_t> start;         ///< the first position of the present subscriber
    atomic<uint64_t> position;      ///< as a hint: all before it the subscriber has taken or passed over
    atomic<uint64_t> lost;          ///< diagnostics only
    atomic<uint64_t> views_refused; ///< diagnostics only
};

template <class P>
struct Record {
    template <class T>
    using atomic = typename P::template atomic<T>;

    alignas(line_size) atomic<uint64_t> owner;
    atomic<uint64_t> claim;
    atomic<uint64_t> publishing; ///< a claim of its own: deliveries evict, and an eviction needs the other one
    atomic<uint32_t> ring;       ///< the ring of a subscriber
    atomic<uint32_t> kind;       ///< diagnostics only
    atomic<uint64_t> pid;        ///< diagnostics only
    atomic<uint64_t> sent;       ///< messages of all that have had this record: SentCount
    atomic<uint64_t> before;     ///< what `sent` was when the participant `counted` began
    atomic<uint64_t> counted;    ///< incarnation
};

/// How a participant appears to the algorithms: its record and its incarnation.
struct Self {
    uint32_t record      = 0;
    uint64_t incarnation = 0;
};

} // namespace core
} // namespace kickmsg
