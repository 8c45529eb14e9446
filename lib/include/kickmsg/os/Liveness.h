/// Proof of life. Platform seam: implemented in lib/src/os/.
#pragma once

#include "kickmsg/Export.h"
#include "kickmsg/os/SharedMemory.h"
#include "kickmsg/os/Sole.h"

#include <atomic>
#include <cstdint>

namespace kickmsg {
namespace os {

/// What a proof stands for: an attachment, or the right to replace a region that the dead left.
enum class Role { Participant, Replacer };

/// The number of this copy of the address space, never one that an ancestor had; 0 in a copy that has attached nothing yet.
/// What was taken in another generation is inert.
#if defined(_WIN32)
constexpr uint64_t generation() noexcept
{
    return 1; // Windows makes no copies
}
constexpr uint64_t begin_generation() noexcept
{
    return generation();
}
#else
KICKMSG_HIDDEN extern std::atomic<std::atomic<uint64_t>*> generation_word;
inline uint64_t                                           generation() noexcept
{
    // relaxed, both: a handle's own generation was stored before there was the handle, and no other concerns it
    return generation_word.load(std::memory_order_relaxed)->load(std::memory_order_relaxed);
}
/// generation(), which is given a number first if it has none. By any thread. Errors: Error System.
uint64_t begin_generation();
#endif

uint64_t process_id() noexcept;

/// Where something was taken.
///
/// A child with memory of its own (fork, _Fork, clone) is another generation. One that shares its parent's memory (vfork,
/// CLONE_VM), until it calls exec, is not: what it does with a handle it does for its parent, as a thread of it would. It
/// is another process all the same, and gives back nothing that is its parent's.
class Birth {
public:
    Birth() noexcept = default; ///< of nothing
    static Birth now()
    {
        Birth birth;
        birth.generation_ = begin_generation();
        birth.process_    = process_id();
        return birth;
    }

    /// Whether it was here. Two loads.
    bool is_own() const noexcept
    {
        return generation_ == generation();
    }
    /// Whether it was here, and by this process, which alone ends it. A system call.
    bool may_end() const noexcept
    {
        return is_own() && process_ == process_id();
    }

private:
    uint64_t generation_ = 0;
    uint64_t process_    = 0;
};

/// The lock, or what the platform has for one, by which a participant proves that it lives.
///
/// Contract of every implementation:
/// - a proof is bound to one incarnation of one shared memory object and to the address space that took it: it ends with
///   the process (killed, crashed, exec'd), before its parent can reap it, and not before;
/// - it is neither inherited nor kept by a child, however that was made, nor ended by closing descriptors;
/// - "dead" is only ever answered on proof, is final, and holds in every pid namespace. Doubt answers "alive".
class ProofOfLife {
public:
    ProofOfLife() noexcept = default;
    /// Errors: Error System or LimitReached: when the limit of descriptors, mappings or handles is reached; System with
    /// os_error() == EAGAIN on every platform if a live process already holds this incarnation.
    ProofOfLife(SharedMemory const& memory, Role role, uint64_t incarnation);
    ProofOfLife(ProofOfLife&&) noexcept            = default;
    ProofOfLife& operator=(ProofOfLife&&) noexcept = default;
    ~ProofOfLife();

private:
    /// By which the platform holds the proof.
    struct Hold {
        void* by = nullptr;
        Birth birth;
    };
    Sole<Hold> hold_;
};

/// Whether the holder of `incarnation` lives. A system call.
bool is_alive(SharedMemory const& memory, Role role, uint64_t incarnation) noexcept;
/// Whether any participant lives, registered or about to be. A system call.
bool is_anyone_alive(SharedMemory const& memory) noexcept;

} // namespace os
} // namespace kickmsg
