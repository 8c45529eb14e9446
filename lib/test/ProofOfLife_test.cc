/// Proof of life, as every system gives it. The traps of Linux's file locks: Liveness_test.cc.
#include "kickmsg/os/Liveness.h"
#include "proofs.h"
#include "support.h"

#include <cerrno>
#include <memory>
#include <utility>

using namespace kickmsg_test;
using namespace kickmsg::os;
using kickmsg::Publisher;
using kickmsg::SharedMemory;
using kickmsg::SharedRegion;

namespace {

KICKMSG_CHILD(proves_its_life)
{
    auto const        memory = SharedMemory::open(texts[0]);
    ProofOfLife const participant(memory, Role::Participant, 5);
    ProofOfLife const replacer(memory, Role::Replacer, 6);
    self.pause();
    return 0;
}

} // namespace

TEST(ProofOfLife, IsProvenByTheHolderAndOnlyForItsIncarnation)
{
    Object object;
    EXPECT_FALSE(lives(object.memory, 5));
    EXPECT_FALSE(is_anyone_alive(object.memory));
    {
        ProofOfLife const proof(object.memory, Role::Participant, 5);
        EXPECT_TRUE(lives(object.memory, 5)) << "also to the process that holds it";
        EXPECT_FALSE(lives(object.memory, 4));
        EXPECT_FALSE(lives(object.memory, 6));
        EXPECT_FALSE(is_alive(object.memory, Role::Replacer, 5));
        EXPECT_TRUE(is_anyone_alive(object.memory));
    }
    EXPECT_FALSE(lives(object.memory, 5));
    EXPECT_FALSE(is_anyone_alive(object.memory));
}

TEST(ProofOfLife, IsTheSameProofAfterItHasMoved)
{
    Object      object;
    ProofOfLife first(object.memory, Role::Participant, 5);
    {
        ProofOfLife const second(std::move(first));
        EXPECT_TRUE(lives(object.memory, 5));
    }
    EXPECT_FALSE(lives(object.memory, 5)) << "the first one still holds it";
}

TEST(ProofOfLife, IsSeenThroughAHandleThatWasAssignedTo)
{
    Object            object;
    Name const        other("other");
    SharedMemory      memory = SharedMemory::build(other, 8192, 0600);
    ProofOfLife const proof(object.memory, Role::Participant, 5);
    memory = SharedMemory::open(object.name);
    EXPECT_EQ(memory.name(), object.memory.name());
    EXPECT_EQ(memory.size(), object.memory.size());
    EXPECT_TRUE(lives(memory, 5));
}

TEST(ProofOfLife, AReplacerIsNoParticipant)
{
    Object            object;
    ProofOfLife const proof(object.memory, Role::Replacer, 5);
    EXPECT_TRUE(is_alive(object.memory, Role::Replacer, 5));
    EXPECT_FALSE(is_anyone_alive(object.memory));
}

TEST(ProofOfLife, ClosingOneHandleOfARegionDoesNotEndTheOther)
{
    Name const name;
    auto       first  = make(name);
    auto       second = std::make_unique<SharedRegion>(SharedRegion::open(name));
    Publisher  publisher(first);
    second.reset();
    for (auto const& participant : first.stats().participants) {
        EXPECT_TRUE(participant.alive) << participant.kind;
    }
    EXPECT_EQ(first.recover().participants, 0U);
    send(publisher, 1);
}

TEST(ProofOfLife, EndsWithTheProcess)
{
    Object object;
    for (bool const by_a_kill : {true, false}) {
        Child child(proves_its_life, {object.name});
        child.wait_ready();
        EXPECT_TRUE(lives(object.memory, 5));
        EXPECT_TRUE(is_alive(object.memory, Role::Replacer, 6));
        EXPECT_TRUE(is_anyone_alive(object.memory));
        if (by_a_kill) {
            child.kill();
        } else {
            child.go_on();
            EXPECT_EQ(child.join(), 0);
        }
        EXPECT_FALSE(lives(object.memory, 5));
        EXPECT_FALSE(is_alive(object.memory, Role::Replacer, 6));
        EXPECT_FALSE(is_anyone_alive(object.memory));
    }
}

TEST(ProofOfLife, OfSeveralEndsForEachAlone)
{
    Object object;
    Child  child(proves_its_life, {object.name});
    child.wait_ready();
    auto mine = std::make_unique<ProofOfLife>(object.memory, Role::Participant, 7);
    child.kill();
    EXPECT_FALSE(lives(object.memory, 5));
    EXPECT_TRUE(lives(object.memory, 7));
    EXPECT_TRUE(is_anyone_alive(object.memory));
    mine.reset();
    EXPECT_FALSE(is_anyone_alive(object.memory));
}

TEST(ProofOfLife, OfANumberThatALivingOneHasIsRefused)
{
    Object            object;
    ProofOfLife const first(object.memory, Role::Participant, 5);
    EXPECT_EQ(error_of([&] { ProofOfLife const second(object.memory, Role::Participant, 5); }).os_error(), EAGAIN);
    EXPECT_TRUE(lives(object.memory, 5));
}

TEST(ProofOfLife, BelongsToOneObject)
{
    Object            object;
    ProofOfLife const proof(object.memory, Role::Participant, 5);
    SharedMemory::unlink(object.name);
    SharedMemory fresh = SharedMemory::build(object.name, 4096, 0600);
    EXPECT_TRUE(fresh.publish());
    EXPECT_FALSE(lives(fresh, 5)) << "of the object that had the name before";
    EXPECT_TRUE(lives(object.memory, 5));
}
