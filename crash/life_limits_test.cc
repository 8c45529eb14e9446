/// Proof of life of processes that are stopped, that have no descriptor to spare, and that opened a region twice.
#include "HolderFixture.h"

#include <chrono>
#include <csignal>
#include <fcntl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

using namespace kickmsg_crash;
using namespace kickmsg_crash::life;

namespace {

/// Longer than whatever the library waits for: slices of up to 320 ms, about a second for a replacer that is stopped.
constexpr auto longer_than_any_time_out = std::chrono::milliseconds(1500);

} // namespace

TEST_F(Life, AProcessStoppedForLongerThanAnyTimeOutIsAlive)
{
    Child child(holding(name()));
    child.wait_ready();
    child.signal(SIGSTOP);
    expect_nothing_taken();
    std::this_thread::sleep_for(longer_than_any_time_out);
    expect_nothing_taken();
    child.signal(SIGCONT);
    expect_to_end_well(child);
}

TEST_F(Life, AProcessKilledWhileItIsStoppedIsDead)
{
    Child child(holding(name()));
    child.wait_ready();
    child.signal(SIGSTOP);
    expect_nothing_taken();
    child.kill();
    expect_all_back();
}

TEST_F(Life, AProcessUnderADebuggerIsAlive)
{
    Child child(holding(name()));
    child.wait_ready();
    ASSERT_EQ(ptrace(PTRACE_SEIZE, child.pid(), nullptr, nullptr), 0) << std::strerror(errno);
    ASSERT_EQ(ptrace(PTRACE_INTERRUPT, child.pid(), nullptr, nullptr), 0) << std::strerror(errno);
    int status = 0;
    ASSERT_EQ(waitpid(child.pid(), &status, __WALL), child.pid());
    ASSERT_TRUE(WIFSTOPPED(status));
    std::this_thread::sleep_for(longer_than_any_time_out);
    expect_nothing_taken();
    ASSERT_EQ(ptrace(PTRACE_DETACH, child.pid(), nullptr, nullptr), 0) << std::strerror(errno);
    expect_to_end_well(child);
}

TEST_F(Life, ASleeperStoppedBeyondItsOwnTimeOutIsAliveAndHearsWhatCame)
{
    Child child([&](Child& self) {
        auto       opened = SharedRegion::open(name());
        Subscriber sleeper(opened);
        self.ready();
        auto const message = sleeper.receive(std::chrono::milliseconds(300));
        return message && Message::identify(message->data(), message->len()) >> 32 == observer ? 0 : 1;
    });
    child.wait_ready();
    std::this_thread::sleep_for(std::chrono::milliseconds(50)); // asleep, most likely; either way it is true
    child.signal(SIGSTOP);
    std::this_thread::sleep_for(longer_than_any_time_out);
    expect_nothing_taken();
    child.signal(SIGCONT);
    EXPECT_EQ(child.join(), 0);
    expect_nothing_left();
}

namespace {

/// No descriptor can be had any more: as in a program that leaks them.
void use_up_descriptors()
{
    rlimit limit{};
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = 32;
    setrlimit(RLIMIT_NOFILE, &limit);
    while (open("/dev/null", O_RDONLY) >= 0) {
    }
}

} // namespace

TEST_F(Life, IsAskedForWithoutADescriptorToSpare)
{
    Child living(holding(name()));
    living.wait_ready();
    Child dying(holding(name(), {}, holder + 1));
    dying.wait_ready();
    Child poor([&](Child& self) {
        auto opened = SharedRegion::open(name());
        use_up_descriptors();
        bool const before = total(opened.recover()) == 0 && opened.diagnose().dead_participants == 0;
        self.pause();
        auto const report = opened.recover();
        return before && report.participants == records_of_a_holder && report.rings == 1 ? 0 : 1;
    });
    poor.wait_ready();
    dying.kill();
    poor.go_on();
    EXPECT_EQ(poor.join(), 0);
    expect_nothing_taken();
    expect_to_end_well(living);
}

TEST_F(Life, WhereNobodyCanBeAskedNobodyIsTakenForDead)
{
    Child living(holding(name()));
    living.wait_ready();
    Child dying(holding(name(), {}, holder + 1));
    dying.wait_ready();
    Child poor([&](Child& self) {
        auto opened = SharedRegion::open(name());
        for (int fd = 3; fd < 1024; ++fd) { // closes the library's descriptor too
            if (fd != self.kept_descriptor(0) && fd != self.kept_descriptor(1)) {
                close(fd);
            }
        }
        use_up_descriptors();
        self.pause();
        bool const nobody = total(opened.recover()) == 0 && opened.diagnose().dead_participants == 0;
        for (int fd = 16; fd < 32; ++fd) {
            if (fd != self.kept_descriptor(0) && fd != self.kept_descriptor(1)) {
                close(fd); // now it can ask again
            }
        }
        auto const report = opened.recover();
        return nobody && report.participants == records_of_a_holder && report.rings == 1 ? 0 : 1;
    });
    poor.wait_ready();
    dying.kill();
    poor.go_on();
    EXPECT_EQ(poor.join(), 0);
    expect_nothing_taken();
    expect_to_end_well(living);
}

TEST_F(Life, AParticipantWithoutADescriptorToSpareIsAlive)
{
    Child child(holding(name(), [](Holding&, Child&) { use_up_descriptors(); }));
    child.wait_ready();
    expect_nothing_taken();
    expect_to_end_well(child);
}

TEST_F(Life, ClosingOneOpeningOfARegionLeavesTheOtherAlive)
{
    Child child(holding(name(), [&](Holding&, Child&) {
        {
            Holding const again(name(), holder + 1);
        }
        // a descriptor of the file that others open and close ends the locks of a process, but not these
        close(open(("/dev/shm" + name()).c_str(), O_RDWR));
    }));
    child.wait_ready();
    expect_nothing_taken();
    child.kill();
    expect_all_back();
}

TEST_F(Life, BothOpeningsOfARegionDieWithTheirProcess)
{
    Child child(holding(name(), [&](Holding&, Child& self) {
        Holding const again(name(), holder + 1);
        self.pause();
    }));
    child.wait_ready();
    expect_nothing_taken();
    child.kill();
    auto const report = region().recover();
    EXPECT_EQ(report.participants, 2 * records_of_a_holder);
    EXPECT_EQ(report.rings, 2U);
    expect_nothing_left();
}
