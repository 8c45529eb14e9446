#include "kickmsg/testing/FakeClock.h"

#include "Waits.h"

#include "kickmsg/os/Time.h"

namespace kickmsg {
namespace testing {

FakeClock::FakeClock(Passing passing)
{
    waits::begin_fake(passing == Passing::BySleeping);
}

FakeClock::~FakeClock()
{
    waits::end_fake();
}

void FakeClock::advance(std::chrono::nanoseconds time) noexcept
{
    waits::advance(time);
}

uint64_t FakeClock::now_ns() const noexcept
{
    return waits::fake_ns();
}

uint64_t FakeClock::sleeps() const noexcept
{
    return waits::sleeps();
}

void FakeClock::await_sleep(uint64_t before) const
{
    while (sleeps() <= before) {
        sleep(std::chrono::microseconds(100));
    }
}

} // namespace testing
} // namespace kickmsg
