/// Removing the names of regions: what the folder of all regions forbids, in words.
#pragma once

#include "Refusal.h"

#include <string>

namespace kickmsg {
namespace os {

/// Whether /dev/shm lets this user remove and replace `path`, as far as its permission bits tell.
bool may_remove(std::string const& path) noexcept;

/// Throws the Error about a removal that was refused with `error`. `what`: "cannot ..."; `path`: of the file that stays. Where the
/// sticky bit of the folder forbids it, that names the owner and has this `remedy`.
[[noreturn]] void refuse_removal(Call call, std::string const& name, std::string const& what, std::string const& path,
                                 Remedy const& remedy, int error);

} // namespace os
} // namespace kickmsg
