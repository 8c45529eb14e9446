/// What a thread holds off for a few system calls.
#pragma once

#include <pthread.h>
#include <signal.h>

namespace kickmsg {
namespace os {

/// No cancellation of this thread in this scope: close(), openat() and others are cancellation points, and one that acts
/// inside a `noexcept` function or a destructor would end the process. It acts at the caller's next one.
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

/// No signal handler runs in this thread in this scope: one that forks would wait for a lock that this thread holds.
class NoSignals {
public:
    NoSignals() noexcept
    {
        sigset_t all;
        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, &before_);
    }
    NoSignals(NoSignals const&)            = delete;
    NoSignals& operator=(NoSignals const&) = delete;
    ~NoSignals()
    {
        pthread_sigmask(SIG_SETMASK, &before_, nullptr);
    }

private:
    sigset_t before_{};
};

} // namespace os
} // namespace kickmsg
