/// Proof of life by a named pipe that nobody ever connects to: its name exists as long as a server handle to it.
///
/// The kernel closes the handles of a process when its last thread has ended, and before the process object is
/// signalled, so the name is there while any instruction of the process may still run and gone when a process that waits for its end
/// returns. The handles are not inheritable, and a handle is closed by nobody but its owner.
///
/// Why a pipe, and not the process handle and creation time of the record: a proof is taken before there is a record, it
/// ends with a handle within a process that lives on, and it needs no word in shared memory that a faulty process could
/// overwrite. Why not an event or a mutex: those are probed by opening them, and a process that has one open keeps it in being,
/// so that a prober that is stopped, or several that take turns, would keep the dead alive. WaitNamedPipe asks the pipe
/// file system for the name and opens nothing.
#include "kickmsg/os/Liveness.h"

#include "Native.h"
#include "kickmsg/Error.h"

#include <cerrno>
#include <cstdio>
#include <memory>

namespace kickmsg {
namespace os {

namespace {

constexpr uint64_t everybody = 0; ///< no incarnation: the pipe that each participant holds an instance of

/// A participant's own pipe, and its instance of everybody's; a replacer has the former alone.
struct Proof {
    Handle own;
    Handle everybodys;
};

struct PipeName {
    char text[MAX_PATH] = {};

    PipeName(SharedMemory::Native const& native, Role role, uint64_t incarnation) noexcept
    {
        std::snprintf(text, sizeof(text), "\\\\.\\pipe\\kickmsg-life.%c%llx.%s", role == Role::Replacer ? 'r' : 'p',
                      static_cast<unsigned long long>(incarnation), native.lives.c_str());
    }
};

Handle create(PipeName const& name, DWORD flags, DWORD instances) noexcept
{
    return Handle(CreateNamedPipeA(name.text, PIPE_ACCESS_INBOUND | flags,
                                   PIPE_TYPE_BYTE | PIPE_WAIT | PIPE_REJECT_REMOTE_CLIENTS, instances, 0, 0, 0,
                                   nullptr));
}

/// Returns: false only when there is no pipe of that name.
bool exists(PipeName const& name) noexcept
{
    return WaitNamedPipeA(name.text, 1) != 0 || GetLastError() != ERROR_FILE_NOT_FOUND;
}

[[noreturn]] void refuse(SharedMemory const& memory, DWORD error)
{
    throw Error(ErrorCode::System, memory.name(),
                "cannot take a proof of life: cannot create a pipe: " + describe(error), static_cast<int>(error));
}

} // namespace

ProofOfLife::ProofOfLife(SharedMemory const& memory, Role role, uint64_t incarnation)
{
    auto proof = std::make_unique<Proof>();
    proof->own = create(PipeName(memory.native(), role, incarnation), FILE_FLAG_FIRST_PIPE_INSTANCE, 1);
    if (!proof->own) {
        DWORD const error = GetLastError();
        if (error == ERROR_ACCESS_DENIED || error == ERROR_PIPE_BUSY) {
            throw Error(ErrorCode::System, memory.name(),
                        "cannot take a proof of life: incarnation " + std::to_string(incarnation) + " has one already",
                        EAGAIN);
        }
        refuse(memory, error);
    }
    if (role == Role::Participant) {
        proof->everybodys = create(PipeName(memory.native(), role, everybody), 0, PIPE_UNLIMITED_INSTANCES);
        if (!proof->everybodys) {
            refuse(memory, GetLastError());
        }
    }
    hold_ = Sole<Hold>(Hold{proof.release(), Birth()});
}

ProofOfLife::~ProofOfLife()
{
    delete static_cast<Proof*>(hold_.get().by);
}

bool is_alive(SharedMemory const& memory, Role role, uint64_t incarnation) noexcept
{
    return incarnation != 0 && exists(PipeName(memory.native(), role, incarnation));
}

bool is_anyone_alive(SharedMemory const& memory) noexcept
{
    return exists(PipeName(memory.native(), Role::Participant, everybody));
}

uint64_t process_id() noexcept
{
    return GetCurrentProcessId();
}

} // namespace os
} // namespace kickmsg
