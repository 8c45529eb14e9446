/// Threads of this process, by /proc: for tests of Linux.
#pragma once

#include <filesystem>
#include <set>
#include <string>

namespace kickmsg_test {

/// Those that have begun since it was made. One of an earlier test may still be on its way out then, so numbers are compared and not counts.
class StartedThreads {
public:
    /// Returns: their numbers.
    std::set<std::string> now() const
    {
        std::set<std::string> started = all();
        for (std::string const& number : before_) {
            started.erase(number);
        }
        return started;
    }

private:
    static std::set<std::string> all()
    {
        std::set<std::string> numbers;
        for (auto const& task : std::filesystem::directory_iterator("/proc/self/task")) {
            numbers.insert(task.path().filename().string());
        }
        return numbers;
    }

    std::set<std::string> before_ = all();
};

} // namespace kickmsg_test
