/// Calls of the living that do not come back: the one delay that nothing can be asked about afterwards.
#pragma once

#include "Failure.h"

#include <csignal>
#include <cstdio>
#include <string>
#include <sys/time.h>
#include <unistd.h>

namespace kickmsg_sweep {

/// While it lives, this process may use so much of a processor for calls of the library that sleep nowhere. It is not time that passes
/// but work that is done: a machine under load, or one that was suspended, changes nothing. Then the sweep ends as Failed at once.
class Patience {
public:
    static constexpr int seconds = 30;

    /// `state`: what is said of it.
    explicit Patience(std::string const& state)
    {
        (void)std::snprintf(
            text(), longest,
            "FAILED state %.60s: a call of the living has worked for %d s of processor time, and has not returned\n",
            state.c_str(), seconds);
        (void)std::signal(SIGPROF, give_up);
        set(seconds);
    }
    Patience(Patience const&)            = delete;
    Patience& operator=(Patience const&) = delete;
    ~Patience()
    {
        set(0);
    }

private:
    static constexpr std::size_t longest = 200;

    static char* text()
    {
        static char all[longest] = {};
        return all;
    }
    static void set(time_t after)
    {
        itimerval const once{{0, 0}, {after, 0}};
        setitimer(ITIMER_PROF, &once, nullptr);
    }
    static void give_up(int /*signal*/)
    {
        std::size_t length = 0;
        while (length < longest && text()[length] != '\0') {
            ++length;
        }
        bool const written = write(STDOUT_FILENO, text(), length) > 0; // the programs end with this one
        _exit(written ? Failed : CouldNot);
    }
};

} // namespace kickmsg_sweep
