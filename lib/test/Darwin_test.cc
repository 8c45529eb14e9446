/// The macOS layer: what a killed process leaves in its directory, and how long a proof of life holds. Also run over the stand-in
/// of test/darwin.
#include "kickmsg/os/Liveness.h"
#include "kickmsg/os/Time.h"
#include "os/darwin/Directory.h"
#include "os/darwin/Native.h"
#include "proofs.h"
#include "support.h"

#include <csignal>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace kickmsg_test;
using namespace kickmsg::os;
using kickmsg::SharedMemory;

namespace {

/// Entries of one beginning whose text or name has `part`.
std::size_t count_entries(std::string const& beginning, std::string const& part)
{
    std::size_t found = 0;
    for_each_entry(beginning, [&](std::string const& entry) {
        found += (entry + " " + read_entry(path_of(entry))).find(part) != std::string::npos ? 1U : 0U;
        return true;
    });
    return found;
}

std::string begins_with_pid(int pid)
{
    Process process;
    process.pid            = static_cast<uint64_t>(pid);
    std::string const text = process.text();
    return "t." + text.substr(0, text.find('.') + 1);
}

bool object_exists(std::string const& object)
{
    int const fd = shm_open(object.c_str(), O_RDWR, 0);
    if (fd >= 0) {
        close(fd);
    }
    return fd >= 0;
}

KICKMSG_CHILD(holds_a_proof)
{
    auto const        memory = SharedMemory::open(texts[0]);
    ProofOfLife const proof(memory, Role::Participant, 5);
    self.pause();
    return 0;
}

KICKMSG_CHILD(builds_and_never_names)
{
    auto const memory = SharedMemory::build(texts[0], 8192, 0600);
    self.pause();
    return 0;
}

} // namespace

TEST(Darwin, WhatAKilledBuilderLeavesIsClearedByTheNext)
{
    Name const  name;
    std::string left, object;
    {
        Child child(builds_and_never_names, {name});
        child.wait_ready();
        left = begins_with_pid(child.pid());
        for_each_entry(left, [&](std::string const& entry) {
            Target target;
            object = target.parse(read_entry(path_of(entry))) ? target.object : "";
            return false;
        });
        ASSERT_TRUE(object_exists(object));
        SharedMemory::build(name, 8192, 0600);
        EXPECT_TRUE(object_exists(object)) << "of a builder that lives";
        child.kill();
    }
    EXPECT_EQ(count_entries(left, ""), 1U);
    SharedMemory::build(name, 8192, 0600);
    EXPECT_EQ(count_entries(left, ""), 0U);
    EXPECT_FALSE(object_exists(object));
}

TEST(Darwin, AnObjectEndsWithItsNameAndItsBuilder)
{
    Name const  name;
    std::string former, current;
    {
        SharedMemory first = SharedMemory::build(name, 8192, 0600);
        ASSERT_TRUE(first.publish());
        former              = first.native().object;
        SharedMemory second = SharedMemory::build(name, 8192, 0600);
        current             = second.native().object;
        EXPECT_FALSE(second.publish());
        second.replace();
        EXPECT_FALSE(object_exists(former)) << "replaced";
        EXPECT_FALSE(first.is_linked());
        EXPECT_TRUE(second.is_linked());
    }
    EXPECT_TRUE(object_exists(current)) << "it has a name";
    EXPECT_TRUE(SharedMemory::unlink(name));
    EXPECT_FALSE(object_exists(current));
    std::string const never_named = SharedMemory::build(name, 8192, 0600).native().object;
    EXPECT_FALSE(object_exists(never_named));
    EXPECT_EQ(count_entries(begins_with_pid(getpid()), ""), 0U);
}

TEST(Darwin, ANameWhoseObjectIsGoneIsNotReadyUntilItIsUnlinked)
{
    Name const   name;
    SharedMemory memory = SharedMemory::build(name, 8192, 0600);
    ASSERT_TRUE(memory.publish());
    ASSERT_EQ(shm_unlink(memory.native().object.c_str()), 0);
    kickmsg::Error const error = error_of([&] { SharedMemory::open(name); });
    EXPECT_EQ(error.code(), kickmsg::ErrorCode::NotReady);
    EXPECT_NE(std::string(error.what()).find("SharedMemory::unlink"), std::string::npos);
    EXPECT_TRUE(SharedMemory::unlink(name));
    EXPECT_EQ(error_of([&] { SharedMemory::open(name); }).code(), kickmsg::ErrorCode::NotFound);
}

TEST(Darwin, TheProofsOfTheDeadAreCleared)
{
    Object object;
    Child  child(holds_a_proof, {object.name});
    child.wait_ready();
    std::string const stem = proof_stem(object.memory.native().object, 'p');
    clear_after_the_dead();
    EXPECT_EQ(count_entries(stem, ""), 1U) << "it lives";
    child.kill();
    EXPECT_EQ(count_entries(stem, ""), 1U);
    clear_after_the_dead();
    EXPECT_EQ(count_entries(stem, ""), 0U);
}

TEST(Darwin, OneWhoClosesAllDescriptorsLives)
{
    Object object;
    Child  child([&](Child& self) {
        auto const        memory = SharedMemory::open(object.name);
        ProofOfLife const proof(memory, Role::Participant, 5);
        for (int fd = 3; fd < 256; ++fd) {
            if (fd != self.kept_descriptor(0) && fd != self.kept_descriptor(1)) {
                close(fd);
            }
        }
        self.pause();
        return 0;
    });
    child.wait_ready();
    EXPECT_TRUE(is_alive(object.memory, Role::Participant, 5));
    child.kill();
    EXPECT_FALSE(is_alive(object.memory, Role::Participant, 5));
}

TEST(Darwin, AForkedChildKeepsNoProofAndEndsNone)
{
    Object object;
    Child  child([&](Child& self) {
        auto const  memory = SharedMemory::open(object.name);
        auto        proof  = std::make_unique<ProofOfLife>(memory, Role::Participant, 5);
        pid_t const parent = getpid();
        pid_t const ends   = fork();
        if (ends == 0) {
            proof.reset(); // not its own
            _exit(0);
        }
        waitpid(ends, nullptr, 0);
        if (fork() == 0) {
            while (getppid() == parent) {
                kickmsg::sleep(std::chrono::milliseconds(10));
            }
            kickmsg::sleep(std::chrono::milliseconds(500)); // outlives it
            _exit(0);
        }
        self.pause();
        return 0;
    });
    child.wait_ready();
    EXPECT_TRUE(is_alive(object.memory, Role::Participant, 5)) << "ended by a forked child";
    child.kill();
    EXPECT_FALSE(is_alive(object.memory, Role::Participant, 5)) << "kept by a forked child";
}

TEST(Darwin, AZombieIsDead)
{
    Object object;
    Child  child(holds_a_proof, {object.name});
    child.wait_ready();
    child.kill_without_reaping();
    EXPECT_FALSE(is_alive(object.memory, Role::Participant, 5));
    EXPECT_FALSE(is_anyone_alive(object.memory));
}

TEST(Darwin, NobodyTakesTheProofOfALivingOne)
{
    Object            object;
    ProofOfLife const first(object.memory, Role::Participant, 5);
    EXPECT_EQ(error_of([&] { ProofOfLife(object.memory, Role::Participant, 5); }).os_error(), EAGAIN);
    EXPECT_FALSE(remove_dead(proof_stem(object.memory.native().object, 'p') + "5"));
    EXPECT_TRUE(is_alive(object.memory, Role::Participant, 5));
}
