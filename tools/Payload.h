/// What a command is told to send: a text, hexadecimal digits, a file, or each line of the input.
#pragma once

#include "Context.h"

#include <cstddef>
#include <string>

namespace kickmsg_tools {

struct Payload {
    std::string text, hex, file;
    bool        lines = false; ///< of the standard input, a message each
};

/// Declares it. `text`: the name of the argument that is a payload as it is.
void add_options(Command command, Payload& payload, char const* text);
/// Returns: how many of the ways were chosen.
std::size_t sources(Command const& command, char const* text);
/// Returns: the payload, but for lines; none is empty. Errors: Failure: no pairs of digits, a file that cannot be read.
std::string bytes_of(Payload const& payload);

/// The lines of the standard input, one by one. A signal ends the wait for the next.
class InputLines {
public:
    /// Returns: false at the end of the input, after a signal, and when nobody reads the output any more.
    bool next(std::string& line);

private:
    void fill();

    std::string buffer_;
    std::size_t begin_ = 0, searched_ = 0;
    bool        ended_ = false;
};

} // namespace kickmsg_tools
