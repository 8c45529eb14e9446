/// The generation of this copy of the address space, in a page that the kernel empties in every copy, however it is made
/// (MADV_WIPEONFORK): fork(), _Fork(), clone(). A copy finds 0 there, so that whatever it inherited is nobody's.
///
/// When a copy attaches for itself it takes a number that no ancestor had: one more than `last`, which is ordinary memory
/// and therefore inherited. `last` is raised before the number is used, so a copy made in between only skips one.
///
/// A kernel without the flag (before 4.14), and an emulator that says yes to it and does nothing, leave the handlers of
/// fork() to do the same. There, copies made without fork() pass unnoticed.
#include "Generation.h"

#include "../posix/Guards.h"
#include "kickmsg/Error.h"
#include "kickmsg/os/Liveness.h"

#include <cerrno>
#include <cstring>
#include <mutex>
#include <new>
#include <pthread.h>
#include <sys/mman.h>

#ifndef MADV_WIPEONFORK
#define MADV_WIPEONFORK 18
#endif

namespace kickmsg {
namespace os {

namespace {

using Word = std::atomic<uint64_t>;

constexpr std::size_t page = 4096; ///< rounded up to the real size by the kernel

Word undecided{0}; ///< until the first attachment
Word counted{0};   ///< where no page is wiped
Word last{0};

/// Held while a description with a lock is also reachable by a descriptor or a mapping that fork() would copy.
std::mutex& fork_guard() noexcept
{
    static std::mutex guard;
    return guard;
}

/// Of the thread that holds the guard for a fork().
sigset_t mask_before_fork;

/// Signals are off before the guard is taken: a handler that forks would wait for its own thread.
void before_fork() noexcept
{
    sigset_t const before = hold_off_signals();
    fork_guard().lock();
    mask_before_fork = before;
}

void after_fork() noexcept
{
    sigset_t const before = mask_before_fork;
    fork_guard().unlock();
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void in_child() noexcept
{
    counted.store(0, std::memory_order_relaxed); // relaxed: the child has one thread
    after_fork();
}

/// Returns: true, for the initialiser below: before main() there is one thread.
bool watch_forks() noexcept
{
    static std::atomic<bool> watched{false};
    if (!watched.exchange(true, std::memory_order_relaxed)) { // relaxed: guards nothing but the call itself
        pthread_atfork(before_fork, after_fork, in_child);
    }
    return true;
}

[[maybe_unused]] bool const watched_from_the_beginning = watch_forks();

/// A page of zeroes, or an error.
void* map_page(int sharing)
{
    void* const mapped = mmap(nullptr, page, PROT_READ | PROT_WRITE, sharing | MAP_ANONYMOUS, -1, 0);
    if (mapped == MAP_FAILED) {
        int const error = errno;
        throw Error(ErrorCode::System, "kickmsg", std::string("cannot map a page: ") + std::strerror(error), error);
    }
    return mapped;
}

/// Whether the kernel knows the advice: then it refuses it for shared memory. An emulator may say yes to any.
bool is_wiping_known()
{
    void* const shared  = map_page(MAP_SHARED);
    bool const  refused = madvise(shared, page, MADV_WIPEONFORK) != 0 && errno == EINVAL;
    munmap(shared, page);
    return refused;
}

/// Returns: null where no page can be wiped.
Word* wiped_word()
{
    bool const  known  = is_wiping_known();
    void* const mapped = map_page(MAP_PRIVATE);
    if (!known || madvise(mapped, page, MADV_WIPEONFORK) != 0) {
        munmap(mapped, page);
        return nullptr;
    }
    return new (mapped) Word(0);
}

/// Where the generation is; found once, by whichever thread comes first.
Word& decided_word()
{
    Word* found = generation_word.load(std::memory_order_acquire);
    if (found != &undecided) {
        return *found;
    }
    Word* const wiped = wiped_word();
    Word* const ours  = wiped != nullptr ? wiped : &counted;
    bool const  first =
        generation_word.compare_exchange_strong(found, ours, std::memory_order_acq_rel, std::memory_order_acquire);
    if (!first && wiped != nullptr) {
        // sometimes uncovered: of two threads that attach first, this one comes second by a few instructions
        munmap(wiped, page);
    }
    return first ? *ours : *found;
}

} // namespace

std::atomic<std::atomic<uint64_t>*> generation_word{&undecided};

uint64_t begin_generation()
{
    watch_forks();
    Word&    word  = decided_word();
    uint64_t known = word.load(std::memory_order_acquire);
    if (known != 0) {
        return known;
    }
    uint64_t const fresh = last.fetch_add(1, std::memory_order_seq_cst) + 1;
    return word.compare_exchange_strong(known, fresh, std::memory_order_seq_cst) ? fresh : known;
}

NoForks::NoForks() noexcept
{
    fork_guard().lock();
}

NoForks::~NoForks()
{
    fork_guard().unlock();
}

} // namespace os
} // namespace kickmsg
