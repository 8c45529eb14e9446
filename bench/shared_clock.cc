#include "shared_clock.h"

#include "clock.h"
#include "round.h"

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <limits>
#include <new>

namespace kickmsg {
namespace bench {
namespace {

/// In memory of both; a line for each direction.
struct Exchange {
    alignas(128) std::atomic<uint32_t> question;
    alignas(128) std::atomic<uint32_t> answer;
    uint64_t read_at; ///< by the second processor, between question and answer
};

bool await(std::atomic<uint32_t> const& word, uint32_t value, bool oversubscribed)
{
    return spin_until(oversubscribed, [&] { return word.load(std::memory_order_acquire) == value; });
}

} // namespace

std::string ClockOffset::text() const
{
    char text[160];
    std::snprintf(text, sizeof(text), "%s; the second processor's readings are ahead by %.0f ... %.0f ns",
                  describe_clock().c_str(), low_ns, high_ns);
    return text;
}

ClockOffset measure_clock_offset(Placement const& placement, int64_t planted)
{
    bool const     spare  = placement.oversubscribed;
    uint32_t const rounds = spare ? 100 : 20'000;
    SharedBytes    memory(sizeof(Exchange));
    auto&          shared = *new (memory.data()) Exchange();
    Child          child(placement.second, 60, [&](Line const& line) {
        line.tell('o');
        for (uint32_t i = 1; i <= rounds; ++i) {
            if (!await(shared.question, i, spare)) {
                return 1;
            }
            shared.read_at = ticks() + static_cast<uint64_t>(planted);
            shared.answer.store(i, std::memory_order_release);
        }
        return 0;
    });
    child.line().hear('o');
    auto low  = std::numeric_limits<int64_t>::min();
    auto high = std::numeric_limits<int64_t>::max();
    for (uint32_t i = 1; i <= rounds; ++i) {
        uint64_t const before = ticks();
        shared.question.store(i, std::memory_order_release);
        if (!await(shared.answer, i, spare)) {
            throw std::runtime_error("clock: the other process does not answer");
        }
        uint64_t const after = ticks();
        low                  = std::max(low, static_cast<int64_t>(shared.read_at - after));
        high                 = std::min(high, static_cast<int64_t>(shared.read_at - before));
    }
    if (child.join() != 0) {
        throw std::runtime_error("clock: the other process failed");
    }
    return {to_ns(static_cast<double>(low)), to_ns(static_cast<double>(high))};
}

} // namespace bench
} // namespace kickmsg
