#include "AutomaticRecovery.h"

#include "kickmsg/os/Time.h"

#include <algorithm>
#include <atomic>
#include <new>

namespace kickmsg {
namespace detail {

namespace {

constexpr uint64_t shortest_pause_ns = 20000000;    ///< between automatic recoveries of a region
constexpr uint64_t longest_pause_ns  = 60000000000; ///< a longer one has been overwritten
constexpr uint64_t pause_by_cost     = 16;          ///< as many times as long as the last one took

/// A time in the future is another boot's or corrupt, and so is a pause out of range: they do not hold recovery up.
bool is_due(uint64_t last, uint64_t pause, uint64_t now) noexcept
{
    bool const plausible = pause >= shortest_pause_ns && pause <= longest_pause_ns;
    return last > now || now - last >= (plausible ? pause : shortest_pause_ns);
}

std::atomic<bool> automatic{true};

} // namespace

std::optional<core::RecoveryCounts> recover_if_needed(RegionRecovery& recovery, Mapping& mapping)
{
    if (!recovery.is_needed()) {
        return std::nullopt;
    }
    SweepNotes notes(mapping.geometry().pool_size);
    return recovery.run(notes.data());
}

bool AutomaticRecovery::run_if_due() noexcept
{
    RegionHeader&  header = mapping_.header();
    uint64_t const now    = monotonic_ns();
    uint64_t       last   = header.last_recovery.load(std::memory_order_relaxed);
    if (!is_due(last, header.recovery_pause.load(std::memory_order_relaxed), now) || !automatic_recovery() ||
        !header.last_recovery.compare_exchange_strong(last, now, std::memory_order_relaxed,
                                                      std::memory_order_relaxed)) {
        return false;
    }
    bool const     ran   = run();
    uint64_t const pause = pause_by_cost * (monotonic_ns() - now);
    header.recovery_pause.store(std::min(std::max(pause, shortest_pause_ns), longest_pause_ns),
                                std::memory_order_relaxed);
    return ran;
}

bool AutomaticRecovery::run_if_needed() noexcept
{
    return automatic_recovery() && run();
}

void AutomaticRecovery::run_if_dead(uint32_t rings) noexcept
{
    if (automatic_recovery() && is_any_dead(rings)) {
        run();
    }
}

bool AutomaticRecovery::is_any_dead(uint32_t rings) noexcept
{
    LifeCheck life(mapping_.memory());
    for (uint32_t ring = 0; rings != 0; ++ring, rings >>= 1) {
        uint64_t const owner = core::Ownership<Policy>(mapping_.layout().ring(ring).owner).read();
        if ((rings & 1) != 0 && core::OwnerWord::state(owner) != core::OwnerWord::Free &&
            !life.is_alive(core::OwnerWord::incarnation(owner))) {
            return true;
        }
    }
    return false;
}

bool AutomaticRecovery::run() noexcept
{
    try {
        LifeCheck      life(mapping_.memory());
        RegionRecovery recovery(mapping_.layout(), self_, life, &covers_);
        return recover_if_needed(recovery, mapping_).has_value();
    } catch (std::bad_alloc const&) {
        return false;
    }
}

void set_automatic_recovery(bool enabled) noexcept
{
    automatic.store(enabled, std::memory_order_relaxed);
}

bool automatic_recovery() noexcept
{
    return automatic.load(std::memory_order_relaxed);
}

} // namespace detail
} // namespace kickmsg
