/// Counted victims by fork and signals.
#include "CountedVictim.h"

#include "RegionHeader.h"

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <sys/mman.h>
#include <sys/wait.h>
#include <system_error>
#include <thread>
#include <unistd.h>

#if defined(__linux__)
#include <sys/prctl.h>
#endif

namespace kickmsg_crash {

namespace {

constexpr unsigned watchdog_seconds = 60;
constexpr auto     quiet            = std::chrono::milliseconds(2); ///< long enough without a point to be asleep
constexpr unsigned most_pages       = 64;                           ///< more than the region of an arena has

int through[2] = {-1, -1}; ///< a pipe of the victim: it takes what may be read, and refuses the rest without a signal

/// Returns: whether memory begins as a region begins; false too where nothing may be read, as in a guard page of the heap.
bool begins_a_region(void const* begin) noexcept
{
    uint64_t word = 0;
    return write(through[1], begin, sizeof(word)) == sizeof(word) &&
           read(through[0], &word, sizeof(word)) == sizeof(word) && word == kickmsg::detail::region_magic;
}

/// Returns: the offset of an address in the region that it lies in, or nowhere: its page, or one before
/// it that is mapped as well, begins as a region begins.
std::size_t offset_in_region(void const* address) noexcept
{
    auto const size  = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
    auto const place = reinterpret_cast<uintptr_t>(address);
    auto       page  = place / size * size;
    for (unsigned i = 0; i < most_pages; ++i, page -= size) {
        auto* const begin = reinterpret_cast<void*>(page);
        if (msync(begin, size, MS_ASYNC) != 0) { // nothing is mapped there
            break;
        }
        if (begins_a_region(begin)) {
            return place - page;
        }
    }
    return kickmsg::detail::Counter::nowhere;
}

[[noreturn]] void live(CountedVictim::Shared& shared, Body const& body, Strike const& strike) noexcept
{
#if defined(__linux__)
    prctl(PR_SET_PDEATHSIG, SIGKILL);
#endif
    alarm(watchdog_seconds);
    if (pipe(through) != 0) {
        std::perror("a victim: pipe");
        _exit(EXIT_FAILURE);
    }
    shared.counter.place  = offset_in_region;
    shared.counter.strike = [](bool stops) { raise(stops ? SIGSTOP : SIGKILL); };
    _exit(live_until_struck(shared, body, strike));
}

} // namespace

CountedVictim::CountedVictim(Arena& arena, Operation const& operation, Strike const& strike,
                             std::function<void()> const& meanwhile)
{
    void* const shared = mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANON, -1, 0);
    if (shared == MAP_FAILED) {
        throw std::system_error(errno, std::generic_category(), "mmap");
    }
    shared_         = ::new (shared) Shared();
    Body const body = operation.body(arena);
    pid_            = fork();
    if (pid_ == 0) {
        live(*shared_, body, strike);
    }
    exists_ = pid_ > 0;
    try {
        wait_for_strike(meanwhile);
    } catch (...) {
        end();
        throw;
    }
}

CountedVictim::~CountedVictim()
{
    end();
}

void CountedVictim::end() noexcept
{
    if (exists_) {
        ::kill(pid_, SIGKILL);
        wait(0);
    }
    munmap(shared_, sizeof(Shared));
}

int CountedVictim::wait(int options) noexcept
{
    int changed = 0;
    while ((changed = waitpid(pid_, &status_, options)) < 0 && errno == EINTR) {
    }
    exists_ = exists_ && (changed == 0 || WIFSTOPPED(status_));
    return changed;
}

void CountedVictim::wait_for_strike(std::function<void()> const& meanwhile)
{
    if (!exists_) {
        throw std::system_error(errno, std::generic_category(), "fork");
    }
    if (meanwhile) {
        for (uint64_t seen = 0; wait(WUNTRACED | WNOHANG) == 0; std::this_thread::sleep_for(quiet)) {
            uint64_t const now = points();
            if (now != 0 && now == seen) {
                meanwhile();
            }
            seen = now;
        }
    } else {
        wait(WUNTRACED);
    }
    bool const struck = WIFSTOPPED(status_) || (WIFSIGNALED(status_) && WTERMSIG(status_) == SIGKILL);
    if (!struck) {
        throw std::runtime_error(std::string("the victim ended otherwise: ") + shared_->report.error);
    }
}

bool CountedVictim::run_to_end()
{
    if (exists_) {
        ::kill(pid_, SIGCONT);
        wait(0);
    }
    return WIFEXITED(status_) && WEXITSTATUS(status_) == 0;
}

} // namespace kickmsg_crash
