#include "Shadow.h"

#if defined(KICKMSG_DEBUG_MEMORY)

#include "Explanation.h"
#include "Sanitizer.h"
#include "kickmsg/core/Words.h"
#include "kickmsg/os/CoreDump.h"
#include "kickmsg/os/GuardedPages.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>

namespace kickmsg {
namespace detail {

namespace {

constexpr std::size_t up(std::size_t length, std::size_t alignment) noexcept
{
    return (length + alignment - 1) / alignment * alignment;
}

void copy_name(std::string const& name, Noted<char>* to) noexcept
{
    std::size_t const length = std::min(name.size(), Shadow::name_limit - 1);
    for (std::size_t i = 0; i < length; ++i) {
        to[i] = name[i];
    }
    to[length] = '\0';
}

} // namespace

Shadow                Shadow::all[limit];
std::atomic<uint32_t> Shadow::used{0};
std::atomic<Shadow*>  Shadow::ended[kept];
std::atomic<uint32_t> Shadow::turn{0};

Shadow* Shadow::claim() noexcept
{
    for (uint32_t i = 0; i < limit; ++i) {
        // relaxed: the exchange looks again
        State seen = all[i].state.load(std::memory_order_relaxed);
        if (seen == State::Free && all[i].state.compare_exchange_strong(seen, State::Taken, std::memory_order_acquire,
                                                                        std::memory_order_relaxed)) {
            uint32_t count = used.load(std::memory_order_relaxed);
            while (count <= i &&
                   !used.compare_exchange_weak(count, i + 1, std::memory_order_release, std::memory_order_relaxed)) {
            }
            return &all[i];
        }
    }
    return nullptr;
}

/// The bytes end where a forbidden page begins, as far as their alignment allows.
bool Shadow::map(std::size_t size, std::size_t alignment) noexcept
{
    std::size_t const page  = os::page_size();
    std::size_t const whole = up(std::max<std::size_t>(size, 1), alignment);
    bytes                   = up(whole, page) + 2 * page;
    length                  = size;
    pages                   = static_cast<unsigned char*>(os::take_pages(bytes));
    if (pages == nullptr) {
        return false;
    }
    data = room_end() - whole;
    if (!os::allow_writing(room(), room_size())) {
        os::give_back_pages(pages, bytes);
        return false;
    }
    if (!core_dumps()) {
        os::leave_out_of_core_dumps(pages, bytes);
    }
    return true;
}

Shadow* Shadow::make(Mapping& region, uint32_t slot, void const* memory, std::size_t length) noexcept
{
    int const     error = errno;
    Shadow* const made  = claim();
    if (made == nullptr) {
        return nullptr;
    }
    if (!made->map(length, static_cast<std::size_t>(region.geometry().payload_alignment))) {
        made->state.store(State::Free, std::memory_order_release);
        errno = error;
        return nullptr;
    }
    auto& header = region.layout().slot(slot);
    // relaxed: the slot is the loan's or the view's own, and whose message it is was seen with it
    uint64_t const owner = header.owner.load(std::memory_order_relaxed);
    // relaxed: as above
    uint32_t const low = header.sequence.load(std::memory_order_relaxed);
    made->slot         = slot;
    made->memory       = memory;
    made->publisher    = core::OriginWord<Policy>::incarnation(owner);
    made->sequence     = core::OriginWord<Policy>::sequence(owner, low);
    copy_name(region.name(), made->region);
    std::memcpy(made->data, memory, length);
    made->guard_beside();
    return made;
}

void Shadow::hand_out(State as) noexcept
{
    if (as == State::View) {
        os::allow_reading(room(), room_size());
    } else {
        sequence = 0; // that of an older message
    }
    state.store(as, std::memory_order_release);
}

/// Whoever takes its place among those that have ended lets go of it.
void Shadow::retire(State how) noexcept
{
    int const error = errno;
    os::forbid(pages, bytes);
    poison(pages, bytes); // after it: the new pages are not
    state.store(how, std::memory_order_release);
    // relaxed: the exchange orders
    uint32_t const place = turn.fetch_add(1, std::memory_order_relaxed) % kept;
    if (Shadow* const oldest = ended[place].exchange(this, std::memory_order_acq_rel)) {
        oldest->let_go();
    }
    errno = error;
}

void Shadow::let_go() noexcept
{
    unpoison(pages, bytes);
    os::give_back_pages(pages, bytes);
    state.store(State::Free, std::memory_order_release);
}

unsigned char* Shadow::room() const noexcept
{
    unsigned char* const first = pages;
    return first + os::page_size();
}

unsigned char* Shadow::room_end() const noexcept
{
    return room() + room_size();
}

std::size_t Shadow::room_size() const noexcept
{
    return bytes - 2 * os::page_size();
}

unsigned char* Shadow::data_end() const noexcept
{
    unsigned char* const first = data;
    std::size_t const    size  = length;
    return first + size;
}

void Shadow::guard_beside() noexcept
{
    unsigned char* const first  = data;
    auto const           before = static_cast<std::size_t>(first - room());
    auto const           behind = static_cast<std::size_t>(room_end() - data_end());
    fill_pattern(room(), before);
    fill_pattern(data_end(), behind);
    poison(room(), before);
    poison(data_end(), behind);
}

void Shadow::look_beside() const noexcept
{
    unsigned char const* const before = written_in_pattern(room(), data);
    unsigned char const* const behind = written_in_pattern(data_end(), room_end());
    if (before != nullptr || behind != nullptr) {
        report(before != nullptr ? before : behind, "found a write to");
        std::abort();
    }
}

} // namespace detail
} // namespace kickmsg

#endif
