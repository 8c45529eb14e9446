#include "allocations.h"

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <new>

namespace kickmsg_test {

thread_local Allocations allocations;

namespace {

bool is_refused(std::size_t size) noexcept
{
    ++allocations.count;
    allocations.bytes += size;
    return allocations.first != 0 && allocations.count >= allocations.first && allocations.count <= allocations.last;
}

void* aligned(std::size_t size, std::size_t alignment) noexcept
{
    std::size_t const room = std::max(alignment, sizeof(void*));
    void* const       all  = is_refused(size) ? nullptr : std::malloc(size + room + sizeof(void*));
    if (all == nullptr) {
        return nullptr;
    }
    auto const after                    = reinterpret_cast<std::uintptr_t>(all) + sizeof(void*);
    auto const begin                    = (after + room - 1) / room * room;
    reinterpret_cast<void**>(begin)[-1] = all;
    return reinterpret_cast<void*>(begin);
}

void free_aligned(void* memory) noexcept
{
    std::free(memory != nullptr ? static_cast<void**>(memory)[-1] : nullptr);
}

} // namespace

} // namespace kickmsg_test

// Not inlined: a compiler that sees malloc() in one and delete in the other warns of a mix.
[[gnu::noinline]] void* operator new(std::size_t size)
{
    if (void* const memory = kickmsg_test::is_refused(size) ? nullptr : std::malloc(size != 0 ? size : 1)) {
        return memory;
    }
    throw std::bad_alloc();
}
[[gnu::noinline]] void* operator new(std::size_t size, std::align_val_t alignment)
{
    if (void* const memory = kickmsg_test::aligned(size, static_cast<std::size_t>(alignment))) {
        return memory;
    }
    throw std::bad_alloc();
}
[[gnu::noinline]] void* operator new(std::size_t size, std::align_val_t alignment, std::nothrow_t const&) noexcept
{
    return kickmsg_test::aligned(size, static_cast<std::size_t>(alignment));
}
[[gnu::noinline]] void operator delete(void* memory) noexcept
{
    std::free(memory);
}
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept
{
    std::free(memory);
}
[[gnu::noinline]] void operator delete(void* memory, std::align_val_t) noexcept
{
    kickmsg_test::free_aligned(memory);
}
[[gnu::noinline]] void operator delete(void* memory, std::size_t, std::align_val_t) noexcept
{
    kickmsg_test::free_aligned(memory);
}
[[gnu::noinline]] void operator delete(void* memory, std::align_val_t, std::nothrow_t const&) noexcept
{
    kickmsg_test::free_aligned(memory);
}
