/// The rows of top as lines of text, as wide as the terminal, and as JSON.
#pragma once

#include "Output.h"
#include "TopModel.h"

#include <string>
#include <vector>

namespace kickmsg_tools {

/// By what rows can be sorted.
extern std::vector<std::string> const top_sorts;

/// How they are shown.
struct TopTable {
    std::string sort     = "rate";
    bool        reversed = false;
    bool        expanded = false; ///< a line for each participant, too

    struct Line {
        std::string text;
        Tone        tone;
    };
    std::string       heading(std::size_t width) const;
    std::vector<Line> lines(std::vector<TopRow> const& rows, std::size_t width) const;
    Json              json(std::vector<TopRow> const& rows) const;
};

} // namespace kickmsg_tools
