/// Proof of life. Platform seam: implemented in lib/src/os/.
///
/// Contract of every implementation:
/// - a proof is bound to one incarnation of one shared memory object and to the address space that took it: it ends with
///   the process (killed, crashed, exec'd), before its parent can reap it, and not before;
/// - it is neither inherited nor kept by a forked child, nor ended by closing descriptors;
/// - "dead" is only ever answered on proof, is final, and holds in every pid namespace. Doubt answers "alive".
#pragma once

#include "kickmsg/os/SharedMemory.h"

#include <atomic>
#include <cstdint>

namespace kickmsg {
namespace os {

/// What a proof stands for: an attachment, or the right to replace a region that the dead left.
enum class Role { Participant, Replacer };

class ProofOfLife {
public:
    ProofOfLife() noexcept = default;
    /// Errors: Error System or LimitReached: when the limit of descriptors, mappings or handles is reached; System with
    /// os_error() == EAGAIN, on every system, when a living one has this number.
    ProofOfLife(SharedMemory const& memory, Role role, uint64_t incarnation);
    ProofOfLife(ProofOfLife&& other) noexcept;
    ProofOfLife& operator=(ProofOfLife&& other) noexcept;
    ProofOfLife(ProofOfLife const&)            = delete;
    ProofOfLife& operator=(ProofOfLife const&) = delete;
    ~ProofOfLife();

private:
    void*    hold_ = nullptr; ///< by which the platform holds the proof
    uint32_t born_ = 0;       ///< forks() when it was taken
};

/// Whether the holder of `incarnation` lives. A system call.
bool is_alive(SharedMemory const& memory, Role role, uint64_t incarnation) noexcept;
/// Whether any participant lives, registered or about to be. A system call.
bool is_anyone_alive(SharedMemory const& memory) noexcept;

/// How often this process image has been forked from its origin: handles of an earlier count are inert.
#if defined(_WIN32)
constexpr uint32_t forks() noexcept
{
    return 0; // Windows has no fork
}
#else
extern std::atomic<uint32_t> fork_count;
inline uint32_t              forks() noexcept
{
    return fork_count.load(std::memory_order_relaxed); // relaxed: changes only while the process has one thread
}
#endif

uint64_t process_id() noexcept;

} // namespace os
} // namespace kickmsg
