/// Shared memory objects by name. Platform seam: implemented in lib/src/os/.
///
/// Contract of every implementation:
/// - no half-made object is ever visible: it is built without a name, its memory reserved, and named when complete;
/// - a full file system is an error with sizes, never a fault later;
/// - names begin with one slash (added when missing) and contain no other.
#pragma once

#include "kickmsg/Export.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace kickmsg {

class KICKMSG_API SharedMemory {
public:
    /// Builds an object of `size` zeroed bytes that nobody can find yet. `mode`: permission bits of the future name.
    /// Errors: Error InvalidName, NoSpace (with the bytes needed and available), PermissionDenied, LimitReached, System.
    static SharedMemory build(std::string const& name, std::size_t size, uint32_t mode);

    /// Maps an existing object, whole. Errors: Error InvalidName, NotFound, PermissionDenied, NotReady (empty), Corrupt,
    /// LimitReached, System.
    static SharedMemory open(std::string const& name);

    /// Removes a name. Who has the object mapped keeps it. Returns: whether there was one.
    static bool unlink(std::string const& name) noexcept;

    /// Returns: the name as the system takes it. Errors: Error InvalidName when it is empty, too long or malformed.
    static std::string checked_name(std::string const& name);

    SharedMemory(SharedMemory&&) noexcept;
    SharedMemory& operator=(SharedMemory&&) noexcept;
    SharedMemory(SharedMemory const&)            = delete;
    SharedMemory& operator=(SharedMemory const&) = delete;
    ~SharedMemory();

    /// Gives a built object its name. Returns: false when the name exists already.
    bool publish();
    /// Gives a built object its name in place of the object that has it.
    void replace();
    /// Whether the name leads to this object.
    bool is_linked() const noexcept;

    std::string const& name() const noexcept;
    void*              data() const noexcept;
    std::size_t        size() const noexcept; ///< bytes

    /// What the platform's other services need to know of the object.
    struct Native;
    KICKMSG_HIDDEN Native& native() const noexcept;

private:
    KICKMSG_HIDDEN explicit SharedMemory(std::unique_ptr<Native> native) noexcept;
    std::unique_ptr<Native> native_;
};

} // namespace kickmsg
