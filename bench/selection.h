/// Some cells in a short run: what scripts/compare.py starts again and again.
#pragma once

#include "plan.h"

#include <CLI/CLI.hpp>

#include <string>
#include <vector>

namespace kickmsg {
namespace bench {

struct Selection {
    std::vector<std::string> patterns;
    int                      rounds  = 0; ///< of each cell; 0 = as the mode says
    double                   seconds = 0; ///< of a round; 0 = as the mode says

    void declare(CLI::App& app);
    void shorten(Plan& plan) const;
    /// Keeps the cells whose whole name matches one of the patterns. Errors: std::invalid_argument, a pattern without a cell.
    void choose(std::vector<Cell>& cells) const;
};

} // namespace bench
} // namespace kickmsg
