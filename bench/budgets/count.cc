/// kickmsg_budgets: what each operation costs in atomic operations, a JSON table on standard output.
///
/// It counts over kickmsg_counted, the shipped sources with a counting policy. One thread, steady state: every repetition
/// costs the same, or the program fails; but for loads of an operation that looks at others now and then: their average.
#include "Policy.h"
#include "operations.h"

#include <nlohmann/json.hpp>

#include <cstdio>
#include <exception>
#include <stdexcept>
#include <string>

namespace {

using kickmsg::budgets::Operation;
using kickmsg::detail::Counter;

constexpr uint64_t repetitions = 256;

std::size_t nowhere(void const* /*word*/)
{
    return Counter::nowhere;
}

nlohmann::ordered_json each(Operation const& operation, char const* kind, uint64_t total)
{
    if (total % repetitions != 0 && operation.looks && kind == std::string("loads")) {
        return static_cast<double>(total) / static_cast<double>(repetitions);
    }
    if (total % repetitions != 0) {
        throw std::runtime_error(operation.str() + ": " + std::to_string(total) + " " + kind + " in " +
                                 std::to_string(repetitions) + " repetitions: they do not all cost the same");
    }
    return total / repetitions;
}

nlohmann::ordered_json row_of(Operation& operation)
{
    kickmsg::budgets::warm_up(operation);
    operation.prepare(repetitions);
    Counter counter;
    counter.place            = nowhere;
    kickmsg::detail::counter = &counter;
    uint64_t const right     = operation.run(repetitions);
    kickmsg::detail::counter = nullptr;
    if (right != repetitions) {
        throw std::runtime_error(operation.str() + ": a repetition went wrong while it was counted");
    }
    return {{"family", operation.family},
            {"operation", operation.name},
            {"live_rings", operation.live_rings},
            {"rmw", each(operation, "read-modify-writes", counter.exchanges)},
            {"loads", each(operation, "loads", counter.loads)},
            {"stores", each(operation, "stores", counter.stores)}};
}

} // namespace

int main()
{
    try {
        auto operations = kickmsg::budgets::all_operations();
        std::printf("[\n");
        for (std::size_t i = 0; i < operations.size(); ++i) {
            std::printf("%s%s\n", row_of(operations[i]).dump().c_str(), i + 1 < operations.size() ? "," : "");
        }
        std::printf("]\n");
        return std::fflush(stdout) == 0 ? 0 : 2;
    } catch (std::exception const& error) {
        std::fprintf(stderr, "kickmsg_budgets: %s\n", error.what());
    }
    return 1;
}
