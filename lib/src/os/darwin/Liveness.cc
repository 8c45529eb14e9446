/// Proof of life by a lock file per participant: a symbolic link that names the process which holds it, by number and start.
/// The holder is alive while that process runs and the link is there.
///
/// Why no lock of the system: one of fcntl() ends when the process closes any descriptor of the file, as a program that
/// closes all descriptors does, and the living would be taken for dead; one of flock() lives on in a forked child, and the dead
/// would be taken for living. The link needs no descriptor: nothing but the end of the process or unlink() ends it.
///
/// Against the contract: a process that calls exec() keeps its number and its start, so what it held before is taken for
/// alive until it ends. macOS has no pid namespaces.
#include "kickmsg/os/Liveness.h"

#include "../posix/Guards.h"
#include "Directory.h"
#include "Native.h"
#include "kickmsg/Error.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <unistd.h>

namespace kickmsg {
namespace os {

namespace {

std::string stem(SharedMemory const& memory, Role role)
{
    return proof_stem(memory.native().object, role == Role::Replacer ? 'r' : 'p');
}

std::string entry_of(SharedMemory const& memory, Role role, uint64_t incarnation)
{
    char number[20];
    std::snprintf(number, sizeof(number), "%llx", static_cast<unsigned long long>(incarnation));
    return stem(memory, role) + number;
}

} // namespace

ProofOfLife::ProofOfLife(SharedMemory const& memory, Role role, uint64_t incarnation)
{
    NoCancellation const whole;
    Birth const          birth = Birth::now();
    std::string const    entry = entry_of(memory, role, incarnation);
    auto                 path  = std::make_unique<std::string>(path_of(entry));
    std::string const    self  = Process::current().text();
    while (symlink(self.c_str(), path->c_str()) != 0) {
        int const error = errno;
        if (error == EEXIST && remove_dead(entry)) {
            continue;
        }
        if (error == EEXIST) {
            throw Error(ErrorCode::System, memory.name(),
                        "cannot take a proof of life: incarnation " + std::to_string(incarnation) + " has one already",
                        EAGAIN);
        }
        throw Error(ErrorCode::System, memory.name(),
                    "cannot take a proof of life: cannot make " + *path + ": " + std::strerror(error), error);
    }
    hold_ = Sole<Hold>(Hold{path.release(), birth});
}

ProofOfLife::~ProofOfLife()
{
    NoCancellation const               whole;
    std::unique_ptr<std::string> const path(static_cast<std::string*>(hold_.get().by));
    if (path && hold_.get().birth.may_end()) { // else it is the parent's
        unlink(path->c_str());
    }
}

bool is_alive(SharedMemory const& memory, Role role, uint64_t incarnation) noexcept
{
    NoCancellation const whole;
    try {
        return incarnation != 0 && is_held(entry_of(memory, role, incarnation));
    } catch (...) {
        return true;
    }
}

bool is_anyone_alive(SharedMemory const& memory) noexcept
{
    NoCancellation const whole;
    try {
        bool       alive = false;
        bool const read  = for_each_entry(stem(memory, Role::Participant), [&](std::string const& entry) {
            alive = is_held(entry);
            return !alive;
        });
        return alive || !read;
    } catch (...) {
        return true;
    }
}

} // namespace os
} // namespace kickmsg
