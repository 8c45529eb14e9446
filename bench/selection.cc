#include "selection.h"

#include <algorithm>
#include <regex>
#include <stdexcept>

namespace kickmsg {
namespace bench {

void Selection::declare(CLI::App& app)
{
    app.add_option("--cells", patterns, "only the cells whose whole name matches one of these regular expressions");
    app.add_option("--rounds", rounds, "of every cell, whatever the mode says")->check(CLI::PositiveNumber);
    app.add_option("--seconds", seconds, "of a round, whatever the mode says")->check(CLI::PositiveNumber);
}

void Selection::shorten(Plan& plan) const
{
    if (seconds > 0) {
        plan.latency_seconds = seconds;
        plan.loop_seconds    = seconds;
    }
}

void Selection::choose(std::vector<Cell>& cells) const
{
    std::vector<Cell> chosen;
    for (std::string const& pattern : patterns) {
        std::regex const  expression(pattern);
        std::size_t const before = chosen.size();
        std::copy_if(cells.begin(), cells.end(), std::back_inserter(chosen),
                     [&](Cell const& cell) { return std::regex_match(cell.name, expression); });
        if (chosen.size() == before) {
            throw std::invalid_argument("--cells " + pattern + ": no cell has such a name; --list names them");
        }
    }
    if (!patterns.empty()) {
        cells = std::move(chosen);
    }
    for (Cell& cell : cells) {
        cell.rounds = rounds > 0 ? rounds : cell.rounds;
    }
}

} // namespace bench
} // namespace kickmsg
