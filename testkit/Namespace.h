/// Namespaces of a process's own: as root, or by a user namespace where that is permitted.
#pragma once

#include <functional>
#include <string>

namespace kickmsg_testkit {

/// This process, which has one thread, gets new namespaces (CLONE_NEW…), and keeps its user and group in them.
/// Returns: false when it is not permitted; it may have got some of them.
bool enter_namespaces(int flags);

/// Runs `body` in a forked child. Returns: its exit code; 77 when it threw or could not be forked.
int in_child(std::function<int()> const& body);

/// Why a process cannot be put into a pid namespace of its own here; empty when it can.
std::string why_no_pid_namespace();

/// Why pids cannot be chosen in such a namespace; empty when they can.
std::string why_no_chosen_pid();

/// In a forked child: runs `body` as the first process of a new pid namespace, which dies with the caller.
/// Returns: what `body` returns. Errors: std::runtime_error when it is not permitted.
int in_pid_namespace(std::function<int()> const& body);

/// The next process that is forked in this pid namespace gets `pid`. Returns: whether the kernel took it.
bool choose_next_pid(int pid);

/// While it lives, orphans of this process's children become its own.
class Heir {
public:
    Heir();
    Heir(Heir const&)            = delete;
    Heir& operator=(Heir const&) = delete;
    ~Heir();
    /// Waits for every child, whosever it was.
    void wait_for_all();
};

} // namespace kickmsg_testkit
