/// What the tests of the proof of life share, on every platform.
#pragma once

#include "kickmsg/os/Liveness.h"
#include "kickmsg/os/SharedMemory.h"
#include "support.h"

namespace kickmsg_test {

inline bool lives(kickmsg::SharedMemory const& memory, uint64_t incarnation)
{
    return kickmsg::os::is_alive(memory, kickmsg::os::Role::Participant, incarnation);
}

/// A named object to hold proofs of life on.
struct Object {
    Object() : memory(kickmsg::SharedMemory::build(name, 4096, 0600))
    {
        EXPECT_TRUE(memory.publish());
    }
    Name                  name{"object"};
    kickmsg::SharedMemory memory;
};

} // namespace kickmsg_test
