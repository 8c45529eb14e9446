/// Where the words of a region lie, as this compiler lays them out: processes of different builds meet in one region.
#pragma once

#include <string>

namespace kickmsg {
namespace budgets {

/// A line for each field: structure, field, offset, size; then the offsets of one region.
std::string layout_table();

} // namespace budgets
} // namespace kickmsg
