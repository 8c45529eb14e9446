/// A process that has been reaped, and whose address space somebody still reads: it counts as alive until that is over, and a
/// recovery by its pid waits for the proof.
#include "support.h"

#include "kickmsg/os/Liveness.h"

#include <chrono>
#include <csignal>
#include <cstdio>
#include <fcntl.h>
#include <string>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace kickmsg_test;
using namespace std::chrono_literals;
using kickmsg::Publisher;
using kickmsg::SharedRegion;

namespace {

constexpr std::size_t ballast = std::size_t{128} << 20;

/// A publisher with much memory of its own, which takes long to read of and long to let go.
int publish_with_ballast(std::string const& name, Child& self)
{
    auto      region = SharedRegion::open(name);
    Publisher publisher(region);
    auto*     memory =
        static_cast<char*>(mmap(nullptr, ballast, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    if (memory == MAP_FAILED) {
        return 1;
    }
    madvise(memory, ballast, MADV_NOHUGEPAGE);
    for (std::size_t at = 0; at < ballast; at += 4096) {
        memory[at] = 1;
    }
    self.pause();
    return 0;
}

/// Reads /proc/PID/smaps over and over, as monitors do.
int read_smaps_of(int pid, Child& self)
{
    static char       buffer[1 << 16];
    std::string const path = "/proc/" + std::to_string(pid) + "/smaps";
    for (bool first = true;; first = false) {
        int const fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
        if (fd < 0) {
            return 0; // reaped
        }
        while (read(fd, buffer, sizeof(buffer)) > 0) {
        }
        close(fd);
        if (first) {
            self.ready();
        }
    }
}

} // namespace

TEST(LateDeath, IsWaitedForByWhoKnowsThePid)
{
    Name const name;
    auto       region = make(name);
    for (int round = 0; round < 5; ++round) {
        Child publisher([&](Child& self) { return publish_with_ballast(name, self); });
        publisher.wait_ready();
        Child reader([&](Child& self) { return read_smaps_of(publisher.pid(), self); });
        reader.wait_ready();
        auto const pid = static_cast<uint64_t>(publisher.pid());
        publisher.kill(); // and reaps it
        auto const report = region.recover(pid, std::chrono::hours::max());
        EXPECT_EQ(report.participants, 2U) << "a publisher and its region";
        EXPECT_EQ(report.still_alive, 0U);
        reader.kill();
    }
}

TEST(LateDeath, OfALivingProcessIsNotMadeOfTime)
{
    Name const name;
    auto       region = make(name);
    Child      living([&](Child& self) {
        auto      own = SharedRegion::open(name);
        Publisher publisher(own);
        self.pause();
        return 0;
    });
    Child      dead([&](Child& self) {
        auto      own = SharedRegion::open(name);
        Publisher publisher(own);
        self.pause();
        return 0;
    });
    living.wait_ready();
    dead.wait_ready();
    dead.kill();
    auto const begin  = std::chrono::steady_clock::now();
    auto const report = region.recover(static_cast<uint64_t>(living.pid()), 30ms);
    EXPECT_GE(std::chrono::steady_clock::now() - begin, 30ms);
    EXPECT_EQ(report.still_alive, 2U) << "its publisher and its region";
    EXPECT_EQ(report.participants, 2U) << "the other process's are recovered all the same";
    EXPECT_EQ(region.recover(kickmsg::os::process_id(), -1s).still_alive, 1U) << "this very process lives, too";
    EXPECT_EQ(region.recover(static_cast<uint64_t>(dead.pid()), std::chrono::hours::max()).still_alive, 0U);
    living.go_on();
    EXPECT_EQ(living.join(), 0);
}
