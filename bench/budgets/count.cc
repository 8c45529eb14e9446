/// kickmsg_budgets: what each operation costs in atomic operations and in lines of shared memory that it changes, a JSON table on
/// standard output.
///
/// It counts over kickmsg_counted, the shipped sources with a counting policy. One thread, steady state: every repetition
/// costs the same, or the program fails; but for loads of an operation that looks at others now and then: their average.
#include "Policy.h"
#include "operations.h"

#include <nlohmann/json.hpp>

#include <cstdio>
#include <exception>
#include <fstream>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace {

using kickmsg::budgets::Operation;
using kickmsg::detail::Counter;

constexpr uint64_t repetitions = 256;

std::size_t nowhere(void const* /*word*/)
{
    return Counter::nowhere;
}

constexpr uintptr_t line_size = 64; ///< what processors of x86 and most others pass to each other

/// Memory that other processes can map, by /proc/self/maps: from, to.
std::vector<std::pair<uintptr_t, uintptr_t>> shared_ranges()
{
    std::vector<std::pair<uintptr_t, uintptr_t>> ranges;
    std::ifstream                                maps("/proc/self/maps");
    for (std::string line; std::getline(maps, line);) {
        std::istringstream words(line);
        uintptr_t          from = 0, to = 0;
        char               dash = 0;
        std::string        rights;
        words >> std::hex >> from >> dash >> to >> rights;
        if (rights == "rw-s") {
            ranges.emplace_back(from, to);
        }
    }
    return ranges;
}

std::vector<std::pair<uintptr_t, uintptr_t>> ranges;

std::size_t line_of(void const* word)
{
    auto const address = reinterpret_cast<uintptr_t>(word);
    for (auto const& [from, to] : ranges) {
        if (address >= from && address < to) {
            return address / line_size;
        }
    }
    return Counter::nowhere;
}

/// Lines of the protocol's words that a repetition gives another content, on average; those of the payload are not among them.
double lines_changed(Operation& operation)
{
    operation.prepare(repetitions);
    ranges         = shared_ranges();
    uint64_t lines = 0;
    for (uint64_t i = 0; i < repetitions; ++i) {
        Counter counter;
        counter.place            = line_of;
        kickmsg::detail::counter = &counter;
        uint64_t const right     = operation.run(1);
        kickmsg::detail::counter = nullptr;
        if (right != 1 || counter.changes == Counter::most_changes) {
            throw std::runtime_error(operation.str() + ": a repetition went wrong while its lines were counted");
        }
        lines += std::set<std::size_t>(counter.changed, counter.changed + counter.changes).size();
    }
    return static_cast<double>(lines) / static_cast<double>(repetitions);
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
    nlohmann::ordered_json row = {{"family", operation.family},
                                  {"operation", operation.name},
                                  {"live_rings", operation.live_rings},
                                  {"rmw", each(operation, "read-modify-writes", counter.exchanges)},
                                  {"loads", each(operation, "loads", counter.loads)},
                                  {"stores", each(operation, "stores", counter.stores)}};
    row["lines"]               = lines_changed(operation);
    return row;
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
