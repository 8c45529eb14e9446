#include "Stop.h"

#include "Output.h"

#include <csignal>
#include <ctime>
#include <initializer_list>

namespace kickmsg_tools {

namespace {

volatile std::sig_atomic_t stopped = 0;

void note(int /*signal*/) noexcept
{
    stopped = 1;
}

} // namespace

void catch_signals() noexcept
{
    struct sigaction action {};
    action.sa_handler = note;
    for (int const signal : {SIGINT, SIGTERM, SIGHUP}) {
        (void)sigaction(signal, &action, nullptr);
    }
}

bool is_stopped() noexcept
{
    return stopped != 0 || !is_output_open();
}

void pause_for(std::chrono::nanoseconds time) noexcept
{
    if (time.count() <= 0) {
        return;
    }
    timespec pause{};
    pause.tv_sec  = static_cast<time_t>(time.count() / 1000000000);
    pause.tv_nsec = static_cast<long>(time.count() % 1000000000);
    (void)nanosleep(&pause, nullptr);
}

} // namespace kickmsg_tools
