/// Wait sets among processes: storms, deaths, copies of the process, handlers of signals, and what others pay.
#include "copies.h"
#include "emulator.h"
#include "held.h"
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
#include <sys/resource.h>
#include <sys/syscall.h>
#include <thread>

using namespace kickmsg_test;
using namespace std::chrono_literals;
using kickmsg::Publisher;
using kickmsg::SharedRegion;
using kickmsg::Subscriber;
using kickmsg::WaitSet;
using std::chrono::nanoseconds;

TEST(WaitSetProcesses, NoMessageOfAStormIsSleptThrough)
{
    constexpr std::size_t count = 7, processes = 3;
    constexpr uint64_t    messages = 400;
    for (std::size_t const most : MostWords(0)) {
        MostWords const                    words(most);
        HeardTopics                        topics(count);
        std::deque<std::unique_ptr<Child>> children;
        for (std::size_t process = 0; process < processes; ++process) {
            children.push_back(std::make_unique<Child>([&, process](Child& self) {
                std::deque<Publisher> publishers;
                for (auto const& name : topics.names) {
                    auto region = SharedRegion::open(name);
                    publishers.emplace_back(region);
                }
                self.pause();
                for (uint64_t i = 0; i < messages; ++i) {
                    if (publishers[(i * (process + 3) + process) % count].send(&i, sizeof(i)) < 0) {
                        return 1;
                    }
                    if (i % 16 == process) {
                        kickmsg::sleep(200us); // so that the subscriber sleeps, too
                    }
                }
                return 0;
            }));
        }
        for (auto const& child : children) {
            child->wait_ready();
            child->go_on();
        }
        uint64_t received = 0, seen = 0;
        while (seen < messages * processes) {
            WaitSet::Ready const ready = topics.set.wait(1min);
            if (!ready) {
                break;
            }
            for (uint64_t const key : ready) {
                while (topics.subscribers[key].try_receive()) {
                    ++received;
                }
            }
            seen = std::accumulate(topics.subscribers.begin(), topics.subscribers.end(), received,
                                   [](uint64_t sum, Subscriber const& s) { return sum + s.lost(); });
        }
        EXPECT_EQ(seen, messages * processes) << most << " words";
        for (auto const& child : children) {
            EXPECT_EQ(child->join(), 0);
        }
    }
}

TEST(WaitSetProcesses, AMessageWhosePublisherWasKilledBeforeItsWakeIsFoundAtTheEndOfASlice)
{
    for (std::size_t const most : MostWords(0)) {
        MostWords const words(most);
        HeardTopics     topics(5);
        for (std::size_t const which : {std::size_t{0}, std::size_t{4}}) {
            Child child([&](Child& self) {
                auto      region = SharedRegion::open(topics.names[which]);
                Publisher publisher(region);
                self.pause();
                if (!refuse({SYS_futex, 0, 0, 0}, EPERM)) {
                    return not_permitted;
                }
                uint64_t const value = 1;
                return publisher.send(&value, sizeof(value)) > 0 ? 0 : 1;
            });
            child.wait_ready();
            Sleeper sleeper(topics.set);
            child.go_on();
            int const code = child.join();
            if (code == not_permitted) {
                topics.set.wake();
                sleeper.thread.join();
                GTEST_SKIP() << "no filter of system calls may be set here";
            }
            EXPECT_EQ(code, 0);
            sleeper.thread.join();
            EXPECT_EQ(sleeper.keys, std::vector<uint64_t>{which}) << most << " words";
            receive_all(topics.subscribers[which]);
        }
    }
}

namespace {

std::atomic<WaitSet*> woken_by_handler{nullptr};

void wake_in_handler(int)
{
    if (WaitSet* const set = woken_by_handler.load()) {
        set->wake();
    }
}

struct Handler {
    explicit Handler(WaitSet& set)
    {
        woken_by_handler.store(&set);
        struct sigaction action {};
        action.sa_handler = wake_in_handler;
        action.sa_flags   = SA_RESTART;
        sigaction(SIGUSR1, &action, &before);
    }
    ~Handler()
    {
        sigaction(SIGUSR1, &before, nullptr);
        woken_by_handler.store(nullptr);
    }
    struct sigaction before {};
};

} // namespace

TEST(WaitSetProcesses, AHandlerOfASignalWakesTheWaitThatItInterruptsAndTheNextOne)
{
    for (std::size_t const most : MostWords(0)) {
        MostWords const words(most);
        HeardTopics     topics(6);
        Handler const   handler(topics.set);
        raise(SIGUSR1);
        EXPECT_TRUE(topics.set.wait(for_ever).woken());
        {
            Sleeps const just_before([] { raise(SIGUSR1); });
            EXPECT_TRUE(topics.set.wait(for_ever).woken());
        }
        Sleeper sleeper(topics.set);
        syscall(SYS_tgkill, getpid(), sleeper.id.load(), SIGUSR1);
        sleeper.thread.join();
        EXPECT_TRUE(sleeper.woken);
    }
}

/// Wherever in a wait the wake comes: each is answered before the next one is made.
TEST(WaitSetProcesses, NoWakeOfAStormIsSleptThrough)
{
    for (std::size_t const most : MostWords(0)) {
        MostWords const       words(most);
        HeardTopics           topics(6);
        std::atomic<uint32_t> answered{0};
        std::thread           waker([&] {
            for (uint32_t i = 0; i < 3000; ++i) {
                while (answered.load() != i) {
                }
                topics.set.wake();
            }
        });
        for (uint32_t i = 0; i < 3000; ++i) {
            if (!topics.set.wait(1min).woken()) {
                ADD_FAILURE() << "a wake was lost";
            }
            answered.store(i + 1);
        }
        waker.join();
    }
}

namespace {

bool runs_no_handler(std::string const& thread)
{
    std::ifstream file("/proc/self/task/" + thread + "/status");
    for (std::string line; std::getline(file, line);) {
        if (line.rfind("SigBlk:", 0) == 0) {
            uint64_t const mask = std::stoull(line.substr(7), nullptr, 16);
            return (mask >> (SIGUSR1 - 1) & 1) != 0 && (mask >> (SIGTERM - 1) & 1) != 0;
        }
    }
    return false;
}

} // namespace

TEST(WaitSetProcesses, ThreadsOfASetRunNoHandlersOfTheProgram)
{
    StartedThreads const started;
    MostWords const      words(1);
    HeardTopics          topics(3);
    auto const           threads = started.now();
    EXPECT_EQ(threads.size(), 3U) << "one for each subscriber where the system sleeps on one word";
    for (std::string const& thread : threads) {
        EXPECT_TRUE(runs_no_handler(thread)) << thread;
    }
}

TEST(WaitSetProcesses, ACopyOfTheProcessHasAnInertSetAndItsParentsGoesOn)
{
    bool const wiped = are_pages_wiped();
    for (std::size_t const most : MostWords(0)) {
        MostWords const words(most);
        for (auto const& way : ways_to_copy()) {
            if (!way.tells && !wiped) {
                continue;
            }
            auto topics = std::make_unique<HeardTopics>(6);
            topics->set.native_handle();
            topics->set.wait(0ns);
            pid_t const child = way.make();
            if (child == 0) {
                bool inert = !topics->set && !topics->set.wait(1ms) && topics->set.size() == 0 &&
                             topics->set.native_handle() == -1;
                topics->set.wake();
                topics->set.remove(topics->subscribers[0]);
                topics->subscribers.pop_back();
                WaitSet own;
                own.wake();
                inert       = inert && own && own.wait(for_ever).woken();
                topics->set = WaitSet();
                inert       = inert && topics->set;
                topics->subscribers.clear();
                _exit(inert ? 0 : 1);
            }
            EXPECT_EQ(end_of(child), 0) << way.name;
            EXPECT_EQ(topics->set.size(), 6U);
            EXPECT_FALSE(topics->set.wait(0ns)) << "its child woke nobody";
            Publisher publisher(topics->regions[5]);
            send(publisher, 1);
            WaitSet::Ready const ready = topics->set.wait(for_ever);
            EXPECT_EQ(std::vector<uint64_t>(ready.begin(), ready.end()), std::vector<uint64_t>{5});
        }
    }
}
