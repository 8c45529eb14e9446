#include "Atomic.h"

#include <cstdarg>
#include <cstdio>

namespace kickmsg_models {

namespace {

/// What a word holds, or a load returned, when the operation is over; of a failed compare-and-swap what it wanted.
uint64_t value_after(Access const& access) noexcept
{
    uint64_t const mask = access.bits == 64 ? ~uint64_t{0} : 0xffffffffU;
    switch (access.operation) {
    case Operation::Load:
        return access.result;
    case Operation::FetchAdd:
        return (access.result + access.operand) & mask;
    case Operation::FetchAnd:
        return access.result & access.operand;
    case Operation::FetchOr:
        return access.result | access.operand;
    default:
        return access.operand;
    }
}

/// How far ahead a random death is chosen: operations of the victim.
constexpr unsigned death_horizon = 48;

} // namespace

Lab& lab() noexcept
{
    static Lab one;
    return one;
}

EngineHooks& engine_hooks() noexcept
{
    static EngineHooks hooks{};
    return hooks;
}

char const* name_of(Operation operation) noexcept
{
    static constexpr char const* names[] = {"load",      "store",    "exchange",        "fetch_add",
                                            "fetch_and", "fetch_or", "compare_exchange"};
    return names[static_cast<unsigned>(operation)];
}

char const* name_of(std::memory_order order) noexcept
{
    switch (order) {
    case std::memory_order_relaxed:
        return "relaxed";
    case std::memory_order_consume:
        return "consume";
    case std::memory_order_acquire:
        return "acquire";
    case std::memory_order_release:
        return "release";
    case std::memory_order_acq_rel:
        return "acq_rel";
    case std::memory_order_seq_cst:
        break;
    }
    return "seq_cst";
}

void Lab::begin_execution() noexcept
{
    for (unsigned thread = 0; thread < threads_limit; ++thread) {
        mortal_[thread] = false;
    }
    deaths_left     = 0;
    faults_in_quiet = false;
    history_end_    = 0;
    step_           = 0;
    history_[0]     = 0;
    failure         = nullptr;
    in_one_step_    = false;
    ++execution_;
}

bool Lab::before_fault(Access& access)
{
    rl::ctx().sched();
    bool const runs = fault->before(access);
    if (runs && !quiet_) {
        rl::ctx().disable_preemption();
        in_one_step_ = true;
    }
    return runs;
}

void Lab::after_fault(Access& access)
{
    if (in_one_step_) {
        in_one_step_ = false;
        rl::ctx().enable_preemption();
    }
    fault->after(access);
}

void Lab::arm(unsigned thread)
{
    mortal_[thread] = true;
    // Tree searches ask at each operation instead: any death is one choice there.
    steps_to_death_[thread] = rl::ctx().is_random_sched() ? rl::rand(death_horizon) : 0;
}

void Lab::decide_death()
{
    unsigned const thread = rl::thread_index();
    bool const     dies   = rl::ctx().is_random_sched() ? steps_to_death_[thread]-- == 0 : rl::rand(2) == 1;
    if (!dies) {
        return;
    }
    --deaths_left;
    mortal_[thread] = false;
    note("dies");
    on_death(thread);
    _longjmp(top_[thread], 1);
}

void Lab::note(char const* format, ...)
{
    if (!keeps_history || history_end_ + 512 > history_limit) {
        return;
    }
    char    line[400];
    va_list arguments;
    va_start(arguments, format);
    std::vsnprintf(line, sizeof(line), format, arguments);
    va_end(arguments);
    char const* const stage = quiet_ ? "-" : "";
    history_end_ +=
        static_cast<std::size_t>(std::snprintf(history_ + history_end_, 512, "%4u  %s%-*u %s\n", step_++, stage,
                                               quiet_ ? 1 : 2, rl::is_ctx() ? rl::thread_index() : 0U, line));
}

void Lab::record(Access const& access)
{
    char name[64]    = "?";
    char decoded[96] = "";
    if (describe != nullptr) {
        describe(access.word, value_after(access), name, decoded, sizeof(name));
    }
    char const* const parameters = std::strchr(access.site.function, '<');
    int const         length     = parameters != nullptr ? static_cast<int>(parameters - access.site.function) : 40;
    char              place[64];
    std::snprintf(place, sizeof(place), "%s:%u %.*s", access.site.file_name(), access.site.line, length,
                  access.site.function);
    if (access.operation == Operation::CompareExchange) {
        note("%-34s %-20s %s %s %s (%s)", place, name, access.done ? "->" : "not ->", decoded,
             access.done ? "" : "(failed)", name_of(access.done ? access.order : access.failure));
    } else {
        char const* const arrow = access.operation == Operation::Load    ? "="
                                  : access.operation == Operation::Store ? "<-"
                                                                         : "->";
        note("%-34s %-20s %s %s %s (%s)", place, name, name_of(access.operation), arrow, decoded,
             name_of(access.order));
    }
}

void Lab::count(Access const& access) noexcept
{
    std::size_t at = (access.site.line * 7U + reinterpret_cast<std::uintptr_t>(access.site.file)) % sites_limit;
    for (std::size_t tries = 0; tries < sites_limit; ++tries, at = (at + 1) % sites_limit) {
        SiteCount& entry = sites_[at];
        if (entry.count == 0) {
            entry = {access.site, access.operation, access.order, access.failure, 1};
            return;
        }
        if (entry.site.line == access.site.line && entry.site.file == access.site.file) {
            ++entry.count;
            return;
        }
    }
}

std::vector<SiteCount> Lab::sites() const
{
    std::vector<SiteCount> found;
    for (SiteCount const& entry : sites_) {
        if (entry.count != 0) {
            found.push_back(entry);
        }
    }
    return found;
}

void Lab::forget_sites() noexcept
{
    for (SiteCount& entry : sites_) {
        entry.count = 0;
    }
}

void expect(bool holds, char const* what)
{
    if (!holds) {
        lab().failure = what;
        lab().note("FAILS: %s", what);
        rl::ctx().fail_test(what, rl::test_result_user_assert_failed, rl::debug_info("expect", "", 0));
    }
}

} // namespace kickmsg_models
