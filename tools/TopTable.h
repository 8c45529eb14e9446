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
    /// What a line is about: a region, or a participant of it.
    struct Place {
        TopRow const* row         = nullptr;
        TopRow const* participant = nullptr;
    };
    std::string heading(std::size_t width) const;
    /// Returns: what there is a line for, in its order; it looks at nothing but `rows`, and is valid as long as these are.
    std::vector<Place> places(std::vector<TopRow> const& rows) const;
    /// Of a participant it looks at the process: for lines that are shown.
    static Line line(Place const& place, std::size_t width);
    Json        json(std::vector<TopRow> const& rows) const;
};

} // namespace kickmsg_tools
