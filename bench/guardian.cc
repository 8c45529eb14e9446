#include "guardian.h"

#include "leftovers.h"
#include "process.h"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <ctime>
#include <fstream>
#include <stdexcept>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace kickmsg {
namespace bench {
namespace {

// A signal handler reads these.
volatile sig_atomic_t guardian_pid = 0;
volatile sig_atomic_t to_guardian  = -1; ///< the writing end: everything forked holds it, nothing executed does

bool is_roudi(pid_t pid)
{
    std::ifstream file("/proc/" + std::to_string(pid) + "/comm");
    std::string   name;
    return std::getline(file, name) && name == "iox-roudi";
}

/// The driver's death has asked it to end; where it does not within three seconds, it is killed.
void wait_for_daemon(pid_t daemon)
{
    timespec const instant = {0, 10'000'000};
    for (int turn = 0; turn < 300 && daemon > 0 && is_roudi(daemon); ++turn) {
        nanosleep(&instant, nullptr);
    }
    if (daemon > 0 && is_roudi(daemon)) {
        kill(-daemon, SIGKILL);
        nanosleep(&instant, nullptr);
    }
}

/// Ends with the last holder of the writing end: the driver, and what it forked.
[[noreturn]] void guard(int from_driver, Notebook const& notebook)
{
    setsid();
    for (int number : {SIGINT, SIGTERM, SIGHUP, SIGALRM}) {
        std::signal(number, SIG_IGN);
    }
    pid_t daemon = 0;
    for (pid_t told = 0;;) {
        ssize_t const got = read(from_driver, &told, sizeof(told));
        if (got == static_cast<ssize_t>(sizeof(told))) {
            daemon = told;
        } else if (got >= 0 || errno != EINTR) {
            break;
        }
    }
    wait_for_daemon(daemon);
    if (remove_leftovers(notebook.content())) {
        notebook.remove(); // else the next run tries again
    }
    _exit(0);
}

} // namespace

Guardian::Guardian()
{
    sweep_after_dead_runs();
    static Notebook const notebook(region_name("").substr(1));
    int                   ends[2];
    if (pipe(ends) != 0 || fcntl(ends[0], F_SETFD, FD_CLOEXEC) != 0 || fcntl(ends[1], F_SETFD, FD_CLOEXEC) != 0) {
        throw std::runtime_error(std::string("no pipe: ") + std::strerror(errno));
    }
    pid_t const pid = fork();
    if (pid < 0) {
        throw std::runtime_error(std::string("no fork: ") + std::strerror(errno));
    }
    if (pid == 0) {
        close(ends[1]);
        guard(ends[0], notebook);
    }
    close(ends[0]);
    to_guardian  = ends[1];
    guardian_pid = pid;
}

Guardian::~Guardian()
{
    dismiss_guardian();
}

void tell_guardian_of_daemon(pid_t pid)
{
    if (to_guardian >= 0) {
        ssize_t const told = write(to_guardian, &pid, sizeof(pid)); // nothing is sent where there is no guardian
        static_cast<void>(told);
    }
}

void dismiss_guardian()
{
    auto const pid = static_cast<pid_t>(guardian_pid);
    if (pid > 0) {
        guardian_pid = 0;
        close(to_guardian);
        to_guardian            = -1;
        timespec const instant = {0, 1'000'000};
        for (int turn = 0; turn < 10'000 && waitpid(pid, nullptr, WNOHANG) == 0; ++turn) {
            nanosleep(&instant, nullptr);
        }
    }
}

} // namespace bench
} // namespace kickmsg
