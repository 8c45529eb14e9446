/// What the kit changes of the waits of this process: its clock, and how late they wake.
#pragma once

#include <chrono>
#include <cstdint>

namespace kickmsg {
namespace testing {
namespace waits {

/// Errors: Error InUse, when there is a fake clock already.
void     begin_fake(bool by_sleeping);
void     end_fake() noexcept;
void     advance(std::chrono::nanoseconds time) noexcept;
uint64_t fake_ns() noexcept;
uint64_t sleeps() noexcept;

/// Errors: Error InUse, when they are late already.
void begin_late(std::chrono::nanoseconds delay);
void end_late() noexcept;

} // namespace waits
} // namespace testing
} // namespace kickmsg
