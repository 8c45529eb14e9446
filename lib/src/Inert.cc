#include "Inert.h"

#include "TestSeams.h"
#include "WaitBudget.h"
#include "kickmsg/os/Time.h"
#include "os/NoCancellation.h"

namespace kickmsg {
namespace detail {

namespace {

constexpr std::chrono::nanoseconds inert_slice = std::chrono::milliseconds(100);

} // namespace

bool note_inert(bool inherited) noexcept
{
    note_inert_use(inherited);
    return true;
}

bool is_inert(bool usable, bool inherited, std::chrono::nanoseconds timeout) noexcept
{
    if (!usable && note_inert(inherited)) {
        os::NoCancellation const whole;
        for (WaitBudget budget(timeout == for_ever ? inert_slice : timeout); !budget.is_over(); budget.look()) {
            sleep(sleep_length(budget.left()));
        }
    }
    return !usable;
}

} // namespace detail
} // namespace kickmsg
