/// What the unit tests share: names of their own, child processes, small configurations.
#pragma once

#include "kickmsg/Error.h"
#include "kickmsg/Publisher.h"
#include "kickmsg/Subscriber.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <functional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace kickmsg_test {

/// The beginning of every name that this run may use: KICKMSG_TEST_PREFIX, or one of this process.
std::string prefix();

/// A region name of this test's own; unlinked before and after.
class Name {
public:
    explicit Name(std::string const& suffix = "region");
    Name(Name const&)            = delete;
    Name& operator=(Name const&) = delete;
    ~Name();

    operator std::string const&() const noexcept // NOLINT(google-explicit-constructor)
    {
        return name_;
    }
    std::string const& str() const noexcept
    {
        return name_;
    }

private:
    std::string name_;
};

kickmsg::channel::Config small_config(uint32_t pool_size = 64, uint32_t capacity = 8, uint32_t subscribers = 4);

kickmsg::SharedRegion make(std::string const& name, kickmsg::channel::Config const& cfg = small_config());

/// A forked child running `body`; its exit code is what `body` returns, 99 when it throws. Killed and reaped at the end
/// of the scope at the latest, and by the kernel when this process dies.
class Child {
public:
    explicit Child(std::function<int(Child&)> const& body);
    Child(Child const&)            = delete;
    Child& operator=(Child const&) = delete;
    ~Child();

    // In the parent.
    void  wait_ready();           ///< until the child calls ready()
    void  go_on();                ///< lets the child return from pause()
    int   join();                 ///< reaps it. Returns: its exit code, or minus the signal that ended it
    void  kill();                 ///< SIGKILL, and reaps it
    void  kill_without_reaping(); ///< SIGKILL, and waits until it is a zombie
    void  signal(int number);
    pid_t pid() const noexcept
    {
        return pid_;
    }

    // In the child.
    void ready(); ///< tells the parent
    void pause(); ///< tells the parent, and waits for go_on(), or for ever
    /// Descriptors that ready() and pause() need.
    int kept_descriptor(int which) const noexcept
    {
        return which == 0 ? to_parent_[1] : to_child_[0];
    }

private:
    void close_ends();

    pid_t pid_          = -1;
    int   to_parent_[2] = {-1, -1};
    int   to_child_[2]  = {-1, -1};
};

/// The error that `call` throws. A failure when it throws none.
kickmsg::Error error_of(std::function<void()> const& call);

/// Sends `value`, or fails.
void send(kickmsg::Publisher& publisher, uint64_t value);
/// Receives all there is now.
std::vector<uint64_t> receive_all(kickmsg::Subscriber& subscriber);
/// How many slots a newcomer can take off the pool, one after another, with no recovery and no eviction: exactly those
/// that nobody holds. All are given back.
std::size_t allocatable(std::string const& name);

} // namespace kickmsg_test
