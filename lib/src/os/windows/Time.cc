#include "kickmsg/os/Time.h"

#include "Objects.h"

namespace kickmsg {

namespace {

uint64_t counts_a_second() noexcept
{
    LARGE_INTEGER frequency{};
    QueryPerformanceFrequency(&frequency); // never fails since Windows XP
    return static_cast<uint64_t>(frequency.QuadPart);
}

} // namespace

uint64_t monotonic_ns() noexcept
{
    static uint64_t const frequency = counts_a_second();
    LARGE_INTEGER         now{};
    QueryPerformanceCounter(&now);
    auto const counts = static_cast<uint64_t>(now.QuadPart);
    return counts / frequency * 1000000000U + counts % frequency * 1000000000U / frequency;
}

void sleep(std::chrono::nanoseconds duration)
{
    if (duration.count() <= 0) {
        return;
    }
    uint64_t const begin  = monotonic_ns();
    auto const     budget = static_cast<uint64_t>(duration.count());
    for (uint64_t elapsed = 0; elapsed < budget; elapsed = monotonic_ns() - begin) {
        uint64_t const left = (budget - elapsed + 999999) / 1000000; // Sleep() may return a clock tick early
        Sleep(left < INFINITE ? static_cast<DWORD>(left) : INFINITE - 1);
    }
}

} // namespace kickmsg
