#include "DebugMemory.h"

#if defined(KICKMSG_DEBUG_MEMORY)

#include "Explanation.h"
#include "Sanitizer.h"
#include "Shadow.h"
#include "kickmsg/os/GuardedPages.h"

#include <algorithm>
#include <cstring>

namespace kickmsg {
namespace detail {

namespace {

Shadow* loan_of(void const* memory) noexcept
{
    return Shadow::find([=](Shadow const& shadow, Shadow::State state) {
        return state == Shadow::State::Loan && shadow.memory == memory;
    });
}

void end_loan(void const* memory, Shadow::State how) noexcept
{
    if (Shadow* const shadow = loan_of(memory)) {
        shadow->look_beside();
        shadow->retire(how);
    }
}

void report_fault(void const* address, os::Access access)
{
    report(address, access == os::Access::Write ? "a write to" : access == os::Access::Read ? "a read of" : "a use of");
}

#if defined(KICKMSG_WITH_ASAN)
void report_what_was_found()
{
    if (__asan_report_present() != 0) {
        bool const is_write = __asan_get_report_access_type() != 0;
        report_fault(__asan_get_report_address(), is_write ? os::Access::Write : os::Access::Read);
    }
}
#endif

} // namespace

void* DebugMemory::lend(Mapping& region, uint32_t slot, void* memory, std::size_t length) noexcept
{
    end_loan(memory, Shadow::State::GivenBack);
    Shadow* const shadow = Shadow::make(region, slot, memory, length);
    if (shadow == nullptr) {
        return memory;
    }
    shadow->hand_out(Shadow::State::Loan);
    return shadow->data;
}

void DebugMemory::take_in(void* memory, std::size_t length) noexcept
{
    if (Shadow const* const shadow = loan_of(memory)) {
        shadow->look_beside();
        std::memcpy(memory, shadow->data, std::min<std::size_t>(length, shadow->length));
    }
}

void DebugMemory::end_published(void* memory) noexcept
{
    end_loan(memory, Shadow::State::Published);
}

void DebugMemory::end_given_back(void* memory) noexcept
{
    end_loan(memory, Shadow::State::GivenBack);
}

void const* DebugMemory::show(Mapping& region, uint32_t slot, void const* memory, std::size_t length) noexcept
{
    Shadow* const shadow = Shadow::make(region, slot, memory, length);
    if (shadow == nullptr) {
        return memory;
    }
    shadow->hand_out(Shadow::State::View);
    return shadow->data;
}

void DebugMemory::end_view(void const* shown) noexcept
{
    auto const is_it = [=](Shadow const& shadow, Shadow::State state) {
        return state == Shadow::State::View && shadow.data == shown;
    };
    if (Shadow* const shadow = Shadow::find(is_it)) {
        shadow->retire(Shadow::State::Dropped);
    }
}

std::size_t DebugMemory::explain(void const* address, char* text, std::size_t size) noexcept
{
    Explanation explanation(text, size);
    explanation.say(address);
    return explanation.length();
}

bool DebugMemory::explain_faults() noexcept
{
#if defined(KICKMSG_WITH_ASAN)
    __asan_set_death_callback(report_what_was_found);
#endif
    return os::explain_faults_by(report_fault);
}

} // namespace detail
} // namespace kickmsg

#endif
