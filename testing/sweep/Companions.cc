#include "Companions.h"

#include "Waits.h"
#include "kickmsg/Discovery.h"
#include "kickmsg/os/Time.h"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <functional>

namespace kickmsg_sweep {

using namespace std::chrono_literals;

namespace {

/// A thread that waits for processes whose state it looks at: politeness, on which nothing depends.
constexpr auto between_looks = 200us;

bool until(std::function<bool()> const& done, std::chrono::nanoseconds longest)
{
    uint64_t const end = kickmsg::monotonic_ns() + static_cast<uint64_t>(longest.count());
    while (!done()) {
        if (kickmsg::monotonic_ns() >= end) {
            return false;
        }
        kickmsg::sleep(between_looks);
    }
    return true;
}

/// Returns: the threads of a process; none when it is not there any more.
std::vector<std::string> threads_of(pid_t pid)
{
    std::vector<std::string>            all;
    std::error_code                     error;
    std::filesystem::directory_iterator task("/proc/" + std::to_string(pid) + "/task", error), end;
    while (!error && task != end) {
        all.push_back(task->path().string());
        task.increment(error);
    }
    return all;
}

/// Whether each thread of the process is in one of these states.
bool are_all(pid_t pid, std::string const& states)
{
    for (std::string const& task : threads_of(pid)) {
        char const state = state_of(static_cast<pid_t>(std::stol(task.substr(task.rfind('/') + 1))));
        if (state != 0 && states.find(state) == std::string::npos) {
            return false;
        }
    }
    return true;
}

void add_children(pid_t pid, std::vector<pid_t>& all)
{
    for (std::string const& task : threads_of(pid)) {
        std::ifstream children(task + "/children");
        for (pid_t child = 0; children >> child;) {
            all.push_back(child);
            add_children(child, all);
        }
    }
}

} // namespace

Companions::Companions(std::vector<std::string> const& commands, Surroundings const& in)
{
    for (std::string const& command : commands) {
        all_.push_back({in.start(Command::of_shell(command)), command});
    }
}

Companions::~Companions()
{
    end();
}

std::vector<pid_t> Companions::processes() const
{
    std::vector<pid_t> all;
    for (One const& one : all_) {
        if (one.alive) {
            all.push_back(one.pid);
            add_children(one.pid, all);
        }
    }
    return all;
}

void Companions::signal(int number) const
{
    for (One const& one : all_) {
        if (one.alive) {
            ::kill(-one.pid, number);
        }
    }
}

void Companions::reap()
{
    for (One& one : all_) {
        auto const status = one.alive ? Waits::poll(one.pid) : std::nullopt;
        if (status) {
            one.alive = false;
            ended_.push_back("'" + one.text + "' ended by itself: " + describe_end(*status));
        }
    }
}

std::vector<std::string> Companions::ended()
{
    reap();
    return std::move(ended_);
}

bool Companions::wait_until_joined(std::string const& prefix)
{
    go();
    return until(
        [&] {
            reap();
            std::vector<uint64_t> joined;
            for (auto const& region : kickmsg::list(prefix + "_")) {
                for (auto const& participant : region.participants) {
                    joined.push_back(participant.pid);
                }
            }
            return std::all_of(all_.begin(), all_.end(), [&joined](One const& one) {
                std::vector<pid_t> family{one.pid};
                add_children(one.pid, family);
                return !one.alive || std::any_of(family.begin(), family.end(), [&joined](pid_t pid) {
                    return std::find(joined.begin(), joined.end(), static_cast<uint64_t>(pid)) != joined.end();
                });
            });
        },
        10s);
}

void Companions::go()
{
    if (!all_.empty()) {
        signal(SIGCONT);
    }
    stopped_ = false;
}

void Companions::stop()
{
    if (all_.empty() || stopped_) {
        return;
    }
    signal(SIGSTOP);
    until(
        [this] {
            reap();
            auto const family = processes();
            return std::all_of(family.begin(), family.end(), [](pid_t pid) { return are_all(pid, "TtZX"); });
        },
        10s);
    stopped_ = true;
}

bool Companions::are_asleep() const
{
    auto const family = processes();
    return std::all_of(family.begin(), family.end(), [](pid_t pid) { return are_all(pid, "SZX"); });
}

bool Companions::settle(std::chrono::nanoseconds longest)
{
    if (all_.empty()) {
        return true;
    }
    go();
    // Twice in a row: one look may meet a process between two sleeps.
    bool const slept = until(
        [this] {
            reap();
            return are_asleep() && are_asleep();
        },
        longest);
    stop();
    return slept;
}

bool Companions::is_any_left() const
{
    return std::any_of(all_.begin(), all_.end(), [](One const& one) { return one.alive; });
}

void Companions::end()
{
    std::vector<pid_t> const family = processes();
    if (is_any_left()) {
        signal(SIGTERM);
        go();
        until(
            [this] {
                reap();
                return !is_any_left();
            },
            2s);
    }
    signal(SIGKILL);
    for (pid_t const pid : family) {
        bool const is_ours = std::any_of(all_.begin(), all_.end(), [pid](One const& one) { return one.pid == pid; });
        if (is_ours || state_of(pid) == 0) {
            continue;
        }
        ::kill(pid, SIGKILL); // it may have left the group
        // what a shell has started may outlive it for a moment, and is an orphan then, this process's to reap
        until(
            [pid] {
                char const state = state_of(pid);
                return state == 0 || state == 'Z' || state == 'X';
            },
            10s);
    }
    for (One& one : all_) {
        if (one.alive) {
            Waits::wait(one.pid);
            one.alive = false;
        }
    }
    ended_.clear();
}

} // namespace kickmsg_sweep
