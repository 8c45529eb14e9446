/// The names of a region's words, for the tables of states.
#pragma once

#include <cstddef>
#include <string>

namespace kickmsg {
namespace detail {
class Layout;
} // namespace detail
} // namespace kickmsg

namespace kickmsg_testkit {

/// Returns: the name of the word that the `offset` of a region lies in, such as "slot[2].references"; "payload" of what is no word of the
/// protocol.
std::string word_at(kickmsg::detail::Layout& layout, std::size_t offset);

} // namespace kickmsg_testkit
