#include "TestSeams.h"

#include "kickmsg/os/Time.h"

namespace kickmsg {
namespace detail {

namespace {

std::atomic<WaitSeam const*> waits{nullptr};
// relaxed: counts that nothing is read by
std::atomic<InertUses*> inert_uses{nullptr};

} // namespace

void set_wait_seam(WaitSeam const* seam) noexcept
{
    waits.store(seam, std::memory_order_release);
}

uint64_t wait_clock_ns() noexcept
{
    WaitSeam const* const seam = waits.load(std::memory_order_acquire);
    return seam != nullptr ? seam->now() : monotonic_ns();
}

std::chrono::nanoseconds sleep_length(std::chrono::nanoseconds length) noexcept
{
    WaitSeam const* const seam = waits.load(std::memory_order_acquire);
    return seam != nullptr ? seam->before_sleep(length) : length;
}

void count_inert_uses(InertUses* uses) noexcept
{
    inert_uses.store(uses, std::memory_order_relaxed);
}

void note_inert_use(bool inherited) noexcept
{
    if (InertUses* const uses = inert_uses.load(std::memory_order_relaxed)) {
        (inherited ? uses->inherited : uses->moved_from).fetch_add(1, std::memory_order_relaxed);
    }
}

} // namespace detail
} // namespace kickmsg
