#include "Waits.h"

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <map>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

namespace kickmsg_sweep {

namespace {

std::map<pid_t, int>& kept()
{
    static std::map<pid_t, int> all;
    return all;
}

std::optional<int> take(pid_t pid)
{
    auto const found = kept().find(pid);
    if (found == kept().end()) {
        return std::nullopt;
    }
    int const status = found->second;
    kept().erase(found);
    return status;
}

void set_ticks(suseconds_t microseconds)
{
    itimerval const every{{0, microseconds}, {0, microseconds}};
    setitimer(ITIMER_REAL, &every, nullptr);
}

} // namespace

std::optional<Waits::Status> Waits::any()
{
    int         status = 0;
    pid_t const pid    = waitpid(-1, &status, __WALL);
    return pid > 0 ? std::optional<Status>(Status{pid, status}) : std::nullopt;
}

std::optional<int> Waits::wait(pid_t pid)
{
    if (auto const status = take(pid)) {
        return status;
    }
    int status = 0;
    while (waitpid(pid, &status, __WALL) != pid) {
        if (errno != EINTR) {
            return std::nullopt;
        }
    }
    return status;
}

std::optional<int> Waits::poll(pid_t pid)
{
    if (auto const status = take(pid)) {
        return status;
    }
    int status = 0;
    return waitpid(pid, &status, __WALL | WNOHANG) == pid ? std::optional<int>(status) : std::nullopt;
}

void Waits::keep(Status const& status)
{
    kept()[status.pid] = status.status;
}

void Waits::clear()
{
    int status = 0;
    while (waitpid(-1, &status, __WALL | WNOHANG) > 0) {
    }
    kept().clear();
}

Ticks::Ticks()
{
    struct sigaction quiet = {};
    quiet.sa_handler       = [](int) {}; // without SA_RESTART: a wait ends
    sigaction(SIGALRM, &quiet, nullptr);
    set_ticks(100'000);
}

Ticks::~Ticks()
{
    set_ticks(0);
}

char state_of(pid_t tid)
{
    char      name[64], text[512];
    int const length = std::snprintf(name, sizeof(name), "/proc/%d/stat", tid);
    int const file   = length > 0 ? open(name, O_RDONLY | O_CLOEXEC) : -1;
    if (file < 0) {
        return 0;
    }
    ssize_t const got = read(file, text, sizeof(text) - 1);
    close(file);
    text[got > 0 ? got : 0]  = 0;
    char const* const closes = std::strrchr(text, ')'); // of the name, which may contain anything
    return closes != nullptr && closes[1] == ' ' ? closes[2] : '\0';
}

} // namespace kickmsg_sweep
