// Instantiates every template of the headers of core/, whole: they are for users without exceptions and without run-time types
// as well. Compiled only, by -fno-exceptions -fno-rtti.
#include "BoardLayout.h"
#include "Layout.h"

#include "kickmsg/core/HistorySender.h"
#include "kickmsg/core/Receiver.h"
#include "kickmsg/core/Recovery.h"
#include "kickmsg/core/Replacement.h"
#include "kickmsg/core/SetBell.h"
#include "kickmsg/core/ViewCount.h"

#if defined(__cpp_exceptions) || defined(__cpp_rtti)
#error "expected -fno-exceptions -fno-rtti"
#endif

namespace {

/// Nobody ever dies, and no name is taken away.
struct Calm {
    bool is_alive(uint64_t) const noexcept
    {
        return true;
    }
    bool arm() noexcept
    {
        return true;
    }
    bool disarm(uint64_t) noexcept
    {
        return true;
    }
    bool is_anyone_alive() const noexcept
    {
        return true;
    }
    bool is_linked() const noexcept
    {
        return true;
    }
};

/// A layout that keeps a history.
struct Remembering : kickmsg::detail::Layout {
    using Layout::Layout;

    template <class T>
    using atomic = kickmsg::detail::Policy::atomic<T>;

    uint32_t history() const noexcept
    {
        return 1;
    }
    kickmsg::detail::Ring& hidden() noexcept
    {
        return ring(31);
    }
    atomic<uint64_t>& hidden_entry(uint64_t position) noexcept
    {
        return entry(31, position);
    }
    unsigned hidden_capacity_log2() const noexcept
    {
        return capacity_log2();
    }
    atomic<uint64_t>& cut(uint32_t index) noexcept
    {
        return ring(index).cancelled;
    }
};

} // namespace

namespace kickmsg {
namespace core {

using P = detail::Policy;
using L = detail::Layout;
using B = detail::BoardLayout;

template class BoardBell<P, B>;
template class BoardNames<P, B>;
template class BoardOwner<P>;
template class BoardValue<P, B>;
template class Claims<P>;
template class Covers<P, L>;
template class Cut<P, Remembering>;
template class DirectedSender<P, L>;
template class HoldMap<P, L>;
template class Doorbell<P, L>;
template class FreeStack<P, L>;
template class HistorySender<P, Remembering>;
template class LiveSet<P, L>;
template class Membership<P, L>;
template class Membership<P, Remembering>;
template class Newcomer<P, Remembering>;
template class Ownership<P>;
template class Provision<P>;
template class Registry<P, L>;
template class Receiver<P, L>;
template class Recovery<P, L, Calm>;
template class Removal<P, Calm>;
template class ReliableSender<P, L>;
template class Replacement<P, Calm>;
template class Ring<P, L>;
template class SchemaSlot<P, L>;
template class Sender<P, L>;
template class SentCount<P>;
template class SetBell<P>;
template class Sweep<P, L, Calm>;
template class Sweep<P, Remembering, Calm>;
template class ViewCount<P>;
template struct BoardBuffer<P>;
template struct BoardKey<P, 4>;
template struct SlotHeader<P>;
template struct RingHeader<P>;
template struct Record<P>;
template struct TaggedSlot<P>;
template struct References<P>;
template struct OriginWord<P>;
template struct EntryWord<P>;

} // namespace core
} // namespace kickmsg
