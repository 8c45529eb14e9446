/// The memory limits of control groups, of both versions.
#pragma once

#include "Machine.h"

#include <cstddef>
#include <string>

namespace kickmsg_tools {

/// Whether a region of `largest` bytes would have room under the memory limits of this process's control groups and of all above them: as the library
/// judges when it makes one. `root`: as that of check_machine().
Checkup check_groups(std::size_t largest, std::string const& root);

} // namespace kickmsg_tools
