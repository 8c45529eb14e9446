/// Handles of the C interface: a pointer that is recognised when it was ended, and touches nothing then.
///
/// A handle is the address of a cell and the number of the use that the cell is in, which stands in the low bits. Cells are never given
/// back to the system, and one that has been used as often as the number has values is not used any more: so no later handle is
/// ever equal to an ended one. That costs a process one byte for each handle that it makes.
#pragma once

#include "c/Answer.h"
#include "kickmsg/Discovery.h"
#include "kickmsg/Node.h"
#include "kickmsg/WaitSet.h"
#include "kickmsg/kickmsg.h"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <new>
#include <string>
#include <vector>

namespace kickmsg {
namespace c {

using Names = std::vector<std::string>;

/// What is behind a handle of C.
template <class Handle>
struct Behind;

#define KICKMSG_BEHIND(HANDLE, OBJECT, KIND, NAME)                                                                     \
    template <>                                                                                                        \
    struct Behind<HANDLE> {                                                                                            \
        using Object                          = OBJECT;                                                                \
        static constexpr uint64_t    kind     = KIND;                                                                  \
        static constexpr char const* readable = NAME;                                                                  \
    }
KICKMSG_BEHIND(kickmsg_region, SharedRegion, 1, "region");
KICKMSG_BEHIND(kickmsg_node, Node, 2, "node");
KICKMSG_BEHIND(kickmsg_publisher, Publisher, 3, "publisher");
KICKMSG_BEHIND(kickmsg_subscriber, Subscriber, 4, "subscriber");
KICKMSG_BEHIND(kickmsg_wait_set, WaitSet, 5, "wait set");
KICKMSG_BEHIND(kickmsg_server, Server, 6, "server");
KICKMSG_BEHIND(kickmsg_client, Client, 7, "client");
KICKMSG_BEHIND(kickmsg_stats, RegionStats, 8, "stats");
KICKMSG_BEHIND(kickmsg_list, std::vector<ListedRegion>, 9, "list");
KICKMSG_BEHIND(kickmsg_names, Names, 10, "names");
KICKMSG_BEHIND(kickmsg_prune_report, PruneReport, 11, "prune report");
#undef KICKMSG_BEHIND

/// Where one object of a handle lies.
struct alignas(128) Cell {
    static constexpr uintptr_t use_mask = 127; ///< a use is 1 … 127

    std::atomic<uint64_t> word{0};  ///< 0: free; 1: about to change; else what its handle is expected to be
    uint32_t              uses = 0; ///< of whoever has made the word 1
    alignas(16) unsigned char object[96];
};
static_assert(sizeof(Cell) == Cell::use_mask + 1, "the number of a use stands below the address");

constexpr uint64_t cell_is_free = 0;
constexpr uint64_t cell_is_busy = 1;

/// Takes a cell for one object: its word is busy, and its use has been counted.
/// Errors: Error LimitReached.
Cell& take_cell();
/// Lets go of it: the word is busy, and the object ended or never made.
void give_back(Cell& cell) noexcept;

template <class Handle>
typename Behind<Handle>::Object* object_in(Cell& cell) noexcept
{
    return std::launder(reinterpret_cast<typename Behind<Handle>::Object*>(cell.object));
}

/// Returns: the cell that `handle` leads to, if it is one; null for NULL.
template <class Handle>
Cell* cell_of(Handle const* handle) noexcept
{
    auto const  value = reinterpret_cast<uintptr_t>(handle);
    auto* const bytes = reinterpret_cast<unsigned char*>(const_cast<Handle*>(handle));
    return value > Cell::use_mask ? reinterpret_cast<Cell*>(bytes - (value & Cell::use_mask)) : nullptr;
}

/// A kind is no part of an address.
template <class Handle>
uint64_t word_of(Handle const* handle) noexcept
{
    return static_cast<uint64_t>(reinterpret_cast<uintptr_t>(handle)) ^ (Behind<Handle>::kind << 58);
}

/// Returns: what `handle` is the handle of; null where it is NULL, was ended, or is of another kind.
template <class Handle>
typename Behind<Handle>::Object* find(Handle const* handle) noexcept
{
    Cell* const cell = cell_of(handle);
    // relaxed: the handle came to this thread by a way that brought along what lies in the cell
    if (cell == nullptr || cell->word.load(std::memory_order_relaxed) != word_of(handle)) {
        return nullptr;
    }
    return object_in<Handle>(*cell);
}

/// Makes what `factory()` returns, in its place, and a handle for it.
/// Errors: those of the factory; Error LimitReached.
template <class Handle, class Factory>
Handle* make(Factory&& factory)
{
    using Object = typename Behind<Handle>::Object;
    static_assert(sizeof(Object) <= sizeof(Cell::object) && alignof(Object) <= 16, "a cell has room for the object");
    Cell& cell = take_cell();
    try {
        new (cell.object) Object(std::forward<Factory>(factory)());
    } catch (...) {
        give_back(cell);
        throw;
    }
    auto* const handle = reinterpret_cast<Handle*>(reinterpret_cast<unsigned char*>(&cell) + cell.uses);
    cell.word.store(word_of(handle), std::memory_order_release);
    return handle;
}

/// The same as a call of C: writes the handle to `out`.
template <class Handle, class Factory>
kickmsg_status make_for(Handle** out, Factory&& factory)
{
    if (out == nullptr) {
        return refuse_null(Behind<Handle>::readable);
    }
    return guard([&] { *out = make<Handle>(std::forward<Factory>(factory)); });
}

/// Ends the object of `handle`; of calls at once with one handle, one does.
template <class Handle>
kickmsg_status end(Handle* handle) noexcept
{
    using Object         = typename Behind<Handle>::Object;
    Cell* const cell     = cell_of(handle);
    uint64_t    expected = word_of(handle);
    // acquire: what other threads have left in the object; relaxed: nothing is done
    if (cell == nullptr || !cell->word.compare_exchange_strong(expected, cell_is_busy, std::memory_order_acquire,
                                                               std::memory_order_relaxed)) {
        return refuse_handle(Behind<Handle>::readable);
    }
    object_in<Handle>(*cell)->~Object();
    give_back(*cell);
    return KICKMSG_OK;
}

/// Runs `call(object)` of what `handle` is the handle of, under the guard.
template <class Handle, class Call>
kickmsg_status with(Handle const* handle, Call&& call)
{
    auto* const object = find(handle);
    if (object == nullptr) {
        return refuse_handle(Behind<Handle>::readable);
    }
    return guard([&] { return std::forward<Call>(call)(*object); });
}

/// The same of an object that may have been inherited, and is of no use then.
template <class Handle, class Call>
kickmsg_status with_usable(Handle const* handle, Call&& call)
{
    auto* const object = find(handle);
    if (object == nullptr) {
        return refuse_handle(Behind<Handle>::readable);
    }
    if (!*object) {
        return refuse_inherited(Behind<Handle>::readable);
    }
    return guard([&] { return std::forward<Call>(call)(*object); });
}

/// Writes what `read(object)` returns to `out`.
template <class Handle, class Value, class Read>
kickmsg_status read_for(Handle const* handle, Value* out, Read&& read) noexcept
{
    auto* const object = find(handle);
    if (object == nullptr) {
        return refuse_handle(Behind<Handle>::readable);
    }
    if (!*object) {
        return refuse_inherited(Behind<Handle>::readable);
    }
    return give<Value>(out, std::forward<Read>(read)(*object), "out");
}

template <class Handle>
bool is_usable(Handle const* handle) noexcept
{
    auto* const object = find(handle);
    return object != nullptr && *object;
}

} // namespace c
} // namespace kickmsg
