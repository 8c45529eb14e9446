/// Wait sets of tests: some topics in one, and a wait of another thread.
#pragma once

#include "kickmsg/WaitSet.h"
#include "sleeps.h"
#include "support.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <deque>
#include <thread>

namespace kickmsg_test {

constexpr std::chrono::nanoseconds for_ever = std::chrono::nanoseconds::max();

using Keys = std::vector<uint64_t>;

inline Keys keys_of(kickmsg::WaitSet::Ready const& ready)
{
    Keys keys(ready.begin(), ready.end());
    std::sort(keys.begin(), keys.end());
    return keys;
}

/// Some topics, each with a publisher and a subscriber that is in `set` under its number.
struct Topics {
    explicit Topics(std::size_t count)
    {
        for (std::size_t i = 0; i < count; ++i) {
            names.emplace_back("topic" + std::to_string(i));
            regions.push_back(make(names.back()));
            publishers.emplace_back(regions.back());
            subscribers.emplace_back(regions.back());
            set.add(subscribers.back(), i);
        }
    }

    std::deque<Name>                  names;
    std::deque<kickmsg::SharedRegion> regions;
    std::deque<kickmsg::Publisher>    publishers;
    std::deque<kickmsg::Subscriber>   subscribers;
    kickmsg::WaitSet                  set;
};

/// Some topics, and subscribers of them in `set`, under their numbers, where `fill`; others send.
struct HeardTopics {
    explicit HeardTopics(std::size_t count, bool fill = true)
    {
        for (std::size_t i = 0; i < count; ++i) {
            names.emplace_back("topic" + std::to_string(i));
            regions.push_back(make(names.back()));
        }
        for (std::size_t i = 0; fill && i < count; ++i) {
            subscribers.emplace_back(regions[i]);
            set.add(subscribers.back(), i);
        }
    }

    std::deque<Name>                  names;
    std::deque<kickmsg::SharedRegion> regions;
    std::deque<kickmsg::Subscriber>   subscribers;
    kickmsg::WaitSet                  set;
};

/// What a wait without end finds that another thread makes.
struct Waiter {
    explicit Waiter(kickmsg::WaitSet& set)
        : thread([this, &set] {
              kickmsg::WaitSet::Ready const ready = set.wait(for_ever);
              keys                                = keys_of(ready);
              woken                               = ready.woken();
          })
    {
    }
    /// Returns when it is about to sleep, all marks being set. `sleeps`: hears of it.
    Waiter(kickmsg::WaitSet& set, Sleeps const& sleeps) : Waiter(set, sleeps, sleeps.count()) {}
    Keys join()
    {
        thread.join();
        return keys;
    }

    Keys        keys;
    bool        woken = false;
    std::thread thread;

private:
    /// `before`: asked before the thread begins; it may sleep at once.
    Waiter(kickmsg::WaitSet& set, Sleeps const& sleeps, uint32_t before) : Waiter(set)
    {
        sleeps.await(before + 1);
    }
};

} // namespace kickmsg_test
