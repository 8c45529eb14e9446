/// Proof of life: processes that are dead though something of them lives on, and that live though it looks otherwise.
#include "HolderFixture.h"
#include "Namespace.h"

#include <atomic>
#include <chrono>
#include <csignal>
#include <fcntl.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

using namespace kickmsg_crash;
using namespace kickmsg_crash::life;
using namespace kickmsg_testkit;

TEST_F(Life, AZombieThatNobodyReapedIsDead)
{
    Child child(holding(name()));
    child.wait_ready();
    expect_nothing_taken();
    child.kill_without_reaping();
    expect_all_back();
}

TEST_F(Life, AForkedChildThatLivesOnKeepsNothingOfItsDeadParent)
{
    int question[2];
    int answer[2];
    ASSERT_TRUE(pipe(question) == 0 && pipe(answer) == 0);
    Child child(holding(name(), [&](Holding&, Child&) {
        if (fork() == 0) { // with every descriptor, mapping and handle that fork gives; ends when the test ends
            close(question[1]);
            char byte = 0;
            while (read(question[0], &byte, 1) == 1 && write(answer[1], &byte, 1) == 1) {
            }
            _exit(0);
        }
    }));
    child.wait_ready();
    close(question[0]);
    expect_nothing_taken();
    child.kill();
    char byte = 'x';
    EXPECT_TRUE(write(question[1], &byte, 1) == 1 && read(answer[0], &byte, 1) == 1) << "the forked child lives";
    expect_all_back();
    for (int const end : {question[1], answer[0], answer[1]}) {
        close(end);
    }
}

TEST_F(Life, TheDeathOfAForkedChildTakesNothingFromItsParent)
{
    Child child(holding(name(), [](Holding& all, Child&) {
        pid_t const ends = fork();
        if (ends == 0) {
            all.~Holding(); // as a program does that returns from main
            _exit(0);
        }
        waitpid(ends, nullptr, 0);
        pid_t const killed = fork();
        if (killed == 0) {
            ::pause();
        }
        ::kill(killed, SIGKILL);
        waitpid(killed, nullptr, 0);
    }));
    child.wait_ready();
    expect_nothing_taken();
    expect_to_end_well(child);
}

TEST_F(Life, ForksAtAnyMomentOfJoiningInheritNoLife)
{
    constexpr std::size_t many = 60;
    Heir                  heir;
    int                   alive[2];
    ASSERT_EQ(pipe(alive), 0);
    Child child([&](Child& self) {
        std::atomic<bool>      done{false};
        std::thread            forks([&] {
            close(alive[1]);
            for (int i = 0; i < 400 && !done; ++i) {
                if (fork() == 0) {
                    char byte = 0;
                    _exit(static_cast<int>(read(alive[0], &byte, 1))); // until the test ends
                }
            }
            done = true;
        });
        auto                   opened = SharedRegion::open(name());
        std::vector<Publisher> publishers;
        for (int turn = 0; turn < 100 && !done; ++turn) { // each takes its proof of life while the other thread forks
            publishers.clear();
            while (publishers.size() < many) {
                publishers.emplace_back(opened);
            }
        }
        done = true;
        forks.join();
        self.pause();
        return 0;
    });
    child.wait_ready();
    close(alive[0]);
    child.kill();
    EXPECT_EQ(region().recover().participants, many + 1) << "the forked children live";
    expect_nothing_left();
    close(alive[1]);
    heir.wait_for_all();
}

TEST_F(Life, AProcessThatExecutesAnotherProgramIsDead)
{
    Child child(holding(name(), [](Holding&, Child& self) {
        self.pause();
        execlp("sleep", "sleep", "600", nullptr);
    }));
    child.wait_ready();
    expect_nothing_taken();
    child.go_on();
    // until the program has taken its place: a few steps of the kernel after the call; the bound is a watchdog
    auto const end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (region().diagnose().dead_participants < records_of_a_holder && std::chrono::steady_clock::now() < end) {
    }
    EXPECT_EQ(::kill(child.pid(), 0), 0) << "the process lives";
    expect_all_back();
}

TEST_F(Life, AProgramStartedByAParticipantNeitherEndsNorKeepsIt)
{
    Heir  heir;
    pid_t program = -1;
    int   told[2];
    ASSERT_EQ(pipe(told), 0);
    Child child(holding(name(), [&](Holding&, Child&) {
        pid_t const started = fork();
        if (started == 0) {
            execlp("sleep", "sleep", "600", nullptr);
            _exit(1);
        }
        EXPECT_EQ(write(told[1], &started, sizeof(started)), static_cast<ssize_t>(sizeof(started)));
    }));
    child.wait_ready();
    ASSERT_EQ(read(told[0], &program, sizeof(program)), static_cast<ssize_t>(sizeof(program)));
    expect_nothing_taken();
    child.kill();
    EXPECT_EQ(::kill(program, 0), 0) << "the program lives";
    expect_all_back();
    ::kill(program, SIGKILL);
    heir.wait_for_all();
    close(told[0]);
    close(told[1]);
}

TEST_F(Life, ParticipantsOfAnotherPidNamespaceLiveAndDieLikeOthers)
{
    std::string const refused = why_no_pid_namespace();
    if (!refused.empty()) {
        GTEST_SKIP() << refused;
    }
    Heir  heir;
    Child child([&](Child& self) { return in_pid_namespace([&] { return holding(name())(self); }); });
    child.wait_ready();
    expect_nothing_taken();
    child.kill(); // its namespace dies with it
    heir.wait_for_all();
    expect_all_back();
}

TEST_F(Life, AnObserverInAnotherPidNamespaceTakesOnlyTheDead)
{
    std::string const refused = why_no_pid_namespace();
    if (!refused.empty()) {
        GTEST_SKIP() << refused;
    }
    Child living(holding(name()));
    living.wait_ready();
    Child dead(holding(name(), {}, holder + 1));
    dead.wait_ready();
    Child foreign([&](Child& self) {
        return in_pid_namespace([&] {
            auto       opened = SharedRegion::open(name());
            bool const before = total(opened.recover()) == 0 && opened.diagnose().dead_participants == 0;
            self.pause();
            auto const report = opened.recover();
            return before && report.participants == records_of_a_holder && report.rings == 1 ? 0 : 1;
        });
    });
    foreign.wait_ready();
    dead.kill();
    foreign.go_on();
    EXPECT_EQ(foreign.join(), 0);
    expect_nothing_taken();
    expect_to_end_well(living);
}

TEST_F(Life, ANewParticipantWithThePidOfADeadOneIsAnother)
{
    std::string const refused = why_no_chosen_pid();
    if (!refused.empty()) {
        GTEST_SKIP() << refused;
    }
    Child child([&](Child& self) {
        return in_pid_namespace([&] {
            Child first(holding(name()));
            first.wait_ready();
            pid_t const pid = first.pid();
            first.kill();
            choose_next_pid(pid);
            Child second(holding(name(), {}, holder + 1));
            second.wait_ready();
            int const same = second.pid() == pid ? 0 : 50;
            self.pause();
            second.go_on();
            return same + second.join();
        });
    });
    child.wait_ready();
    EXPECT_EQ(region().stats().participants.size(), 3 * records_of_a_holder);
    expect_one_taken();
    expect_nothing_taken();
    child.go_on();
    EXPECT_EQ(child.join(), 0) << "50: the pid was not the same";
    expect_nothing_left();
}
