/// Wait sets among processes: storms, deaths, copies of the process, handlers of signals, and what others pay.
#include "copies.h"
#include "emulator.h"
#include "held.h"
#include "kickmsg/WaitSet.h"
#include "kickmsg/os/Time.h"
#include "refuse_calls.h"
#include "sleeps.h"
#include "support.h"

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

namespace {

constexpr nanoseconds for_ever = nanoseconds::max();

struct Topics {
    explicit Topics(std::size_t count, bool fill = true)
    {
        for (std::size_t i = 0; i < count; ++i) {
            names.emplace_back("topic" + std::to_string(i));
            regions.push_back(make(names.back()));
        }
        for (std::size_t i = 0; fill && i < count; ++i) {
            subscribers.emplace_back(regions[i]);
            set.add(subscribers.back(), i);
        }
    }

    std::deque<Name>         names;
    std::deque<SharedRegion> regions;
    std::deque<Subscriber>   subscribers;
    WaitSet                  set;
};

/// Until the thread `id` of this process sleeps in the kernel.
void await_sleep(pid_t id)
{
    std::string const path = "/proc/self/task/" + std::to_string(id) + "/stat";
    for (std::string text; text.find(") S ") == std::string::npos;) {
        std::ifstream file(path);
        std::getline(file, text);
    }
}

pid_t thread_id()
{
    return static_cast<pid_t>(syscall(SYS_gettid));
}

/// A wait of another thread, which sleeps when this has been made.
struct Sleeper {
    explicit Sleeper(WaitSet& set)
        : thread([this, &set] {
              id.store(thread_id());
              WaitSet::Ready const ready = set.wait(for_ever);
              keys.assign(ready.begin(), ready.end());
              woken = ready.woken();
          })
    {
        sleeps.await();
        while (id.load() == 0) {
        }
        await_sleep(id.load());
    }

    Sleeps                sleeps;
    std::atomic<pid_t>    id{0};
    std::vector<uint64_t> keys;
    bool                  woken = false;
    std::thread           thread;
};

} // namespace

TEST(WaitSetProcesses, NoMessageOfAStormIsSleptThrough)
{
    constexpr std::size_t count = 7, processes = 3;
    constexpr uint64_t    messages = 400;
    for (std::size_t const most : MostWords(0)) {
        MostWords const                    words(most);
        Topics                             topics(count);
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
        Topics          topics(5);
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
        Topics          topics(6);
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
        Topics                topics(6);
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

struct Threads {
    std::size_t all = 0, without_handlers = 0;

    static Threads now()
    {
        Threads threads;
        for (auto const& task : std::filesystem::directory_iterator("/proc/self/task")) {
            ++threads.all;
            std::ifstream file(task.path() / "status");
            for (std::string line; std::getline(file, line);) {
                if (line.rfind("SigBlk:", 0) == 0) {
                    uint64_t const mask  = std::stoull(line.substr(7), nullptr, 16);
                    bool const     usual = (mask >> (SIGUSR1 - 1) & 1) == 0 || (mask >> (SIGTERM - 1) & 1) == 0;
                    threads.without_handlers += usual ? 0 : 1;
                }
            }
        }
        return threads;
    }
};

} // namespace

TEST(WaitSetProcesses, ThreadsOfASetRunNoHandlersOfTheProgram)
{
    Threads const   before = Threads::now();
    MostWords const words(1);
    Topics          topics(3);
    Threads const   during = Threads::now();
    EXPECT_EQ(during.all, before.all + 3) << "one for each subscriber where the system sleeps on one word";
    EXPECT_EQ(during.without_handlers, before.without_handlers + 3);
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
            auto topics = std::make_unique<Topics>(6);
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

TEST(WaitSetProcesses, LeavesNothingBehind)
{
    Topics     topics(6, false);
    auto const before = Held::now();
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
    Topics    topics(2, false);
    Child     child([&](Child&) {
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
    int const code = child.join();
    if (code == not_permitted) {
        GTEST_SKIP() << "no filter of system calls may be set here";
    }
    EXPECT_EQ(code, 0);
}

TEST(WaitSetProcesses, ARegionThatIsSleptOnIsLetGoWhenItsSubscriberEnds)
{
    for (std::size_t const most : MostWords(0)) {
        MostWords const   words(most);
        Topics            topics(6);
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
        Topics          topics(6, false);
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
