/// What a thread holds off for a few system calls.
#pragma once

#include <initializer_list>
#include <pthread.h>
#include <signal.h>

namespace kickmsg {
namespace os {

/// No cancellation of this thread in this scope: close(), open() and others are cancellation points, and a cancellation
/// that acts inside a `noexcept` function or a destructor ends the process. It acts at the thread's next one.
class NoCancellation {
public:
    NoCancellation() noexcept
    {
        pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before_);
    }
    NoCancellation(NoCancellation const&)            = delete;
    NoCancellation& operator=(NoCancellation const&) = delete;
    ~NoCancellation()
    {
        int ours = 0;
        pthread_setcancelstate(before_, &ours);
    }

private:
    int before_ = PTHREAD_CANCEL_ENABLE;
};

/// No handler of a signal that another sends runs in this thread. Faults of its own (SIGSEGV) go to their handlers.
inline sigset_t hold_off_signals() noexcept
{
    sigset_t all, before;
    sigfillset(&all);
    for (int const fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS, SIGABRT}) {
        sigdelset(&all, fault);
    }
    pthread_sigmask(SIG_SETMASK, &all, &before);
    return before;
}

/// hold_off_signals() for a scope: a handler that forks would wait for a lock that its own thread holds.
class NoSignals {
public:
    NoSignals() noexcept : before_(hold_off_signals()) {}
    NoSignals(NoSignals const&)            = delete;
    NoSignals& operator=(NoSignals const&) = delete;
    ~NoSignals()
    {
        pthread_sigmask(SIG_SETMASK, &before_, nullptr);
    }

private:
    sigset_t before_;
};

} // namespace os
} // namespace kickmsg
