#include "Waits.h"

#include "TestSeams.h"
#include "kickmsg/Error.h"
#include "kickmsg/os/Time.h"

#include <algorithm>
#include <atomic>
#include <mutex>

namespace kickmsg {
namespace testing {
namespace waits {

namespace {

using std::chrono::nanoseconds;

constexpr nanoseconds look = std::chrono::milliseconds(1); ///< of the real time, between two looks at the fake one

std::mutex            changing;
std::atomic<bool>     is_fake{false};
std::atomic<bool>     passes_by_sleeping{false};
std::atomic<uint64_t> time_ns{0};
std::atomic<uint64_t> sleep_count{0};
std::atomic<int64_t>  late_ns{0};

uint64_t now() noexcept
{
    return is_fake.load() ? time_ns.load() : monotonic_ns();
}

/// Sleeps without a mark, so that nobody wakes it. Returns: what is left to sleep as usual.
nanoseconds sleep_deaf(nanoseconds length, nanoseconds delay)
{
    kickmsg::sleep(std::min(length, delay));
    return nanoseconds(0);
}

nanoseconds before_sleep(nanoseconds length) noexcept
{
    sleep_count.fetch_add(1);
    if (int64_t const delay = late_ns.load()) {
        return sleep_deaf(is_fake.load() ? std::min(length, look) : length, nanoseconds(delay));
    }
    if (!is_fake.load()) {
        return length;
    }
    if (passes_by_sleeping.load()) {
        advance(length);
        return nanoseconds(0);
    }
    return std::min(length, look);
}

kickmsg::detail::WaitSeam const seam{now, before_sleep};

/// Under the lock.
void choose_seam() noexcept
{
    kickmsg::detail::set_wait_seam(is_fake.load() || late_ns.load() != 0 ? &seam : nullptr);
}

[[noreturn]] void refuse(char const* what)
{
    throw Error(ErrorCode::InUse, what, "there is another one in this process", Remedy{"end that one first"});
}

} // namespace

void begin_fake(bool by_sleeping)
{
    std::lock_guard<std::mutex> const mine(changing);
    if (is_fake.load()) {
        refuse("FakeClock");
    }
    time_ns.store(monotonic_ns());
    sleep_count.store(0);
    passes_by_sleeping.store(by_sleeping);
    is_fake.store(true);
    choose_seam();
}

void end_fake() noexcept
{
    std::lock_guard<std::mutex> const mine(changing);
    is_fake.store(false);
    choose_seam();
}

void advance(nanoseconds time) noexcept
{
    constexpr uint64_t end = ~uint64_t{0} / 2; // as far as a wait can reckon
    if (time.count() > 0) {
        uint64_t before = time_ns.load();
        while (!time_ns.compare_exchange_weak(before, std::min(before + static_cast<uint64_t>(time.count()), end))) {
        }
    }
}

uint64_t fake_ns() noexcept
{
    return time_ns.load();
}

uint64_t sleeps() noexcept
{
    return sleep_count.load();
}

void begin_late(nanoseconds delay)
{
    std::lock_guard<std::mutex> const mine(changing);
    if (late_ns.load() != 0) {
        refuse("Fault late_wake");
    }
    if (delay.count() <= 0) {
        throw Error(ErrorCode::InvalidConfig, "FaultSettings::delay",
                    "expected more than 0, found " + std::to_string(delay.count()) + " ns");
    }
    late_ns.store(delay.count());
    choose_seam();
}

void end_late() noexcept
{
    std::lock_guard<std::mutex> const mine(changing);
    late_ns.store(0);
    choose_seam();
}

} // namespace waits
} // namespace testing
} // namespace kickmsg
