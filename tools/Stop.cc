#include "Stop.h"

#include "Output.h"

#include <csignal>
#include <ctime>
#include <initializer_list>
#include <poll.h>
#include <unistd.h>

namespace kickmsg_tools {

namespace {

volatile std::sig_atomic_t stopped = 0;

constexpr int requests[] = {SIGINT, SIGTERM, SIGHUP};

void note(int /*signal*/) noexcept
{
    stopped = 1;
}

/// A signal between a look and a sleep would be slept through: it is let in by the sleep alone.
bool wait_for(pollfd* file, std::chrono::nanoseconds time) noexcept
{
    timespec pause{};
    if (time.count() > 0) {
        pause.tv_sec  = static_cast<time_t>(time.count() / 1000000000);
        pause.tv_nsec = static_cast<long>(time.count() % 1000000000);
    }
    sigset_t shut, before;
    sigemptyset(&shut);
    for (int const signal : requests) {
        sigaddset(&shut, signal);
    }
    (void)sigprocmask(SIG_BLOCK, &shut, &before);
    bool const found = stopped == 0 && ppoll(file, file == nullptr ? 0 : 1, &pause, &before) > 0;
    (void)sigprocmask(SIG_SETMASK, &before, nullptr);
    return found;
}

} // namespace

void catch_signals() noexcept
{
    struct sigaction action {};
    action.sa_handler = note;
    for (int const signal : requests) {
        (void)sigaction(signal, &action, nullptr);
    }
}

bool is_stopped() noexcept
{
    return stopped != 0 || !is_output_open();
}

bool is_reader_gone() noexcept
{
    pollfd output{STDOUT_FILENO, 0, 0};
    return poll(&output, 1, 0) > 0 && (output.revents & (POLLERR | POLLHUP)) != 0;
}

void pause_for(std::chrono::nanoseconds time) noexcept
{
    if (time.count() > 0) {
        (void)wait_for(nullptr, time);
    }
}

bool wait_for_input(std::chrono::nanoseconds time) noexcept
{
    pollfd input{STDIN_FILENO, POLLIN, 0};
    return wait_for(&input, time);
}

} // namespace kickmsg_tools
