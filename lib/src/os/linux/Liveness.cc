/// Proof of life by an open-file-description lock on one byte of the region's file, at the offset of the incarnation.
///
/// The lock belongs to the open description. The description is kept by one private mapping of one page, taken with
/// MADV_DONTFORK, and by nothing else: its descriptor is closed. So the lock lives exactly as long as this address
/// space: a forked child does not inherit it, closefrom() does not end it, exec and SIGKILL do, before the zombie
/// can be reaped. A lock does not conflict with its own description, so it is probed through another one.
#include "kickmsg/os/Liveness.h"

#include "Descriptor.h"
#include "Native.h"
#include "Refusal.h"

#include <cerrno>
#include <fcntl.h>
#include <mutex>
#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>
#include <utility>

namespace kickmsg {
namespace os {

std::atomic<uint32_t> fork_count{0};

namespace {

constexpr off_t participants_end = off_t{1} << 41; ///< incarnations have 40 bits
constexpr int   page             = 4096;           ///< munmap rounds up to the real size

/// Held while a description with a lock is also reachable by a descriptor or a mapping that fork() would copy.
std::mutex& fork_guard()
{
    static std::mutex guard;
    return guard;
}

void watch_forks()
{
    static int const registered = pthread_atfork([] { fork_guard().lock(); }, [] { fork_guard().unlock(); },
                                                 [] {
                                                     // relaxed: the child has one thread
                                                     fork_count.fetch_add(1, std::memory_order_relaxed);
                                                     fork_guard().unlock();
                                                 });
    (void)registered;
}

struct flock byte_of(Role role, uint64_t incarnation) noexcept
{
    struct flock lock {};
    lock.l_type   = F_WRLCK;
    lock.l_whence = SEEK_SET;
    lock.l_start  = static_cast<off_t>(incarnation) + (role == Role::Replacer ? participants_end : 0);
    lock.l_len    = 1;
    return lock;
}

/// A description of its own; closed at the end of the scope, whatever happens.
class Description {
public:
    explicit Description(std::string const& path) noexcept : fd_(open_above_standard(path.c_str(), O_RDWR)) {}
    Description(Description const&)            = delete;
    Description& operator=(Description const&) = delete;
    ~Description()
    {
        if (fd_ >= 0) {
            close(fd_);
        }
    }
    int fd() const noexcept
    {
        return fd_;
    }

private:
    int fd_;
};

/// Returns: false only when no living process holds a conflicting lock, and the question reached the right file.
bool is_locked(SharedMemory::Native const& native, int fd, struct flock lock) noexcept
{
    if (fcntl(fd, F_OFD_GETLK, &lock) != 0) {
        return true;
    }
    return lock.l_type != F_UNLCK || !native.is_mine(fd);
}

bool probe(SharedMemory::Native const& native, struct flock const& lock) noexcept
{
    if (native.is_mine(native.descriptor)) {
        return is_locked(native, native.descriptor, lock);
    }
    // The descriptor was closed wholesale by the program around us: ask through a new one.
    Description const again(native.path);
    return is_locked(native, again.fd(), lock);
}

[[noreturn]] void refuse(SharedMemory const& memory, Call call)
{
    kickmsg::os::refuse(call, memory.name(), errno);
}

} // namespace

ProofOfLife::ProofOfLife(SharedMemory const& memory, Role role, uint64_t incarnation)
{
    watch_forks();
    auto const&                       native = memory.native();
    std::lock_guard<std::mutex> const no_fork(fork_guard());
    Description const own(native.is_mine(native.descriptor) ? "/proc/self/fd/" + std::to_string(native.descriptor)
                                                            : native.path);
    if (own.fd() < 0 || !native.is_mine(own.fd())) {
        errno = own.fd() < 0 ? errno : ESTALE; // another file has the name by now
        refuse(memory, Call::ProofOpen);
    }
    void* const mapped = mmap(nullptr, page, PROT_READ, MAP_SHARED, own.fd(), 0);
    if (mapped == MAP_FAILED) {
        refuse(memory, Call::ProofMap);
    }
    struct flock lock = byte_of(role, incarnation);
    if (madvise(mapped, page, MADV_DONTFORK) != 0 || fcntl(own.fd(), F_OFD_SETLK, &lock) != 0) {
        int const error = errno;
        munmap(mapped, page);
        errno = error;
        refuse(memory, Call::ProofLock);
    }
    hold_ = mapped;
    born_ = forks();
}

ProofOfLife::ProofOfLife(ProofOfLife&& other) noexcept : hold_(other.hold_), born_(other.born_)
{
    other.hold_ = nullptr;
}

ProofOfLife& ProofOfLife::operator=(ProofOfLife&& other) noexcept
{
    std::swap(hold_, other.hold_);
    std::swap(born_, other.born_);
    return *this;
}

ProofOfLife::~ProofOfLife()
{
    if (hold_ != nullptr && born_ == forks()) { // a forked child does not have the page: the address may be another's
        munmap(hold_, page);
    }
}

bool is_alive(SharedMemory const& memory, Role role, uint64_t incarnation) noexcept
{
    return incarnation != 0 && probe(memory.native(), byte_of(role, incarnation));
}

bool is_anyone_alive(SharedMemory const& memory) noexcept
{
    struct flock all = byte_of(Role::Participant, 1);
    all.l_len        = participants_end - 1;
    return probe(memory.native(), all);
}

uint64_t process_id() noexcept
{
    return static_cast<uint64_t>(getpid());
}

} // namespace os
} // namespace kickmsg
