/// A valid region whose words another process overwrites during the operations: what is read from it must be checked after
/// it was read for the last time. An input holds the changes and the operations; how they meet is up to the machine.
#include "mutator.h"

#include "AutomaticRecovery.h"

#include <cstdio>
#include <cstdlib>
#include <optional>

using namespace kickmsg_fuzz;

namespace {

/// Times that an input's operations are gone through: a change meets another moment of them. More of them where the other
/// process was not running beside this one.
constexpr int turns_least = 8, turns_most = 24;
/// Operations that changes were made during, after which an input has had its chance.
constexpr uint64_t overlaps_wanted = 64;
/// In one input: each may take a thousand looks, with pauses, at a region that seems to be replaced.
constexpr int opens_most = 16;

Mutator* mutator  = nullptr;
uint64_t overlaps = 0; ///< operations during which the other process has gone through its changes

void tell()
{
    std::printf("stat::operations_overlapped: %llu\nstat::rounds_of_changes: %llu\n",
                static_cast<unsigned long long>(overlaps), static_cast<unsigned long long>(mutator->rounds()));
}

/// Opens are counted over all turns.
void operate(Traffic& traffic, Input input, int& opens)
{
    while (!input.empty()) {
        uint32_t const drawn     = input.byte();
        uint32_t const range     = Traffic::operations - Traffic::first_operation;
        uint32_t const operation = Traffic::first_operation + drawn % range;
        bool const     open      = operation == Traffic::operations - 1;
        if (open && ++opens > opens_most) {
            continue;
        }
        uint64_t const before = mutator->rounds();
        traffic.step(operation, drawn / range);
        overlaps += mutator->rounds() != before ? 1 : 0;
    }
}

void take_turns(Traffic& traffic, Input const& input)
{
    uint64_t const enough = overlaps + overlaps_wanted;
    int            opens  = 0;
    for (int turn = 0; turn < turns_least || (turn < turns_most && overlaps < enough); ++turn) {
        operate(traffic, input, opens);
    }
}

} // namespace

extern "C" int LLVMFuzzerInitialize(int* count, char*** arguments);
extern "C" int LLVMFuzzerInitialize(int*, char***)
{
    static Mutator forked; // before any handle: they do not outlive a fork
    mutator = &forked;
    return std::atexit(tell);
}

extern "C" int LLVMFuzzerTestOneInput(uint8_t const* data, std::size_t size)
{
    Input          input(data, size);
    uint32_t const settings = input.byte();
    kickmsg::detail::set_automatic_recovery(settings >= 128); // goes by the clock: half of the inputs do without
    mutator->read(input);
    Name const name;
    {
        std::optional<Traffic> traffic(std::in_place, name.str(), settings);
        mutator->begin(name.str());
        take_turns(*traffic, input);
    } // they leave while their words change
    mutator->end();
    return 0;
}
