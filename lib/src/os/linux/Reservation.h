/// Memory for a region's file, before anybody uses it.
#pragma once

#include <cstddef>
#include <string>

namespace kickmsg {
namespace os {

/// Reserves `size` bytes from the start of the file. Errors: Error NoSpace, with the bytes needed and available; System.
void reserve(int fd, std::string const& name, std::size_t size);

} // namespace os
} // namespace kickmsg
