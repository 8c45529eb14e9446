/// usage: kickmsg_old_kernel REGION (refuses | does-nothing | no-memory)
/// Uses a region, and forks, where the kernel does not know MADV_WIPEONFORK: it refuses it, as Linux before 4.14 does, or says
/// yes and does nothing, as qemu does; or has no memory for a page to ask it of. Exit code 77: this may not be asked for here.
#include "kickmsg/Publisher.h"
#include "kickmsg/Subscriber.h"

#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <string>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace kickmsg;

namespace {

/// From here on, `number` is answered so when its argument `argument` is `value`, and is not done.
bool answer(unsigned number, unsigned argument, unsigned value, int error)
{
    auto const  offset    = static_cast<unsigned>(offsetof(seccomp_data, args) + argument * sizeof(uint64_t));
    sock_filter program[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offset),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | static_cast<unsigned>(error)),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    sock_fprog const filter{sizeof(program) / sizeof(program[0]), program};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

/// Whether a child of this process finds its handles inert, and the region open to it.
bool is_fork_noticed(std::string const& name, int generations)
{
    auto        region = SharedRegion::create_or_open(name, channel::PubSub, {});
    Publisher   publisher(region);
    Subscriber  subscriber(region);
    pid_t const child = fork();
    if (child == 0) {
        bool ok = publisher.send("x", 1) == -EBADF;
        ok      = ok && (generations == 1 || is_fork_noticed(name, generations - 1));
        ok      = ok && publisher.send("x", 1) == -EBADF && !subscriber.try_receive();
        {
            Publisher const  gone         = std::move(publisher);
            Subscriber const gone_as_well = std::move(subscriber);
        }
        _exit(ok ? 0 : 1);
    }
    int status = 0;
    waitpid(child, &status, 0);
    while (subscriber.try_receive()) {
    }
    return status == 0 && publisher.send("x", 1) == 1 && subscriber.try_receive() &&
           region.diagnose().dead_participants == 0;
}

} // namespace

int main(int argc, char** argv)
{
    std::string const how = argc == 3 ? argv[2] : "";
    if (how == "no-memory") {
        if (!answer(SYS_mmap, 3, MAP_SHARED | MAP_ANONYMOUS, ENOMEM)) {
            return 77;
        }
        try {
            SharedRegion::create(argv[1], channel::PubSub, {});
        } catch (Error const& error) {
            return error.code() == ErrorCode::System && error.os_error() == ENOMEM ? 0 : 1;
        }
        return 1;
    }
    if (how != "refuses" && how != "does-nothing") {
        std::fputs("usage: kickmsg_old_kernel REGION (refuses | does-nothing | no-memory)\n", stderr);
        return 2;
    }
    if (!answer(SYS_madvise, 2, MADV_WIPEONFORK, how == "refuses" ? EINVAL : 0)) {
        return 77;
    }
    bool const noticed = is_fork_noticed(argv[1], 3);
    SharedMemory::unlink(argv[1]);
    return noticed ? 0 : 1;
}
