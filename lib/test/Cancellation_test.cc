/// Threads that are cancelled, and signals whose handlers fork, inside the library.
#include "copies.h"
#include "held.h"
#include "kickmsg/os/Time.h"
#include "kickmsg/os/Wait.h"
#include "proofs.h"
#include "support.h"

#include <atomic>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <pthread.h>
#include <sys/time.h>

using namespace kickmsg_test;
using kickmsg::Publisher;
using kickmsg::SharedMemory;
using kickmsg::SharedRegion;
using kickmsg::Subscriber;
using kickmsg::channel::PubSub;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define UNDER_A_SANITIZER
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define UNDER_A_SANITIZER
#endif
#endif

namespace {

/// A call, made by a thread of its own.
struct Call {
    explicit Call(std::function<void()> what) : body(std::move(what)) {}

    std::function<void()> body;
    std::atomic<int>      rounds{0};
    std::atomic<pid_t>    thread{0};
    bool                  returned = false;
};

/// The cancellation waits when the call begins: the first place in it where one may act, acts.
void* make_when_cancelled(void* argument)
{
    auto& call = *static_cast<Call*>(argument);
    pthread_cancel(pthread_self());
    call.body();
    call.returned = true;
    return nullptr;
}

void* make_over_and_over(void* argument)
{
    auto& call = *static_cast<Call*>(argument);
    while (true) {
        call.body();
        call.rounds.fetch_add(1);
        pthread_testcancel();
    }
}

void* make_once(void* argument)
{
    auto& call = *static_cast<Call*>(argument);
    call.thread.store(static_cast<pid_t>(syscall(SYS_gettid)));
    call.body();
    call.returned = true;
    return nullptr;
}

/// Returns: whether the thread was cancelled.
bool end_of(pthread_t thread)
{
    void* result = nullptr;
    pthread_join(thread, &result);
    return result == PTHREAD_CANCELED;
}

/// Whether a thread to which a cancellation is owed returns from `body` all the same.
bool returns(std::function<void()> body)
{
    Call      call(std::move(body));
    pthread_t thread;
    EXPECT_EQ(pthread_create(&thread, nullptr, make_when_cancelled, &call), 0);
    end_of(thread);
    return call.returned;
}

/// Until the thread sleeps in the kernel, or has ended.
void await_sleep(Call const& call)
{
    while (call.thread.load() == 0) {
    }
    std::string const path = "/proc/self/task/" + std::to_string(call.thread.load()) + "/stat";
    for (std::string text = "?"; !text.empty() && text.find(") S ") == std::string::npos;) {
        text.clear();
        std::ifstream file(path);
        std::getline(file, text);
    }
}

/// In a child, which a cancellation in the wrong place ends.
void in_a_child(std::function<void()> const& body)
{
    Child child([&](Child&) {
        body();
        return testing::Test::HasFailure() ? 1 : 0;
    });
    EXPECT_EQ(child.join(), 0);
}

void close_all_of_shared_memory()
{
    for (int fd = 3; fd < 1024; ++fd) {
        std::error_code none;
        auto const      target = std::filesystem::read_symlink("/proc/self/fd/" + std::to_string(fd), none);
        if (target.string().rfind("/dev/shm", 0) == 0) {
            close(fd);
        }
    }
}

/// Each call that must not be cut short, on a region of this name.
std::vector<std::pair<char const*, std::function<void()>>> calls_of(SharedRegion& region, std::string const& other)
{
    return {
        {"send and receive",
         [&region] {
             Publisher  publisher(region);
             Subscriber subscriber(region);
             for (uint64_t i = 0; i < 20; ++i) {
                 (void)publisher.send(&i, sizeof(i));
             }
             auto view = subscriber.receive_view(std::chrono::milliseconds(1));
             while (subscriber.receive(std::chrono::milliseconds(1))) {
             }
         }},
        {"an empty pool",
         [&region] {
             Publisher                           publisher(region);
             Subscriber                          subscriber(region);
             std::vector<Subscriber::SampleView> views;
             for (uint64_t i = 0; publisher.send(&i, sizeof(i)) > 0;) {
                 views.push_back(std::move(*subscriber.try_receive_view()));
             }
         }},
        {"recover, diagnose, stats, info",
         [&region] {
             region.recover();
             region.diagnose();
             region.stats();
             region.info();
             region.reclaim_orphaned_slots();
             region.reset_retired_rings();
             region.repair_locked_entries();
             region.reset_schema_claim();
             region.schema();
         }},
        {"a name that is not there", [other] { SharedMemory::unlink(other); }},
    };
}

} // namespace

TEST(Cancellation, ActsInNoCallThatDoesNotSaySo)
{
    Name const name, other("other");
    auto       parents = make(name, small_config(16));
    in_a_child([&] {
        auto       region = SharedRegion::open(name);
        auto const before = Held::now();
        for (auto const& [what, call] : calls_of(region, other)) {
            EXPECT_TRUE(returns(call)) << what;
        }
        EXPECT_TRUE(Held::now() == before);
        EXPECT_EQ(region.stats().participants.size(), 2U);

        auto publisher  = std::make_optional<Publisher>(region);
        auto subscriber = std::make_optional<Subscriber>(region);
        send(*publisher, 1);
        auto view = subscriber->try_receive_view();
        EXPECT_TRUE(returns([&] {
            publisher.reset();
            subscriber.reset();
            view.reset();
        }));
        std::optional<SharedRegion> last(SharedRegion::open(name));
        EXPECT_TRUE(returns([&] { last.reset(); }));
        {
            Subscriber       inert(region);
            Subscriber const owner(std::move(inert));
            EXPECT_TRUE(returns([&] { inert.receive(std::chrono::milliseconds(1)); })) << "it sleeps its time";
        }
        EXPECT_TRUE(Held::now() == before);
        EXPECT_EQ(region.stats().participants.size(), 2U);
    });
    EXPECT_EQ(parents.recover().participants, 0U);
}

TEST(Cancellation, ActsInNoQuestionWhoLivesThatOpensTheRegionAgain)
{
    Name const name;
    auto       parents = make(name);
    in_a_child([&] {
        auto region = SharedRegion::open(name);
        close_all_of_shared_memory();
        EXPECT_TRUE(returns([&] { EXPECT_EQ(region.diagnose().dead_participants, 0U); }));
        EXPECT_TRUE(returns([&] { region.recover(); }));
        EXPECT_TRUE(returns([&] { Publisher const publisher(region); }));
        EXPECT_TRUE(returns([&] { region.unlink(); }));
    });
}

TEST(Cancellation, ActsWhereARegionIsOpenedOrCreatedAndLeavesNothing)
{
    Name const name, free("free"), stale("stale");
    auto       parents = make(name);
    make(stale, small_config(32));
    in_a_child([&] {
        auto const before = Held::now();
        EXPECT_FALSE(returns([&] { SharedRegion::open(name); }));
        EXPECT_FALSE(returns([&] { SharedRegion::create(free, PubSub, small_config()); }));
        EXPECT_FALSE(returns([&] { SharedRegion::create_or_open(free, PubSub, small_config()); }));
        EXPECT_FALSE(returns([&] { SharedRegion::create(stale, PubSub, small_config()); }));
        EXPECT_FALSE(returns([&] { kickmsg::sleep(std::chrono::nanoseconds::max()); }));
        EXPECT_FALSE(returns([&] { kickmsg::sleep(std::chrono::hours(1000)); }));
        EXPECT_TRUE(Held::now() == before);
        EXPECT_FALSE(SharedMemory::unlink(free));
    });
    EXPECT_EQ(parents.stats().participants.size(), 1U);
    EXPECT_EQ(SharedRegion::open(stale).info().pool_size, 32U);
}

TEST(Cancellation, AStormOfThemLeavesNothingBehind)
{
    Name const name, other("other");
    auto       parents = make(name, small_config(16));
    in_a_child([&] {
        auto region = SharedRegion::open(name);
        auto calls  = calls_of(region, other);
        calls.emplace_back("open", [&] { SharedRegion::open(name).diagnose(); });
        calls.emplace_back("create and unlink", [&] { make(other).unlink(); });
        calls.emplace_back("create over the dead", [&] { make(other, small_config(16)); });
        auto const before = Held::now();
        for (auto const& [what, body] : calls) {
            for (int round = 0; round < 24; ++round) {
                Call      call(body);
                pthread_t thread;
                ASSERT_EQ(pthread_create(&thread, nullptr, make_over_and_over, &call), 0);
                while (call.rounds.load() < round % 4) {
                }
                for (int volatile delay = 0; delay < round * 500; delay = delay + 1) {
                }
                pthread_cancel(thread);
                EXPECT_TRUE(end_of(thread)) << what;
            }
            EXPECT_TRUE(Held::now() == before) << what;
            EXPECT_EQ(region.stats().participants.size(), 2U) << what;
            EXPECT_EQ(region.diagnose().live_rings, 0U) << what;
        }
        SharedMemory::unlink(other);
        EXPECT_EQ(allocatable(name), 16U);
    });
}

TEST(Cancellation, EndsAThreadThatSleepsInTheLibrary)
{
    in_a_child([] {
        Call      call([] { kickmsg::sleep(std::chrono::nanoseconds::max()); });
        pthread_t thread;
        ASSERT_EQ(pthread_create(&thread, nullptr, make_once, &call), 0);
        await_sleep(call);
        pthread_cancel(thread);
        EXPECT_TRUE(end_of(thread));
        EXPECT_FALSE(call.returned) << "it did not sleep";
    });
}

TEST(Cancellation, TheLongestWaitOnAWordSleepsUntilItIsWoken)
{
    std::atomic<uint32_t> word{0};
    int                   turns = 0;
    Call                  call([&] {
        while (word.load() == 0 && ++turns < 1000) {
            kickmsg::os::wait(word, 0, 0, std::chrono::nanoseconds::max());
        }
    });
    pthread_t             thread;
    ASSERT_EQ(pthread_create(&thread, nullptr, make_once, &call), 0);
    await_sleep(call);
    word.store(1);
    kickmsg::os::wake(word, 1);
    end_of(thread);
    EXPECT_LT(turns, 1000) << "it did not sleep";
    word.store(0);
    errno = 0;
    kickmsg::os::wait(word, 0, 0, std::chrono::nanoseconds::min());
    EXPECT_EQ(errno, ETIMEDOUT) << "of a time that is over";
}

namespace {

std::atomic<int> handled{0};

void fork_in_handler(int)
{
    int const   error = errno;
    pid_t const child = fork();
    if (child == 0) {
        _exit(0);
    }
    int status = 0;
    while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    handled.fetch_add(1);
    errno = error;
}

} // namespace

TEST(Cancellation, AHandlerThatForksWhileAThreadAttachesWaitsForNobody)
{
#if defined(UNDER_A_SANITIZER)
    GTEST_SKIP() << "a sanitizer's own allocator has locks that fork() waits for";
#endif
    Name const name;
    auto       region = make(name);
    in_a_child([&] {
        auto             own        = SharedRegion::open(name);
        auto const       own_memory = SharedMemory::open(name);
        struct sigaction action {};
        action.sa_handler = fork_in_handler;
        sigaction(SIGALRM, &action, nullptr);
        for (int round = 0; round < 240; ++round) {
            int const       before = handled.load();
            itimerval const once{{0, 0}, {0, 1 + round * 7 % 200}};
            setitimer(ITIMER_REAL, &once, nullptr);
            while (handled.load() == before) {
                kickmsg::os::ProofOfLife const proof(own_memory, kickmsg::os::Role::Replacer, 5);
                if (round % 3 ==
                    0) { // not interrupted: in a process that had threads, fork() has locks of its own before ours
                    sigset_t alarm, unblocked;
                    sigemptyset(&alarm);
                    sigaddset(&alarm, SIGALRM);
                    pthread_sigmask(SIG_BLOCK, &alarm, &unblocked);
                    pid_t const child = fork();
                    if (child == 0) {
                        _exit(0);
                    }
                    waitpid(child, nullptr, 0);
                    pthread_sigmask(SIG_SETMASK, &unblocked, nullptr);
                }
            }
        }
        Publisher publisher(own);
        send(publisher, 1);
    });
    region.recover();
    EXPECT_EQ(region.stats().participants.size(), 1U);
}
