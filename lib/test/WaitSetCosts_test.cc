/// What a wait set holds and costs: descriptors, threads, regions, system calls.
#include "copies.h"
#include "emulator.h"
#include "held.h"
#include "kickmsg/Node.h"
#include "kickmsg/WaitSet.h"
#include "kickmsg/os/Time.h"
#include "refuse_calls.h"
#include "sleeper.h"
#include "sleeps.h"
#include "support.h"
#include "threads.h"
#include "wait_sets.h"

#include <chrono>
#include <csignal>
#include <cstring>
#include <deque>
#include <fstream>
#include <numeric>
#include <string>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <thread>
#include <vector>

using namespace kickmsg_test;
using namespace std::chrono_literals;
using kickmsg::Publisher;
using kickmsg::SharedRegion;
using kickmsg::Subscriber;
using kickmsg::WaitSet;
using std::chrono::nanoseconds;

TEST(WaitSetProcesses, LeavesNothingBehind)
{
    HeardTopics topics(6, false);
    auto const  before = Held::now();
    for (std::size_t const most : MostWords(0)) {
        MostWords const words(most);
        WaitSet         set;
        {
            std::deque<Subscriber> subscribers;
            for (auto const& region : topics.regions) {
                subscribers.emplace_back(region);
                set.add(subscribers.back(), 1);
            }
            EXPECT_FALSE(set.wait(1ms));
            set.native_handle();
            EXPECT_FALSE(set.wait(1ms));
        }
        while (Held::now().mappings != before.mappings) { // the threads of the set are called, and let go
        }
    }
    EXPECT_TRUE(Held::now() == before);
    for (auto const& region : topics.regions) {
        EXPECT_EQ(region.diagnose().live_rings, 0U);
    }
}

TEST(WaitSetProcesses, SaysWhatItCannotHaveAndStaysAsItWas)
{
    HeardTopics topics(2, false);
    Child       child([&](Child&) {
        auto       region = SharedRegion::open(topics.names[0]);
        Publisher  publisher(region);
        Subscriber first(region), second(region);
        WaitSet    set;
        set.add(first, 1);
        rlimit const none{0, 0}; // of descriptors
        setrlimit(RLIMIT_NOFILE, &none);
        EXPECT_EQ(error_of([&] { set.native_handle(); }).code(), kickmsg::ErrorCode::LimitReached);
        if (!refuse({SYS_clone3, 0, 0, 0}, EAGAIN) || !refuse({SYS_clone, 0, 0, 0}, EAGAIN)) {
            return not_permitted;
        }
        MostWords const      one_word(1);
        kickmsg::Error const error = error_of([&] { set.add(second, 2); });
        EXPECT_EQ(error.code(), kickmsg::ErrorCode::LimitReached);
        EXPECT_EQ(error.os_error(), EAGAIN);
        EXPECT_EQ(set.size(), 1U);
        send(publisher, 1);
        EXPECT_EQ(set.wait(0ns).size(), 1U);
        return testing::Test::HasFailure() ? 1 : 0;
    });
    int const   code = child.join();
    if (code == not_permitted) {
        GTEST_SKIP() << "no filter of system calls may be set here";
    }
    EXPECT_EQ(code, 0);
}

TEST(WaitSetProcesses, ARegionThatIsSleptOnIsLetGoWhenItsSubscriberEnds)
{
    for (std::size_t const most : MostWords(0)) {
        MostWords const   words(most);
        HeardTopics       topics(6);
        Sleeper           sleeper(topics.set);
        std::size_t const before = Held::now().mappings;
        topics.subscribers.pop_back();
        topics.regions.pop_back();
        while (Held::now().mappings > before - 3) { // the region, and a page for each of the two proofs of life
        }
        topics.set.wake();
        sleeper.thread.join();
        EXPECT_TRUE(sleeper.woken);
    }
}

namespace {

/// Runs `run` in a child. Returns: whether it came through.
bool survives_without_system_calls(std::function<void()> const& run)
{
    Child     child([&](Child&) {
        run();
        return 0;
    });
    int const code = child.join();
    EXPECT_TRUE(code == 0 || code == -SIGSYS) << code;
    return code == 0;
}

/// For this thread: all but the end of the process, so that threads may be asleep.
void forbid_system_calls()
{
    sock_filter program[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_exit_group, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
    };
    sock_fprog const filter{sizeof(program) / sizeof(program[0]), program};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) != 0) {
        _exit(97);
    }
}

} // namespace

TEST(WaitSetProcesses, PublishersAndLooksMakeNoSystemCallWhileNobodyWaits)
{
    if (is_emulated() || !survives_without_system_calls([] {
            forbid_system_calls();
            _exit(0);
        })) {
        GTEST_SKIP() << "a process that makes no system call dies of the filter: it sees those of an emulator";
    }
    for (std::size_t const most : MostWords(0)) {
        MostWords const words(most);
        HeardTopics     topics(6, false);
        EXPECT_TRUE(survives_without_system_calls([&] {
            WaitSet                set;
            std::deque<Publisher>  publishers;
            std::deque<Subscriber> subscribers;
            for (auto const& name : topics.names) {
                auto region = SharedRegion::open(name);
                publishers.emplace_back(region);
                subscribers.emplace_back(region);
                set.add(subscribers.back(), subscribers.size() - 1);
            }
            set.wait(5ms); // its marks are taken back
            forbid_system_calls();
            uint64_t received = 0;
            for (uint64_t i = 0; i < 600; ++i) {
                static_cast<void>(publishers[i % 6].send(&i, sizeof(i)));
                for (uint64_t const key : set.wait(for_ever)) {
                    received += subscribers[key].try_receive_view() ? 1 : 0; // a first copy takes memory
                }
            }
            _exit(received == 600 && !set.wait(0ns) ? 0 : 1);
        })) << most
            << " words";
    }
}

TEST(WaitSetProcesses, AllReadersOfABlackboardTakeTheThreadsOfOneSubscriber)
{
    kickmsg::Node             node("test", prefix());
    kickmsg::BlackboardConfig sizes;
    sizes.max_keys = 600;
    node.unlink_blackboard("many");
    kickmsg::Blackboard                    board = node.blackboard("many", sizes);
    std::vector<kickmsg::BlackboardReader> readers;
    for (uint32_t i = 0; i < sizes.max_keys; ++i) {
        readers.push_back(board.reader(std::to_string(i)));
    }
    node.unlink_blackboard("many");
    for (std::size_t const most : MostWords(0)) {
        MostWords const      words(most);
        StartedThreads const started;
        WaitSet              set;
        for (std::size_t i = 0; i < readers.size(); ++i) {
            set.add(readers[i], i);
        }
        EXPECT_EQ(started.now().size(), kickmsg::os::most_words() == 1 ? 1U : 0U) << most << " words";
        EXPECT_FALSE(set.wait(1ms));
        set.remove(readers[0]); // the first one, which had the word
        EXPECT_FALSE(set.wait(1ms));
        EXPECT_EQ(set.size(), readers.size() - 1);
    }
}
