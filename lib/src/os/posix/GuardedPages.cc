#include "kickmsg/os/GuardedPages.h"

#if defined(KICKMSG_DEBUG_MEMORY)

#include <atomic>
#include <cerrno>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#if defined(__linux__)
#include <ucontext.h>
#endif

namespace kickmsg {
namespace os {

namespace {

constexpr int of_nobody = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;

void (*explanation)(void const* address, Access access) = nullptr;
struct sigaction before_segv;
struct sigaction before_bus;

Access access_of([[maybe_unused]] void* context) noexcept
{
#if defined(__linux__) && defined(__x86_64__) && defined(REG_ERR)
    constexpr greg_t by_write = 2; // in the error code of a page fault
    return (static_cast<ucontext_t*>(context)->uc_mcontext.gregs[REG_ERR] & by_write) != 0 ? Access::Write
                                                                                           : Access::Read;
#else
    return Access::Unknown;
#endif
}

/// Where there was no handler, the instruction faults again after the return, and that ends the program; a signal that was sent is sent again.
void hand_on(int signal, siginfo_t* info, void* context) noexcept
{
    struct sigaction const& before = signal == SIGBUS ? before_bus : before_segv;
    if ((before.sa_flags & SA_SIGINFO) != 0) {
        before.sa_sigaction(signal, info, context);
    } else if (before.sa_handler != SIG_DFL && before.sa_handler != SIG_IGN) {
        before.sa_handler(signal);
    } else {
        sigaction(signal, &before, nullptr);
        if (info->si_code <= 0) {
            raise(signal);
        }
    }
}

void on_fault(int signal, siginfo_t* info, void* context)
{
    int const error = errno;
    explanation(info->si_addr, access_of(context));
    errno = error;
    hand_on(signal, info, context);
}

} // namespace

std::size_t page_size() noexcept
{
    static std::size_t const size = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
    return size;
}

void* take_pages(std::size_t bytes) noexcept
{
    void* const pages = mmap(nullptr, bytes, PROT_NONE, of_nobody, -1, 0);
    return pages != MAP_FAILED ? pages : nullptr;
}

void give_back_pages(void* pages, std::size_t bytes) noexcept
{
    munmap(pages, bytes);
}

bool allow_writing(void* pages, std::size_t bytes) noexcept
{
    return mprotect(pages, bytes, PROT_READ | PROT_WRITE) == 0;
}

bool allow_reading(void* pages, std::size_t bytes) noexcept
{
    return mprotect(pages, bytes, PROT_READ) == 0;
}

void forbid(void* pages, std::size_t bytes) noexcept
{
    // one step, or another thread's mapping could come between
    if (mmap(pages, bytes, PROT_NONE, of_nobody | MAP_FIXED, -1, 0) == MAP_FAILED) {
        mprotect(pages, bytes, PROT_NONE);
    }
}

bool explain_faults_by(void (*explain)(void const* address, Access access)) noexcept
{
    static std::atomic<bool> is_there{false};
    if (is_there.exchange(true)) {
        return true;
    }
    explanation = explain;
    struct sigaction action {};
    action.sa_sigaction = on_fault;
    action.sa_flags     = SA_SIGINFO | SA_ONSTACK;
    sigemptyset(&action.sa_mask);
    return sigaction(SIGSEGV, &action, &before_segv) == 0 && sigaction(SIGBUS, &action, &before_bus) == 0;
}

void write_error(char const* text, std::size_t length) noexcept
{
    ssize_t const written = write(STDERR_FILENO, text, length);
    static_cast<void>(written);
}

} // namespace os
} // namespace kickmsg

#endif
