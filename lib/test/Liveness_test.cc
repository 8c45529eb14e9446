/// Proof of life, and the traps of file locks: each way in which a lock might outlive its process, or not live as long.
#include "RegionState.h"
#include "kickmsg/os/Liveness.h"
#include "proofs.h"
#include "support.h"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <linux/sched.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace kickmsg_test;
using namespace kickmsg::os;
using kickmsg::Publisher;
using kickmsg::SharedMemory;
using kickmsg::SharedRegion;
using kickmsg::Subscriber;

namespace {

/// A child that holds incarnation 5 and then runs `body`.
std::unique_ptr<Child> holder(Object& object, std::function<void(Child&)> const& body)
{
    auto child = std::make_unique<Child>([&](Child& self) {
        ProofOfLife const proof(object.memory, Role::Participant, 5);
        body(self);
        return 0;
    });
    child->wait_ready();
    return child;
}

/// Why fork() copies here what a process asked it not to; empty where it does not. A proof of life lives in such a page.
std::string why_fork_copies_all()
{
    auto const size   = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
    void*      mapped = mmap(nullptr, size, PROT_READ, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (mapped == MAP_FAILED || madvise(mapped, size, MADV_DONTFORK) != 0) {
        return "MADV_DONTFORK is refused here";
    }
    Child child([&](Child&) { return msync(mapped, size, MS_ASYNC) == 0 ? 1 : 0; }); // ENOMEM where nothing is mapped
    bool const copied = child.join() != 0;
    munmap(mapped, size);
    return copied ? "MADV_DONTFORK does nothing here: an emulator takes it for a hint" : "";
}

} // namespace

TEST(Liveness, DeathIsProvenBeforeTheZombieIsReaped)
{
    Object     object;
    auto const child = holder(object, [](Child& self) { self.pause(); });
    EXPECT_TRUE(lives(object.memory, 5));
    child->kill_without_reaping();
    EXPECT_FALSE(lives(object.memory, 5));
}

TEST(Liveness, AStoppedProcessIsAlive)
{
    Object     object;
    auto const child = holder(object, [](Child& self) { self.pause(); });
    child->signal(SIGSTOP);
    EXPECT_TRUE(lives(object.memory, 5));
    child->signal(SIGCONT);
}

TEST(Liveness, AForkedChildThatKeepsDescriptorsAndMappingsKeepsNobodyAlive)
{
    if (auto const why = why_fork_copies_all(); !why.empty()) {
        GTEST_SKIP() << why;
    }
    Object object;
    int    ends[2];
    ASSERT_EQ(pipe(ends), 0);
    auto const child = holder(object, [&](Child& self) {
        if (fork() == 0) {
            char          byte = 0;
            ssize_t const ended =
                read(ends[0], &byte, 1); // lives on, with every descriptor and mapping that fork gives
            _exit(ended == 1 ? 0 : 1);
        }
        self.pause();
    });
    EXPECT_TRUE(lives(object.memory, 5));
    child->kill();
    EXPECT_FALSE(lives(object.memory, 5));
    EXPECT_EQ(write(ends[1], "x", 1), 1);
    close(ends[0]);
    close(ends[1]);
}

TEST(Liveness, ClosingDescriptorsWholesaleIsNoDeath)
{
    Object     object;
    auto const child = holder(object, [](Child& self) {
        for (int fd = 3; fd < 1024; ++fd) {
            if (fd != self.kept_descriptor(0) && fd != self.kept_descriptor(1)) {
                close(fd);
            }
        }
        self.pause();
    });
    EXPECT_TRUE(lives(object.memory, 5));
    child->kill();
    EXPECT_FALSE(lives(object.memory, 5));
}

TEST(Liveness, AfterClosingDescriptorsWholesaleNobodyIsTakenForDead)
{
    Name const name;
    auto       living = make(name);
    Publisher  publisher(living);
    Child      child([&](Child& self) {
        auto region = SharedRegion::open(name);
        for (int fd = 3; fd < 1024; ++fd) {
            if (fd != self.kept_descriptor(0) && fd != self.kept_descriptor(1)) {
                close(fd);
            }
        }
        int const  stranger = memfd_create("stranger", 0); // takes the number of the region's descriptor
        bool const ok = stranger >= 0 && region.recover().participants == 0 && region.diagnose().dead_participants == 0;
        SharedMemory::unlink(name); // not even through the name can it be probed now: doubt means alive
        return ok && region.diagnose().dead_participants == 0 ? 0 : 1;
    });
    EXPECT_EQ(child.join(), 0);
    EXPECT_EQ(publisher.send("x", 1), 1);
}

TEST(Liveness, ExecIsDeath)
{
    Object     object;
    auto const child = holder(object, [](Child& self) {
        self.pause();
        execlp("sleep", "sleep", "60", nullptr);
    });
    EXPECT_TRUE(lives(object.memory, 5));
    child->go_on();
    while (lives(object.memory, 5)) { // ends when the new program has taken the place of the old
    }
    EXPECT_EQ(::kill(child->pid(), 0), 0) << "the process itself lives";
}

TEST(Liveness, AVforkedChildNeitherEndsNorKeepsItsParent)
{
    if (auto const why = why_fork_copies_all(); !why.empty()) {
        GTEST_SKIP() << why;
    }
    Object object;
    int    ends[2];
    ASSERT_EQ(pipe(ends), 0);
    auto const child = holder(object, [&](Child& self) {
        pid_t const program = vfork();
        if (program == 0) {
            execlp("sleep", "sleep", "60", nullptr);
            _exit(1);
        }
        if (write(ends[1], &program, sizeof(program)) == sizeof(program)) {
            self.pause();
        }
    });
    EXPECT_TRUE(lives(object.memory, 5));
    child->kill();
    EXPECT_FALSE(lives(object.memory, 5)) << "though the program it started still runs";
    pid_t program = -1;
    ASSERT_EQ(read(ends[0], &program, sizeof(program)), static_cast<ssize_t>(sizeof(program)));
    EXPECT_EQ(::kill(program, SIGKILL), 0);
    close(ends[0]);
    close(ends[1]);
}

TEST(Liveness, ANewProcessWithThePidOfADeadOneIsNotTakenForIt)
{
    Name const name;
    auto       region = make(name);
    Child      first([&](Child& self) {
        auto      opened = SharedRegion::open(name);
        Publisher publisher(opened);
        self.pause();
        return 0;
    });
    first.wait_ready();
    pid_t const pid = first.pid();
    first.kill();

    clone_args args{};
    args.exit_signal  = SIGCHLD;
    args.set_tid      = reinterpret_cast<uintptr_t>(&pid);
    args.set_tid_size = 1;
    auto const second = static_cast<pid_t>(syscall(SYS_clone3, &args, sizeof(args)));
    if (second == 0) {
        while (true) {
            ::pause();
        }
    }
    if (second < 0) {
        GTEST_SKIP() << "cannot choose a pid here: " << std::strerror(errno);
    }
    EXPECT_EQ(second, pid);
    EXPECT_EQ(region.diagnose().dead_participants, 2U);
    EXPECT_EQ(region.recover().participants, 2U);
    ::kill(second, SIGKILL);
    waitpid(second, nullptr, 0);
}

TEST(Liveness, InheritedHandlesAreInert)
{
    Name const name;
    auto       region = make(name);
    Publisher  publisher(region);
    Subscriber subscriber(region);
    send(publisher, 1);
    send(publisher, 2);
    auto  view = subscriber.try_receive_view();
    Child child([&](Child&) {
        bool ok = publisher.send("x", 1) == -EBADF && publisher.allocate(1) == nullptr && publisher.publish() == 0;
        ok      = ok && !subscriber.try_receive() && !subscriber.receive_view(std::chrono::seconds(1));
        ok      = ok && !view->valid() && view->data() == nullptr && view->len() == 0;
        try {
            region.recover();
            ok = false;
        } catch (kickmsg::Error const& error) {
            ok = ok && error.code() == kickmsg::ErrorCode::InvalidHandle;
        }
        view.reset(); // destructors do nothing to the region
        {
            Publisher const gone = std::move(publisher);
        }
        {
            Subscriber const gone = std::move(subscriber);
        }
        {
            SharedRegion const gone = std::move(region);
        }
        return ok ? 0 : 1;
    });
    EXPECT_EQ(child.join(), 0);
    EXPECT_TRUE(view->valid());
    EXPECT_EQ(region.stats().participants.size(), 3U);
    send(publisher, 3);
    EXPECT_EQ(receive_all(subscriber), (std::vector<uint64_t>{2, 3}));
}

TEST(Liveness, AForkedChildOpensTheRegionForItself)
{
    Name const name;
    auto       region = make(name);
    Subscriber subscriber(region);
    Child      child([&](Child&) {
        auto           own = SharedRegion::open(name);
        Publisher      publisher(own);
        uint64_t const value = 9;
        return publisher.send(&value, sizeof(value)) == 8 ? 0 : 1;
    });
    EXPECT_EQ(child.join(), 0);
    EXPECT_EQ(receive_all(subscriber), std::vector<uint64_t>{9});
    EXPECT_EQ(region.stats().participants.size(), 2U);
}

TEST(Liveness, TheDescriptorLimitIsAnErrorThatLosesNothing)
{
    Name const name;
    auto       region = make(name);
    Child      child([&](Child&) {
        auto         own = SharedRegion::open(name);
        rlimit const none{4, 4};
        setrlimit(RLIMIT_NOFILE, &none);
        while (open("/dev/null", O_RDONLY) >= 0) {
        }
        auto const error = error_of([&] { Publisher publisher(own); });
        return error.code() == kickmsg::ErrorCode::LimitReached && error.os_error() == EMFILE &&
                       own.diagnose().dead_participants == 0
                        ? 0
                        : 1;
    });
    EXPECT_EQ(child.join(), 0);
    EXPECT_EQ(region.stats().participants.size(), 1U);
}
