#include "History.h"

#include "kickmsg/os/Time.h"

#include <algorithm>
#include <map>
#include <queue>
#include <tuple>
#include <utility>

#if defined(__x86_64__)
#include <x86intrin.h>
#endif

namespace kickmsg_stress {

uint64_t stamp() noexcept
{
#if defined(__x86_64__)
    _mm_lfence();
    uint64_t const now = __rdtsc();
    _mm_lfence();
    return now;
#else
    return kickmsg::monotonic_ns();
#endif
}

namespace {

/// A send as a task: it took effect within its window of time, at a position within [earliest, latest].
struct Task {
    Sent    sent;
    int64_t earliest, latest;
};

using Key = std::pair<uint32_t, uint32_t>;

std::string text_of(Sent const& sent)
{
    return "publisher " + std::to_string(sent.publisher) + " message " + std::to_string(sent.number);
}

/// Received messages: sent, once, at rising positions, and not before they were sent. Narrows their tasks to their place.
std::string place_received(RingHistory const& history, std::vector<Task>& tasks)
{
    std::map<Key, Task*> unplaced;
    for (Task& task : tasks) {
        unplaced[{task.sent.publisher, task.sent.number}] = &task;
    }
    uint64_t next = 0; // position, from the start
    for (Received const& received : history.received) {
        uint64_t const place = received.position - history.start;
        auto const     found = unplaced.find({received.publisher, received.number});
        if (place < next || place >= tasks.size()) {
            return "position " + std::to_string(received.position) + " again, going back or never written";
        }
        if (found == unplaced.end()) {
            return "received twice or never sent, at position " + std::to_string(received.position);
        }
        Task& task = *found->second;
        if (received.when.end < task.sent.when.begin) {
            return text_of(task.sent) + " was received before it was sent";
        }
        task.sent.when.end = std::min(task.sent.when.end, received.when.end); // it had taken effect when it was read
        task.earliest = task.latest = static_cast<int64_t>(place);
        next                        = place + 1;
        unplaced.erase(found);
    }
    return {};
}

/// What one direction of time asks of a task: no position before `least`.
struct Bound {
    uint32_t publisher, number;
    Interval when;
    int64_t  least;
};

struct Event {
    uint64_t time;
    bool     is_end;
    Bound*   of;

    /// Of what happens at one time, nothing is before anything else: begins first.
    bool operator<(Event const& other) const
    {
        return std::make_tuple(time, is_end, of->number) < std::make_tuple(other.time, other.is_end, other.of->number);
    }
};

/// A that ended before B began comes before B; so does A before the next of its publisher.
void raise(std::vector<Bound>& bounds)
{
    std::vector<Event> events;
    for (Bound& bound : bounds) {
        events.push_back({bound.when.begin, false, &bound});
        events.push_back({bound.when.end, true, &bound});
    }
    std::sort(events.begin(), events.end());
    int64_t                     ended = 0; // the least position of an operation that begins now
    std::map<uint32_t, int64_t> of_publisher;
    for (Event const& event : events) {
        int64_t& own = of_publisher[event.of->publisher];
        if (event.is_end) {
            ended = std::max(ended, event.of->least + 1);
        } else {
            event.of->least = std::max({event.of->least, ended, own});
            own             = event.of->least + 1;
        }
    }
}

void raise_earliest(std::vector<Task>& tasks)
{
    std::vector<Bound> bounds;
    for (Task const& task : tasks) {
        bounds.push_back({task.sent.publisher, task.sent.number, task.sent.when, task.earliest});
    }
    raise(bounds);
    for (std::size_t i = 0; i < tasks.size(); ++i) {
        tasks[i].earliest = bounds[i].least;
    }
}

/// The same from the last to the first: times, numbers and positions run backwards.
void lower_latest(std::vector<Task>& tasks)
{
    auto const         last = static_cast<int64_t>(tasks.size()) - 1;
    std::vector<Bound> bounds;
    for (Task const& task : tasks) {
        bounds.push_back(
            {task.sent.publisher, ~task.sent.number, {~task.sent.when.end, ~task.sent.when.begin}, last - task.latest});
    }
    raise(bounds);
    for (std::size_t i = 0; i < tasks.size(); ++i) {
        tasks[i].latest = last - bounds[i].least;
    }
}

/// Earliest deadline first fills each position, or none can. Exact: tasks of length one whose bounds respect the order.
std::string schedule(std::vector<Task> tasks)
{
    std::sort(tasks.begin(), tasks.end(), [](Task const& a, Task const& b) { return a.earliest < b.earliest; });
    auto const later = [](Task const* a, Task const* b) { return a->latest > b->latest; };
    std::priority_queue<Task const*, std::vector<Task const*>, decltype(later)> ready(later);
    std::size_t                                                                 next = 0;
    for (int64_t position = 0; position < static_cast<int64_t>(tasks.size()); ++position) {
        for (; next < tasks.size() && tasks[next].earliest <= position; ++next) {
            ready.push(&tasks[next]);
        }
        if (ready.empty()) {
            return "no send can have had position start + " + std::to_string(position);
        }
        if (ready.top()->latest < position) {
            return text_of(ready.top()->sent) + " has a position that real time or its publisher's order forbids";
        }
        ready.pop();
    }
    return {};
}

std::vector<Task> tasks_of(RingHistory const& history)
{
    std::vector<Task> tasks;
    for (Sent const& sent : history.sent) {
        tasks.push_back({sent, 0, static_cast<int64_t>(history.sent.size()) - 1});
    }
    return tasks;
}

bool is_order(std::vector<Task> const& order)
{
    for (std::size_t i = 0; i < order.size(); ++i) {
        auto const place = static_cast<int64_t>(i);
        bool       right = order[i].earliest <= place && place <= order[i].latest;
        for (std::size_t j = i + 1; right && j < order.size(); ++j) {
            bool const same = order[i].sent.publisher == order[j].sent.publisher;
            right           = order[j].sent.when.end >= order[i].sent.when.begin &&
                    !(same && order[j].sent.number < order[i].sent.number);
        }
        if (!right) {
            return false;
        }
    }
    return true;
}

} // namespace

std::string check(RingHistory const& history)
{
    if (history.received.size() + history.lost != history.sent.size()) {
        return std::to_string(history.received.size()) + " received and " + std::to_string(history.lost) + " lost of " +
               std::to_string(history.sent.size());
    }
    std::vector<Task> tasks = tasks_of(history);
    std::string       wrong = place_received(history, tasks);
    if (wrong.empty() && !tasks.empty()) {
        raise_earliest(tasks);
        lower_latest(tasks);
        wrong = schedule(std::move(tasks));
    }
    return wrong;
}

bool is_explained_by_some_order(RingHistory const& history)
{
    std::vector<Task> tasks = tasks_of(history);
    if (history.received.size() + history.lost != tasks.size() || !place_received(history, tasks).empty()) {
        return false;
    }
    auto const before = [](Task const& a, Task const& b) {
        return Key(a.sent.publisher, a.sent.number) < Key(b.sent.publisher, b.sent.number);
    };
    std::sort(tasks.begin(), tasks.end(), before);
    do {
        if (is_order(tasks)) {
            return true;
        }
    } while (std::next_permutation(tasks.begin(), tasks.end(), before));
    return false;
}

} // namespace kickmsg_stress
