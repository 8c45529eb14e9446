/// What the unit tests share: names of their own, child processes, small configurations.
#pragma once

#include "kickmsg/Error.h"
#include "kickmsg/Publisher.h"
#include "kickmsg/Subscriber.h"
#include "kickmsg/os/SharedMemory.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <functional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace kickmsg_test {

/// Defined where a region is a file of /dev/shm under its own name.
#if defined(__linux__) && !defined(KICKMSG_DARWIN_STAND_IN)
#define KICKMSG_REGIONS_ARE_FILES
#endif

/// Bytes that a region name may have, with its slash.
#if defined(_WIN32)
constexpr std::size_t region_name_limit = 180;
#elif defined(KICKMSG_REGIONS_ARE_FILES)
constexpr std::size_t region_name_limit = 255;
#else
constexpr std::size_t region_name_limit = 200;
#endif

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

/// Keeps a region that nobody takes part in: on Windows it would end with its last user.
inline kickmsg::SharedMemory keep(std::string const& name)
{
    return kickmsg::SharedMemory::open(name);
}

class Child;
using Texts = std::vector<std::string>;

/// What a child process can be asked to run on every system: a function under a name, with texts as its arguments. Windows
/// starts this program anew, so nothing of the parent's memory comes along.
class ChildBody {
public:
    using Function = int (*)(Child& self, Texts const& texts);

    ChildBody(char const* name, Function function);
    char const* name() const noexcept
    {
        return name_;
    }
    Function function() const noexcept
    {
        return function_;
    }
    /// Null when there is none of this name.
    static ChildBody const* find(std::string const& name);

private:
    char const* name_;
    Function    function_;
};

/// Defines a body: KICKMSG_CHILD(sends_one) { ... self ... texts ... }, and then Child child(sends_one, {name}).
#define KICKMSG_CHILD(NAME)                                                                                            \
    int                           NAME##_function(kickmsg_test::Child& self, kickmsg_test::Texts const& texts);        \
    kickmsg_test::ChildBody const NAME(#NAME, NAME##_function);                                                        \
    int NAME##_function([[maybe_unused]] kickmsg_test::Child& self, [[maybe_unused]] kickmsg_test::Texts const& texts)

/// A child process; its exit code is what its body returns, 99 when it throws. Killed and reaped at the end of the scope
/// at the latest, and by the kernel when this process dies.
class Child {
public:
    Child(ChildBody const& body, Texts const& texts);
#if !defined(_WIN32)
    /// Forked: the body sees what the parent has.
    explicit Child(std::function<int(Child&)> const& body);
#endif
    Child(Child const&)            = delete;
    Child& operator=(Child const&) = delete;
    ~Child();

    // In the parent.
    void wait_ready(); ///< until the child calls ready()
    void go_on();      ///< lets the child return from pause()
    int  join();       ///< reaps it. Returns: its exit code, or minus the signal that ended it
    void kill();       ///< SIGKILL (TerminateProcess on Windows), and reaps it
    int  pid() const noexcept
    {
        return pid_;
    }

    // In the child.
    void ready(); ///< says so to the parent
    void pause(); ///< tells the parent, and waits for go_on(), or for ever

#if defined(_WIN32)
    bool has_ended() const noexcept;

    /// In the child: the ends of the pipes that it was started with.
    Child(void* to_parent, void* from_parent) noexcept : write_(to_parent), read_(from_parent) {}

private:
    int   pid_     = -1;
    void* process_ = nullptr;
    void* write_   = nullptr; ///< to the other process
    void* read_    = nullptr; ///< from it
#else
    void kill_without_reaping(); ///< SIGKILL, and waits until it is a zombie
    void signal(int number);
    /// Descriptors that ready() and pause() need.
    int kept_descriptor(int which) const noexcept
    {
        return which == 0 ? to_parent_[1] : to_child_[0];
    }

private:
    void start(std::function<int(Child&)> const& body);
    void close_ends();

    pid_t pid_          = -1;
    int   to_parent_[2] = {-1, -1};
    int   to_child_[2]  = {-1, -1};
#endif
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
