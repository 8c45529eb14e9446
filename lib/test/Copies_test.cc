/// Children that have what their parent had, made in each way that there is: what they inherit is inert, and their parent
/// notices nothing of them.
#include "copies.h"
#include "held.h"
#include "kickmsg/os/Liveness.h"
#include "proofs.h"
#include "support.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <sstream>
#include <sys/stat.h>
#include <thread>

using namespace kickmsg_test;
using kickmsg::Publisher;
using kickmsg::SharedMemory;
using kickmsg::SharedRegion;
using kickmsg::Subscriber;
using kickmsg::os::ProofOfLife;
using kickmsg::os::Role;

namespace {

/// Runs `test` for each way to make a copy that can be noticed here.
void for_each_way(std::function<void(WayToCopy const&)> const& test)
{
    bool const wiped = are_pages_wiped();
    for (auto const& way : ways_to_copy()) {
        if (way.tells || wiped) {
            SCOPED_TRACE(way.name);
            test(way);
        }
    }
}

/// Runs `body` in a child. Returns: whether it was made and returned true.
bool holds_in_a_copy(WayToCopy const& way, std::function<bool()> const& body)
{
    pid_t const child = way.make();
    if (child == 0) {
        bool held = false;
        try {
            held = body();
        } catch (std::exception const& error) {
            std::fprintf(stderr, "child: %s\n", error.what());
        }
        _exit(held ? 0 : 1);
    }
    return child > 0 && end_of(child) == 0;
}

/// All handles that a process may have, with a view that it holds.
struct Handles {
    explicit Handles(std::string const& name) : Handles(SharedRegion::open(name)) {}
    explicit Handles(SharedRegion opened) : region(std::move(opened)), publisher(region), subscriber(region)
    {
        send(publisher, 1);
        view = subscriber.try_receive_view();
        (void)publisher.allocate(8);
    }

    bool is_inert()
    {
        bool ok = publisher.send("x", 1) == -EBADF && publisher.allocate(1) == nullptr && publisher.publish() == 0 &&
                  publisher.publish(1) == 0;
        ok = ok && !subscriber.try_receive() && !subscriber.receive(std::chrono::nanoseconds::max());
        ok = ok && !subscriber.try_receive_view() && !subscriber.receive_view(std::chrono::nanoseconds::max());
        ok = ok && !view->valid() && view->data() == nullptr && view->len() == 0;
        for (auto const& call : std::vector<std::function<void()>>{
                 [&] { region.recover(); }, [&] { region.diagnose(); }, [&] { region.stats(); },
                 [&] { region.unlink(); }, [&] { region.reclaim_orphaned_slots(); },
                 [&] { region.reset_retired_rings(); }, [&] { Publisher another(region); },
                 [&] { Subscriber another(region); }}) {
            ok = ok && error_of(call).code() == kickmsg::ErrorCode::InvalidHandle;
        }
        return ok;
    }

    /// Whether all of it works, and the view is as it was.
    bool works()
    {
        uint64_t seen = 0;
        if (!view->valid() || view->len() != sizeof(seen)) {
            return false;
        }
        std::memcpy(&seen, view->data(), sizeof(seen));
        uint64_t const value = 2;
        bool const     sent  = publisher.send(&value, sizeof(value)) == sizeof(value);
        auto const     got   = subscriber.try_receive();
        return seen == 1 && sent && got && got->len() == sizeof(value) && region.diagnose().dead_participants == 0;
    }

    SharedRegion                          region;
    Publisher                             publisher;
    Subscriber                            subscriber;
    std::optional<Subscriber::SampleView> view;
};

/// The address of the one page by which this process holds a proof of life of the region `name`.
void* page_of_proof(std::string const& name)
{
    struct stat status {};
    EXPECT_EQ(stat(("/dev/shm" + name).c_str(), &status), 0);
    std::ifstream maps("/proc/self/maps");
    std::string   line;
    while (std::getline(maps, line)) {
        std::istringstream words(line);
        std::string        addresses, rights, offset, device;
        ino_t              inode = 0;
        words >> addresses >> rights >> offset >> device >> inode;
        if (rights == "r--s" && inode == status.st_ino) {
            return reinterpret_cast<void*>(std::stoull(addresses, nullptr, 16));
        }
    }
    return nullptr;
}

/// What a child does that shares this process's memory, while this process waits for it.
[[gnu::noinline]] int end_of_vfork(void (*body)(void*), void* argument)
{
    pid_t const child = vfork();
    if (child == 0) {
        body(argument);
        _exit(0);
    }
    return child > 0 ? end_of(child) : -1;
}

void destroy_all(void* handles)
{
    static_cast<std::optional<Handles>*>(handles)->reset();
}

void destroy_region(void* region)
{
    static_cast<std::optional<SharedRegion>*>(region)->reset();
}

void destroy_proof(void* proof)
{
    static_cast<std::optional<ProofOfLife>*>(proof)->reset();
}

} // namespace

TEST(Copies, WhatAChildInheritsIsInertAndItsParentNoticesNothing)
{
    for_each_way([](WayToCopy const& way) {
        Name const name;
        auto       handles = std::make_unique<Handles>(make(name));
        auto       others  = std::make_unique<Handles>(name);
        EXPECT_TRUE(holds_in_a_copy(way, [&] {
            bool const inert = handles->is_inert() && others->is_inert();
            handles.reset();
            others.reset();
            return inert;
        }));
        EXPECT_EQ(handles->region.diagnose().live_rings, 2U);
        EXPECT_EQ(handles->region.stats().participants.size(), 6U);
        EXPECT_TRUE(handles->works());
        receive_all(others->subscriber);
        EXPECT_TRUE(others->works());
    });
}

TEST(Copies, AChildThatOpensTheRegionAnewWorksWhileWhatItInheritedStaysInert)
{
    for_each_way([](WayToCopy const& way) {
        Name const name;
        Handles    parents(make(name));
        EXPECT_TRUE(holds_in_a_copy(way, [&] {
            Handles childs(name);
            bool    ok = childs.works() && parents.is_inert();
            ok         = ok && holds_in_a_copy(way, [&] {
                     bool const before = parents.is_inert() && childs.is_inert();
                     Handles    own(name);
                     return before && own.works() && parents.is_inert() && childs.is_inert();
                 });
            receive_all(childs.subscriber);
            return ok && childs.works() && parents.is_inert();
        }));
        EXPECT_EQ(parents.region.stats().participants.size(), 3U);
        receive_all(parents.subscriber);
        EXPECT_TRUE(parents.works());
    });
}

TEST(Copies, AGrandchildOfAChildThatNeverAttachedIsNotTakenForItsGrandparent)
{
    for_each_way([](WayToCopy const& way) {
        Name const name;
        Handles    parents(make(name));
        EXPECT_TRUE(holds_in_a_copy(way, [&] {
            return holds_in_a_copy(way, [&] {
                Handles own(name);
                return own.works() && parents.is_inert();
            });
        }));
        receive_all(parents.subscriber);
        EXPECT_TRUE(parents.works());
    });
}

TEST(Copies, ThreadsOfAChildThatAttachAtOnceAllWork)
{
    for_each_way([](WayToCopy const& way) {
        Name const name;
        Handles    parents(make(name, small_config(64, 8, 8)));
        EXPECT_TRUE(holds_in_a_copy(way, [&] {
            std::array<std::unique_ptr<Handles>, 3> own;
            std::vector<std::thread>                threads;
            for (auto& handles : own) {
                threads.emplace_back([&] { handles = std::make_unique<Handles>(name); });
            }
            for (auto& thread : threads) {
                thread.join();
            }
            bool ok = parents.is_inert();
            for (auto& handles : own) {
                receive_all(handles->subscriber);
                ok = ok && handles->works();
            }
            return ok;
        }));
        receive_all(parents.subscriber);
        EXPECT_TRUE(parents.works());
    });
}

TEST(Copies, AChildsOwnPageWhereItsParentsProofWasIsNotUnmapped)
{
    for_each_way([](WayToCopy const& way) {
        Object      object;
        auto        proof = std::make_optional<ProofOfLife>(object.memory, Role::Participant, 5);
        void* const page  = page_of_proof(object.name);
        ASSERT_NE(page, nullptr);
        EXPECT_TRUE(holds_in_a_copy(way, [&] {
            void* const own = mmap(page, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
            if (own != page) {
                return false;
            }
            std::memset(own, 7, 4096);
            proof.reset();
            return msync(own, 4096, MS_ASYNC) == 0 && static_cast<char*>(own)[0] == 7;
        }));
        EXPECT_TRUE(lives(object.memory, 5));
        proof.reset();
        EXPECT_FALSE(lives(object.memory, 5));
    });
}

TEST(Copies, AChildThatSharesItsParentsMemoryGivesBackNothingOfIts)
{
    Name const name, proven("proven");
    auto       region = make(name);
    Child      child([&](Child&) { // what the child destroys is lost to its parent, which must not be this process
        std::optional<Handles> handles(std::in_place, name);
        EXPECT_EQ(end_of_vfork(destroy_all, &handles), 0);
        auto const found = SharedRegion::open(name);
        EXPECT_EQ(found.diagnose().live_rings, 1U);
        EXPECT_EQ(found.diagnose().dead_participants, 0U);
        EXPECT_EQ(found.stats().participants.size(), 5U) << "two open regions, three handles and one that was theirs";
        Handles own(found.name());
        EXPECT_TRUE(own.works());

        std::optional<SharedRegion> last(SharedRegion::open(name));
        auto const                  before = Held::now();
        EXPECT_EQ(end_of_vfork(destroy_region, &last), 0);
        EXPECT_TRUE(Held::now() == before) << "it is mapped, and proven alive, as before";

        auto memory = SharedMemory::build(proven, 4096, 0600);
        auto proof  = std::make_optional<ProofOfLife>(memory, Role::Participant, 5);
        EXPECT_EQ(end_of_vfork(destroy_proof, &proof), 0);
        EXPECT_TRUE(lives(memory, 5));
        return testing::Test::HasFailure() ? 1 : 0;
    });
    EXPECT_EQ(child.join(), 0);
    region.recover();
    EXPECT_EQ(region.stats().participants.size(), 1U);
    EXPECT_EQ(region.diagnose().live_rings, 0U);
}

TEST(Copies, AChildThatSharesItsParentsMemoryAndOnlyEndsOrCallsExecDoesNoHarm)
{
    Name const name;
    Handles    handles(make(name));
    EXPECT_EQ(end_of_vfork([](void*) {}, nullptr), 0);
    EXPECT_TRUE(handles.works());
    EXPECT_EQ(end_of_vfork([](void*) { execlp("true", "true", nullptr); }, nullptr), 0);
    EXPECT_TRUE(handles.works());
    EXPECT_EQ(end_of_vfork([](void*) { raise(SIGKILL); }, nullptr), -SIGKILL);
    EXPECT_TRUE(handles.works());
    EXPECT_EQ(handles.region.stats().participants.size(), 3U);
}

TEST(Copies, WhereTheKernelWipesNoPagesForkIsNoticedAllTheSame)
{
    auto const helper = std::filesystem::read_symlink("/proc/self/exe").parent_path() / "kickmsg_old_kernel";
    for (char const* const answer : {"refuses", "does-nothing", "no-memory"}) {
        Name const  name;
        pid_t const child = fork();
        if (child == 0) {
            execl(helper.c_str(), helper.c_str(), name.str().c_str(), answer, nullptr);
            _exit(76);
        }
        int const verdict = end_of(child);
        if (verdict == 76 || verdict == 77) {
            GTEST_SKIP() << (verdict == 76 ? "cannot start " + helper.string()
                                           : "no filter of system calls may be set here");
        }
        EXPECT_EQ(verdict, 0) << answer;
    }
}
