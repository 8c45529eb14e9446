#include "History.h"

#include <algorithm>

namespace kickmsg_stress {

namespace {

/// Each pop and push after the one before it on the same slot: narrows the intervals to the moments that are left.
void narrow(std::vector<Hold>& holds)
{
    uint64_t least = 0;
    for (Hold& hold : holds) {
        least = hold.pop.begin = std::max(hold.pop.begin, least);
        least = hold.push.begin = std::max(hold.push.begin, least);
    }
    uint64_t most = ~uint64_t{0};
    for (auto hold = holds.rbegin(); hold != holds.rend(); ++hold) {
        most = hold->push.end = std::min(hold->push.end, most);
        most = hold->pop.end = std::min(hold->pop.end, most);
    }
}

/// The holds of each slot, in the only order that they can have had.
std::vector<std::vector<Hold>> by_slot(PoolHistory const& history)
{
    std::vector<std::vector<Hold>> slots(history.slots);
    for (Hold const& hold : history.holds) {
        slots[hold.slot].push_back(hold);
    }
    for (auto& holds : slots) {
        std::sort(holds.begin(), holds.end(), [](Hold const& a, Hold const& b) { return a.pop.end < b.pop.end; });
        narrow(holds);
    }
    return slots;
}

/// A slot may be held from the begin of a pop to the end of the push. Where one hold ended for certain before the next
/// could begin, it was free for certain.
bool may_be_held(std::vector<Hold> const& holds, uint64_t time)
{
    auto const hold =
        std::lower_bound(holds.begin(), holds.end(), time, [](Hold const& h, uint64_t t) { return h.push.end < t; });
    return hold != holds.end() && hold->pop.begin <= time;
}

bool all_may_be_held(std::vector<std::vector<Hold>> const& slots, uint64_t time)
{
    return std::all_of(slots.begin(), slots.end(),
                       [time](std::vector<Hold> const& holds) { return may_be_held(holds, time); });
}

/// The first moment at which everything may be held is the answer's begin or the begin of some pop.
bool can_be_empty(std::vector<std::vector<Hold>> const& slots, std::vector<uint64_t> const& pops, Interval const& when)
{
    bool can = all_may_be_held(slots, when.begin);
    for (auto pop = std::lower_bound(pops.begin(), pops.end(), when.begin);
         !can && pop != pops.end() && *pop <= when.end; ++pop) {
        can = all_may_be_held(slots, *pop);
    }
    return can;
}

/// One operation of the brute-force search.
struct Step {
    enum { Pop, Push, Empty } what;
    uint32_t slot;
    Interval when;
    bool     done;
};

/// Tries each step that nothing pending must precede.
bool search(std::vector<Step>& steps, std::vector<bool>& held, std::size_t left)
{
    for (std::size_t i = 0; left != 0 && i < steps.size(); ++i) {
        Step&      step  = steps[i];
        bool const first = std::none_of(steps.begin(), steps.end(), [&step](Step const& other) {
            return !other.done && other.when.end < step.when.begin;
        });
        bool const right = step.what == Step::Empty ? std::find(held.begin(), held.end(), false) == held.end()
                                                    : held[step.slot] == (step.what == Step::Push);
        if (step.done || !first || !right) {
            continue;
        }
        step.done = true;
        if (step.what != Step::Empty) {
            held[step.slot] = step.what == Step::Pop;
        }
        if (search(steps, held, left - 1)) {
            return true;
        }
        step.done = false;
        if (step.what != Step::Empty) {
            held[step.slot] = step.what == Step::Push;
        }
    }
    return left == 0;
}

} // namespace

std::string check(PoolHistory const& history)
{
    auto const            slots = by_slot(history);
    std::vector<uint64_t> pops;
    for (auto const& holds : slots) {
        for (Hold const& hold : holds) {
            pops.push_back(hold.pop.begin);
            if (hold.pop.begin > hold.pop.end || hold.push.begin > hold.push.end) {
                return "slot " + std::to_string(hold.slot) + " was held twice at a time";
            }
        }
    }
    std::sort(pops.begin(), pops.end());
    for (Interval const& empty : history.empty) {
        if (!can_be_empty(slots, pops, empty)) {
            return "an empty answer while some slot was free for certain";
        }
    }
    return {};
}

bool is_explained_by_some_order(PoolHistory const& history)
{
    std::vector<Step> steps;
    for (Hold const& hold : history.holds) {
        steps.push_back({Step::Pop, hold.slot, hold.pop, false});
        steps.push_back({Step::Push, hold.slot, hold.push, false});
    }
    for (Interval const& empty : history.empty) {
        steps.push_back({Step::Empty, 0, empty, false});
    }
    std::vector<bool> held(history.slots);
    return search(steps, held, steps.size());
}

} // namespace kickmsg_stress
