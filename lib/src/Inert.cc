#include "Inert.h"

#include "WaitBudget.h"
#include "kickmsg/os/Time.h"
#include "os/NoCancellation.h"

namespace kickmsg {
namespace detail {

namespace {

constexpr std::chrono::nanoseconds inert_slice = std::chrono::milliseconds(100);

} // namespace

bool is_inert(bool usable, std::chrono::nanoseconds timeout) noexcept
{
    if (!usable) {
        os::NoCancellation const whole;
        sleep(timeout == for_ever ? inert_slice : timeout);
    }
    return !usable;
}

} // namespace detail
} // namespace kickmsg
