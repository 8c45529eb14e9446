/// Proof of life, seen from outside: a process that holds one of everything (a ring with unread messages, a view, a loan)
/// is brought into each state in which it might be taken for dead or for alive wrongly. Alive: recovery takes nothing,
/// and it goes on with all it had. Dead: one recovery brings back everything.
#include "Arena.h"
#include "Namespace.h"

#include "RegionState.h"
#include "support.h"

#include <gtest/gtest.h>

#include <atomic>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

using namespace kickmsg_crash;
using kickmsg::Publisher;
using kickmsg::SharedRegion;
using kickmsg::Subscriber;
using kickmsg_test::Child;

namespace {

/// Longer than whatever the library waits for: slices of 20 ms, about a second for a replacer that stands still.
constexpr auto longer_than_any_time_out = std::chrono::milliseconds(1500);

constexpr uint32_t    observer            = 1; ///< the observer's messages are signed with it
constexpr uint32_t    holder              = 2;
constexpr std::size_t records_of_a_holder = 3;

kickmsg::channel::Config config()
{
    kickmsg::channel::Config cfg;
    cfg.pool_size         = 64;
    cfg.sub_ring_capacity = 8;
    cfg.max_subscribers   = 4;
    cfg.max_publishers    = 4;
    cfg.max_payload_size  = Message::most;
    return cfg;
}

bool send(Publisher& publisher, uint32_t id, uint32_t number)
{
    Message const message(id, number);
    return publisher.send(message.data(), message.length()) == static_cast<int32_t>(message.length());
}

/// One of everything that a process can hold of a region.
class Holding {
public:
    explicit Holding(std::string const& name, uint32_t id = holder)
        : id_(id), region_(SharedRegion::open(name)), subscriber_(region_), publisher_(region_)
    {
        bool const sent = send(publisher_, id_, 1) && send(publisher_, id_, 2);
        view_           = subscriber_.try_receive_view();
        memory_         = publisher_.allocate(Message::most);
        if (!sent || !view_ || memory_ == nullptr) {
            throw std::logic_error("the holder could not take everything");
        }
        std::memset(memory_, 0x5a, Message::most);
    }

    /// Whether it has all it had: its view is unchanged, its ring in order, its loan its own, and it hears and is heard.
    bool is_whole()
    {
        std::string const written(static_cast<char const*>(memory_), Message::most);
        bool              whole = Message::identify(view_->data(), view_->len()) == signed_as(1) &&
                     written == std::string(Message::most, '\x5a');
        Message const third(id_, 3);
        std::memcpy(memory_, third.data(), third.length());
        whole         = whole && publisher_.publish(third.length()) > 0;
        uint64_t last = signed_as(1);
        while (auto const message = subscriber_.try_receive()) {
            uint64_t const identity = Message::identify(message->data(), message->len());
            bool const     own      = identity >> 32 == id_;
            whole                   = whole && identity != 0 && (!own || identity > last);
            last                    = own ? identity : last;
        }
        return whole && last == signed_as(3);
    }

    SharedRegion& region() noexcept
    {
        return region_;
    }
    Subscriber& subscriber() noexcept
    {
        return subscriber_;
    }

private:
    uint64_t signed_as(uint32_t number) const
    {
        return uint64_t{id_} << 32 | number;
    }

    uint32_t                              id_;
    SharedRegion                          region_;
    Subscriber                            subscriber_;
    Publisher                             publisher_;
    std::optional<Subscriber::SampleView> view_;
    void*                                 memory_ = nullptr;
};

/// The life of a holder: takes everything, does `then`, and when it is told to go on proves that nothing was taken.
std::function<int(Child&)> holding(std::string const& name, std::function<void(Holding&, Child&)> then = {},
                                   uint32_t id = holder)
{
    return [name, then, id](Child& self) {
        Holding all(name, id);
        if (then) {
            then(all, self);
        }
        self.pause();
        return all.is_whole() ? 0 : 1;
    };
}

std::size_t total(kickmsg::RecoveryReport const& report)
{
    return report.participants + report.rings + report.entries + report.references + report.slots + report.schema;
}

/// The region as an observer sees it, who takes part in it and never recovers but when asked.
class Life : public testing::Test {
protected:
    Life()
    {
        kickmsg::detail::set_automatic_recovery(false);
        region_.emplace(SharedRegion::create(name_, kickmsg::channel::PubSub, config(), "life test"));
        publisher_.emplace(*region_);
        subscriber_.emplace(*region_);
    }
    ~Life() override
    {
        kickmsg::detail::set_automatic_recovery(true);
    }

    std::string const& name() const
    {
        return name_.str();
    }
    SharedRegion& region()
    {
        return *region_;
    }

    /// The observer sends and receives at once, recovers in every way, and nothing is taken.
    void expect_nothing_taken()
    {
        for (int turn = 0; turn < 3; ++turn) {
            expect_traffic();
            EXPECT_EQ(total(region_->recover()), 0U);
            EXPECT_EQ(region_->repair_locked_entries() + region_->reset_retired_rings() +
                          region_->reclaim_orphaned_slots(),
                      0U);
            auto const health = region_->diagnose();
            EXPECT_EQ(health.dead_participants + health.retired_rings + health.locked_entries + health.orphaned_slots,
                      0U);
        }
    }

    /// One recovery takes over what a dead holder held, and nothing else.
    void expect_one_taken()
    {
        expect_traffic();
        EXPECT_EQ(region_->diagnose().dead_participants, records_of_a_holder);
        EXPECT_EQ(region_->diagnose().retired_rings, 1U);
        auto const report = region_->recover();
        EXPECT_EQ(report.participants, records_of_a_holder);
        EXPECT_EQ(report.rings, 1U);
        EXPECT_GE(report.slots, 1U) << "the loan at least";
    }

    /// The only other participant is dead: one recovery brings back everything, exactly.
    void expect_all_back()
    {
        expect_one_taken();
        expect_nothing_left();
    }

    void expect_nothing_left()
    {
        expect_traffic();
        EXPECT_EQ(total(region_->recover()), 0U);
        EXPECT_EQ(kickmsg_test::allocatable(name()), config().pool_size - 1U) << "all but the slot popped ahead";
        EXPECT_EQ(region_->stats().participants.size(), records_of_a_holder) << "the observer's";
        std::vector<Subscriber> rings;
        EXPECT_NO_THROW(while (rings.size() + 1 < config().max_subscribers) { rings.emplace_back(*region_); });
        EXPECT_EQ(region_->stats().corrupt, 0U);
    }

    void expect_traffic()
    {
        uint64_t last = 0;
        EXPECT_TRUE(send(*publisher_, observer, ++sent_));
        while (auto const message = subscriber_->try_receive()) {
            uint64_t const identity = Message::identify(message->data(), message->len());
            last                    = identity >> 32 == observer ? identity : last;
        }
        EXPECT_EQ(last, uint64_t{observer} << 32 | sent_) << "the observer is delayed";
    }

private:
    kickmsg_test::Name          name_{"life"};
    std::optional<SharedRegion> region_;
    std::optional<Publisher>    publisher_;
    std::optional<Subscriber>   subscriber_;
    uint32_t                    sent_ = 0;
};

} // namespace

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
    child.go_on();
    EXPECT_EQ(child.join(), 0);
    expect_nothing_left();
}

TEST_F(Life, ForksAtAnyMomentOfJoiningInheritNoLife)
{
    int alive[2];
    ASSERT_EQ(pipe(alive), 0);
    Child child([&, region_name = name()](Child& self) {
        std::atomic<bool> done{false};
        std::thread       forks([&] {
            close(alive[1]);
            for (int i = 0; i < 60 && !done; ++i) {
                if (fork() == 0) {
                    char byte = 0;
                    _exit(static_cast<int>(read(alive[0], &byte, 1))); // until the test ends
                }
            }
            done = true;
        });
        auto              region = SharedRegion::open(region_name);
        while (!done) { // each of them takes and gives back a proof of life while the other thread forks
            Publisher  publisher(region);
            Subscriber subscriber(region);
        }
        forks.join();
        Holding all(region_name);
        region = SharedRegion::open(region_name);
        self.pause();
        return 0;
    });
    child.wait_ready();
    close(alive[0]);
    child.kill();
    auto const report = region().recover();
    EXPECT_EQ(report.participants, records_of_a_holder + 1U);
    EXPECT_EQ(report.rings, 1U);
    expect_nothing_left();
    close(alive[1]);
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
    while (region().diagnose().dead_participants < records_of_a_holder) { // until the program has taken its place
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
    living.go_on();
    EXPECT_EQ(living.join(), 0);
    expect_nothing_left();
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

TEST_F(Life, AProcessStoppedForLongerThanAnyTimeOutIsAlive)
{
    Child child(holding(name()));
    child.wait_ready();
    child.signal(SIGSTOP);
    expect_nothing_taken();
    std::this_thread::sleep_for(longer_than_any_time_out);
    expect_nothing_taken();
    child.signal(SIGCONT);
    child.go_on();
    EXPECT_EQ(child.join(), 0);
    expect_nothing_left();
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
    child.go_on();
    EXPECT_EQ(child.join(), 0);
    expect_nothing_left();
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
    living.go_on();
    EXPECT_EQ(living.join(), 0);
    expect_nothing_left();
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
    living.go_on();
    EXPECT_EQ(living.join(), 0);
    expect_nothing_left();
}

TEST_F(Life, AParticipantWithoutADescriptorToSpareIsAlive)
{
    Child child(holding(name(), [](Holding&, Child&) { use_up_descriptors(); }));
    child.wait_ready();
    expect_nothing_taken();
    child.go_on();
    EXPECT_EQ(child.join(), 0);
    expect_nothing_left();
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
