/// Proof of life by an open-file-description lock on one byte of the region's file, at the offset of the incarnation.
///
/// The lock belongs to the open description. The description is kept by one private mapping of one page, taken with
/// MADV_DONTFORK, and by nothing else: its descriptor is closed. So the lock lives exactly as long as this address
/// space: a forked child does not inherit it, closefrom() does not end it, exec and SIGKILL do, before the zombie
/// can be reaped. A lock does not conflict with its own description, so it is probed through another one.
#include "kickmsg/os/Liveness.h"

#include "../posix/Guards.h"
#include "Generation.h"
#include "OwnFile.h"
#include "Refusal.h"

#include <cerrno>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

namespace kickmsg {
namespace os {

namespace {

constexpr off_t participants_end = off_t{1} << 41; ///< incarnations have 40 bits
constexpr int   page             = 4096;           ///< munmap rounds up to the real size

struct flock byte_of(Role role, uint64_t incarnation) noexcept
{
    struct flock lock {};
    lock.l_type   = F_WRLCK;
    lock.l_whence = SEEK_SET;
    lock.l_start  = static_cast<off_t>(incarnation) + (role == Role::Replacer ? participants_end : 0);
    lock.l_len    = 1;
    return lock;
}

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
    NoCancellation const whole;
    if (native.is_mine(native.descriptor)) {
        return is_locked(native, native.descriptor, lock);
    }
    // The descriptor was closed wholesale by the program around us: ask through a new one.
    Description const again(native, O_RDONLY);
    return is_locked(native, again.fd(), lock);
}

[[noreturn]] void refuse(SharedMemory const& memory, Call call)
{
    kickmsg::os::refuse(call, memory.name(), errno);
}

[[noreturn]] void refuse(SharedMemory const& memory, Ways const& ways)
{
    kickmsg::os::refuse(Call::ProofOpen, memory.native(), ways);
}

} // namespace

ProofOfLife::ProofOfLife(SharedMemory const& memory, Role role, uint64_t incarnation)
{
    Birth const          birth  = Birth::now();
    auto const&          native = memory.native();
    NoCancellation const whole;
    NoSignals const      no_handler;
    NoForks const        no_fork;
    Description const    own(native, O_RDWR);
    if (own.fd() < 0) {
        refuse(memory, own.ways());
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
    hold_ = Sole<Hold>(Hold{mapped, birth});
}

ProofOfLife::~ProofOfLife()
{
    // A child does not have the page: the address may be another's. One that shares its parent's memory would end the parent.
    if (hold_.get().by != nullptr && hold_.get().birth.may_end()) {
        munmap(hold_.get().by, page);
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
