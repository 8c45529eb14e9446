/// Files that wait to take the name of a region in place of the one that has it, and folders that wait for a name to be moved into
/// them: what being armed is on Linux.
#pragma once

#include "Native.h"

#include <cstddef>
#include <cstdint>
#include <string>

namespace kickmsg {
namespace os {

/// The place of one attempt to replace one object, never used again: once it is empty, that attempt has failed for good.
/// It ends like the name, as far as that fits: so people see whose it is.
std::string waiting_path(SharedMemory::Native const& old, uint64_t replacer);

/// For every user, as /dev/shm is. What cannot be made shows when a file is to be named there.
void make_waiting_folder() noexcept;

/// Within the folder of an attempt to take a name away: what had the name, until the attempt has ended.
constexpr char const* taken_file = "/taken";

/// Removes what waits at `path`, the name that it has taken from a region included unless somebody alive holds that. Returns: whether the
/// attempt whose place it is cannot succeed any more; else errno says why.
bool remove_waiting_file(char const* path) noexcept;

/// The same for a place that is to be used again. Returns: false also where it cannot be cleared: somebody alive holds what was taken there.
bool free_waiting_place(char const* path) noexcept;

/// Removes everything that waits to take `name`. What comes meanwhile may be left out.
void remove_waiting(std::string const& name) noexcept;

/// Removes what waits and nobody alive holds, and what waits in vain, since the region that it is for has lost its name, for all names that begin, behind their slash, with `prefix`. Returns: its number.
std::size_t remove_abandoned(std::string const& prefix) noexcept;

/// Counts those of them that nobody alive holds.
std::size_t count_abandoned(std::string const& name) noexcept;

} // namespace os
} // namespace kickmsg
