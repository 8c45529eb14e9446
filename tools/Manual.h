/// The manual page and the completions, generated from the command line's own description: what --help says is what they say.
#pragma once

#include <string>

namespace CLI {
class App;
} // namespace CLI

namespace kickmsg_tools {

extern char const* const exit_codes; ///< a paragraph

/// In troff, for man(1).
std::string manual_of(CLI::App const& app, std::string const& version);
/// For `shell`: bash, zsh or fish.
std::string completion_of(CLI::App const& app, std::string const& shell);

} // namespace kickmsg_tools
