/// Processes of a measurement: how they are started, and that nothing of them stays behind.
#pragma once

#include "placement.h"

#include <sys/types.h>

#include <functional>
#include <string>

namespace kickmsg {
namespace bench {

using namespace kickmsg_testkit; // what measurements share

/// One end of a byte stream between parent and child: for set-up and hand-shakes, never inside a measurement.
class Line {
public:
    explicit Line(int fd) : fd_(fd) {}
    /// Errors: std::runtime_error when the other end is gone.
    void tell(char what) const;
    /// Errors: std::runtime_error when another byte comes, the other end is gone, or 10 s have passed.
    void hear(char what) const;
    int  fd() const
    {
        return fd_;
    }

private:
    int fd_;
};

/// A forked process, pinned to `processor`, that runs `body` and ends with its answer as exit code. It dies with its
/// parent and by itself after `seconds_to_live`. No handle of the library may be alive when it is started.
class Child {
public:
    Child(int processor, unsigned seconds_to_live, std::function<int(Line const&)> const& body);
    Child(Child const&)            = delete;
    Child& operator=(Child const&) = delete;
    /// Kills a child that has not ended.
    ~Child();
    /// SIGSTOP: returns when it is stopped. It can only be killed after that.
    void stop();
    /// SIGKILL: returns when it is dead.
    void kill();

    Line const& line() const
    {
        return line_;
    }
    /// Waits up to 10 s for the child's own end. Returns: its exit code; -1 when it was killed or did not end.
    int join();

private:
    pid_t pid_;
    Line  line_;
    bool  joined_ = false;
};

/// The beginning of the names of a process: KICKMSG_TEST_PREFIX, by default kmbench_<pid>, and "_".
std::string prefix_of(pid_t pid);
/// "/<prefix>_<suffix>".
std::string region_name(std::string const& suffix);

/// A region name of this run. It is unlinked when the object goes, and when a signal ends the program.
class RegionName {
public:
    /// region_name(suffix).
    explicit RegionName(std::string const& suffix);
    RegionName(RegionName const&)            = delete;
    RegionName& operator=(RegionName const&) = delete;
    ~RegionName();

    std::string const& str() const
    {
        return name_;
    }

private:
    std::string name_;
    int         place_;
};

/// A daemon that this program started: it gets SIGTERM in the cleanup below, and two seconds to end, then SIGKILL.
void note_daemon(pid_t pid);
/// The same now; nothing when there is none.
void stop_daemon();

/// A program that removes what killed children leave: run as `program clean tag` in the cleanup below, and when
/// run_cleaner() is called, once. Both are at most 255 bytes.
void note_cleaner(std::string const& program, std::string const& tag);
void run_cleaner();

/// On SIGINT, SIGTERM, SIGHUP and on a cell's time-out: children killed, regions unlinked, then the end.
void install_cleanup();
/// Ends the program, after that cleanup, unless called again within `seconds`; 0 calls it off.
void watchdog(unsigned seconds);

/// Memory that a child forked later shares, zeroed, present. Unmapped with the object.
class SharedBytes {
public:
    explicit SharedBytes(std::size_t size);
    SharedBytes(SharedBytes const&)            = delete;
    SharedBytes& operator=(SharedBytes const&) = delete;
    ~SharedBytes();
    unsigned char* data() const
    {
        return data_;
    }
    /// What a program that a child becomes maps it by; -1 where that is not possible (only Linux has such programs here).
    int fd() const
    {
        return fd_;
    }

private:
    unsigned char* data_;
    std::size_t    size_;
    int            fd_ = -1;
};

} // namespace bench
} // namespace kickmsg
