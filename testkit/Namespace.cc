#include "Namespace.h"

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <sched.h>
#include <stdexcept>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace kickmsg_testkit {

namespace {

constexpr int not_permitted = 77;

int reap(pid_t pid)
{
    int status = 0;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

bool write_text(char const* path, std::string const& text)
{
    int const  fd   = open(path, O_WRONLY | O_CLOEXEC);
    bool const done = fd >= 0 && write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
    if (fd >= 0) {
        close(fd);
    }
    return done;
}

/// An id that means itself.
std::string itself(unsigned id)
{
    return std::to_string(id) + " " + std::to_string(id) + " 1";
}

int reuses_a_pid()
{
    pid_t const first = fork();
    if (first == 0) {
        _exit(0);
    }
    reap(first);
    if (!choose_next_pid(first)) {
        return not_permitted;
    }
    pid_t const second = fork();
    if (second == 0) {
        _exit(0);
    }
    reap(second);
    return first == second ? 0 : not_permitted;
}

} // namespace

int in_child(std::function<int()> const& probe)
{
    pid_t const child = fork();
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        int code = not_permitted;
        try {
            code = probe();
        } catch (std::exception const&) {
            code = not_permitted;
        }
        _exit(code);
    }
    return child < 0 ? not_permitted : reap(child);
}

bool enter_namespaces(int flags)
{
    if (unshare(flags) == 0) {
        return true;
    }
    std::string const user  = itself(geteuid());
    std::string const group = itself(getegid());
    return unshare(CLONE_NEWUSER | flags) == 0 && write_text("/proc/self/setgroups", "deny") &&
           write_text("/proc/self/uid_map", user) && write_text("/proc/self/gid_map", group);
}

std::string why_no_pid_namespace()
{
    int const code = in_child([] { return in_pid_namespace([] { return getpid() == 1 ? 0 : 1; }); });
    return code == 0 ? ""
                     : "a pid namespace is not permitted here (neither as root "
                       "nor by a user namespace)";
}

std::string why_no_chosen_pid()
{
    std::string const why  = why_no_pid_namespace();
    int const         code = why.empty() ? in_child([] { return in_pid_namespace(reuses_a_pid); }) : not_permitted;
    return !why.empty() ? why : code == 0 ? "" : "/proc/sys/kernel/ns_last_pid cannot be written here";
}

int in_pid_namespace(std::function<int()> const& body)
{
    if (!enter_namespaces(CLONE_NEWPID)) {
        throw std::runtime_error(std::string("unshare: ") + std::strerror(errno));
    }
    pid_t const first = fork();
    if (first == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        int code = 99;
        try {
            code = body();
        } catch (std::exception const& error) {
            std::fprintf(stderr, "in the pid namespace: %s\n", error.what());
        }
        _exit(code);
    }
    if (first < 0) {
        throw std::runtime_error(std::string("fork: ") + std::strerror(errno));
    }
    return reap(first);
}

bool choose_next_pid(int pid)
{
    return write_text("/proc/sys/kernel/ns_last_pid", std::to_string(pid - 1));
}

Heir::Heir()
{
    prctl(PR_SET_CHILD_SUBREAPER, 1);
}

Heir::~Heir()
{
    prctl(PR_SET_CHILD_SUBREAPER, 0);
}

void Heir::wait_for_all()
{
    while (waitpid(-1, nullptr, 0) > 0 || errno == EINTR) {
    }
}

} // namespace kickmsg_testkit
