/// A wait of a set in another thread, which is known to sleep.
#pragma once

#include "sleeps.h"
#include "wait_sets.h"

#include <atomic>
#include <fstream>
#include <string>
#include <sys/syscall.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace kickmsg_test {

/// Until the thread `id` of this process sleeps in the kernel.
inline void await_sleep(pid_t id)
{
    std::string const path = "/proc/self/task/" + std::to_string(id) + "/stat";
    for (std::string text; text.find(") S ") == std::string::npos;) {
        std::ifstream file(path);
        std::getline(file, text);
    }
}

inline pid_t thread_id()
{
    return static_cast<pid_t>(syscall(SYS_gettid));
}

/// A wait of another thread, which sleeps when this has been made.
struct Sleeper {
    explicit Sleeper(kickmsg::WaitSet& set)
        : thread([this, &set] {
              id.store(thread_id());
              kickmsg::WaitSet::Ready const ready = set.wait(for_ever);
              keys.assign(ready.begin(), ready.end());
              woken = ready.woken();
          })
    {
        sleeps.await();
        while (id.load() == 0) {
        }
        await_sleep(id.load());
    }

    Sleeps                sleeps;
    std::atomic<pid_t>    id{0};
    std::vector<uint64_t> keys;
    bool                  woken = false;
    std::thread           thread;
};

} // namespace kickmsg_test
