/// System calls that the kernel refuses to this process (seccomp).
#pragma once

#include <cstddef>
#include <cstdint>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

namespace kickmsg_test {

constexpr int not_permitted = 77; ///< exit code of a child that may not set a filter

/// A system call, and which of its arguments, of what is under `mask`, has to have `value`.
struct SystemCall {
    unsigned number;
    unsigned argument = 0;
    unsigned mask     = 0;
    unsigned value    = 0;
};

/// From here on this process gets `error` from such calls. Returns: false where that may not be asked for.
inline bool refuse(SystemCall const& call, int error)
{
    auto const  argument  = static_cast<unsigned>(offsetof(seccomp_data, args) + call.argument * sizeof(uint64_t));
    sock_filter program[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call.number, 0, 4),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, argument),
        BPF_STMT(BPF_ALU | BPF_AND | BPF_K, call.mask),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call.value, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | static_cast<unsigned>(error)),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    sock_fprog const filter{sizeof(program) / sizeof(program[0]), program};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

} // namespace kickmsg_test
