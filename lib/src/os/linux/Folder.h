/// Listing a folder.
#pragma once

#include "OpenAboveStandard.h"

#include <cerrno>
#include <dirent.h>
#include <fcntl.h>
#include <memory>

namespace kickmsg {
namespace os {

/// Calls act(name) for each entry of `folder`, the dots included. Allocates nothing but what fdopendir() needs. Returns: 0, or errno when
/// it cannot be listed.
template <class Act>
int for_each_entry(char const* folder, Act act)
{
    Descriptor                                opened(open_above_standard(folder, O_RDONLY | O_DIRECTORY));
    std::unique_ptr<DIR, int (*)(DIR*)> const listing(opened.get() < 0 ? nullptr : fdopendir(opened.get()), closedir);
    if (!listing) {
        return errno;
    }
    opened.release();
    for (dirent const* entry = nullptr; (errno = 0, entry = readdir(listing.get())) != nullptr;) {
        act(static_cast<char const*>(entry->d_name));
    }
    return errno;
}

} // namespace os
} // namespace kickmsg
