/// Shared memory objects by name. Platform seam: implemented in lib/src/os/.
#pragma once

#include "kickmsg/Export.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace kickmsg {

/// A shared memory object, mapped whole. Programs need of it only unlink(); regions are made of it.
///
/// Contract of every implementation:
/// - no half-made object is ever visible: it is built without a name, its memory reserved, and named when complete;
/// - a full file system is an error with sizes, never a fault later;
/// - names begin with one slash (added when missing) and contain no other.
///
/// Threads:  const members are thread-safe; all others need external synchronisation. Move-only.
class KICKMSG_API SharedMemory {
public:
    /// Builds an object of `size` zeroed bytes, to be called `name`, that nobody can find yet. `mode`: permission bits of the name.
    /// Returns: the object, mapped.
    /// Errors: Error InvalidName, NoSpace (with the bytes needed and available), PermissionDenied, LimitReached, System.
    static SharedMemory build(std::string const& name, std::size_t size, uint32_t mode);

    /// Maps the existing object `name`, whole.
    /// Returns: the object, mapped.
    /// Errors:  Error InvalidName, NotFound, PermissionDenied, NotReady (empty), Corrupt, LimitReached, System.
    static SharedMemory open(std::string const& name);

    /// Looks at the existing object `name` without taking part in it: read-only, by read() alone. data() is not for use. Of all other
    /// calls only the const ones that change nothing are for such an object: read(), mode(), size(), name(), is_linked().
    /// Returns: the object, neither locked nor changed.
    /// Errors:  Error InvalidName, NotFound, PermissionDenied, NotReady (empty), Corrupt, LimitReached, System.
    static SharedMemory inspect(std::string const& name);

    /// Returns: the names, with their slash, of all that may be objects and begins with `prefix` (its slash is optional), sorted. What
    ///          comes or goes meanwhile may be among them or not.
    /// Errors:  Error PermissionDenied, LimitReached, System, where they cannot be listed.
    static std::vector<std::string> names(std::string const& prefix);

    /// Clears what killed processes left half done under names that begin with `prefix` (its slash is optional), as far as it is
    /// allowed: objects that were to replace another, or that were being taken away.
    /// Returns: their number.
    static std::size_t clear_abandoned(std::string const& prefix);

    /// Removes `name`, whatever it leads to; existing mappings stay valid.
    /// Returns: false when there was none.
    /// Errors:  Error PermissionDenied, naming the owner, where only the owner may remove it; System.
    static bool unlink(std::string const& name);

    /// Returns: `name` as the system takes it.
    /// Errors:  Error InvalidName when it is empty, too long or malformed.
    static std::string checked_name(std::string const& name);

    /// Takes over the object of `other`, and leaves it without one.
    /// @{
    SharedMemory(SharedMemory&& other) noexcept;
    SharedMemory& operator=(SharedMemory&& other) noexcept;
    /// @}
    SharedMemory(SharedMemory const&)            = delete;
    SharedMemory& operator=(SharedMemory const&) = delete;
    /// Unmaps the object; its name stays.
    ~SharedMemory();

    /// Gives a built object its name.
    /// Returns: false when the name exists already.
    bool publish();
    /// Lets a built object take the name from `old` by replace(), once, until somebody disarms `replacer`: an incarnation
    /// of `old` whose proof of life in the role of a replacer the caller holds.
    /// Errors:  Error PermissionDenied, System.
    void arm(SharedMemory const& old, uint64_t replacer);
    /// Gives an armed object its name in place of the object that has it.
    /// Returns: false when it was disarmed before.
    /// Errors:  Error PermissionDenied, naming the owner, where only the owner may; System.
    bool replace();
    /// Lets the caller take the name away from this object by take_away(), once, until somebody disarms `replacer`: an incarnation of
    /// this object whose proof of life in the role of a replacer the caller holds.
    /// Errors:  Error PermissionDenied, naming the owner, where only the owner may; System.
    void arm_removal(uint64_t replacer) const;
    /// Removes the name, by a `replacer` that is armed for that.
    /// Returns: false when it was disarmed before, or the name does not lead to this object any more.
    /// Errors:  Error PermissionDenied, naming the owner, where only the owner may; System.
    bool take_away(uint64_t replacer) const;
    /// From now on `replacer` cannot take the name from this object; dead or alive.
    /// Returns: false where the system cannot do that: there a living replacer is waited for.
    /// Errors:  Error PermissionDenied, naming the owner; System.
    bool disarm(uint64_t replacer) const;
    /// Returns: whether this object has had its one chance of a name: where the system gives an object a name only once, after
    /// publish() or arm(), whatever has become of it.
    bool is_spent() const noexcept;
    /// Disarms all replacers of this name, as far as it is allowed, and clears what the dead among them left.
    void clear_waiting() const;
    /// Returns: the number of objects that dead replacers of this name left, and that nobody has cleared.
    std::size_t count_abandoned() const;
    /// Returns: whether the name leads to this object.
    bool is_linked() const noexcept;
    /// Copies `bytes` bytes from `offset` on to `to`. An object that has become shorter meanwhile is no fault.
    /// Returns: whether all of them were there.
    bool read(std::size_t offset, void* to, std::size_t bytes) const noexcept;
    /// Returns: the permission bits of the name when it was opened; 0600 where the system has none.
    uint32_t mode() const noexcept;

    /// Returns: the name, with its slash.
    std::string const& name() const noexcept;
    /// Returns: the first of its bytes.
    void* data() const noexcept;
    /// Returns: its size in bytes.
    std::size_t size() const noexcept;

    /// What the platform's other services need to know of the object.
    struct Native;
    /// Returns: that, for this object.
    KICKMSG_HIDDEN Native& native() const noexcept;

private:
    KICKMSG_HIDDEN explicit SharedMemory(std::unique_ptr<Native> native) noexcept;
    std::unique_ptr<Native> native_;
};

} // namespace kickmsg
