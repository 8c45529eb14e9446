#include "TopTable.h"

#include "Processes.h"

#include <algorithm>
#include <cstdlib>

namespace kickmsg_tools {

std::vector<std::string> const top_sorts = {"rate",  "bytes", "unread", "lost", "evicted",
                                            "views", "kept",  "free",   "dead", "name"};

namespace {

struct Column {
    char const* heading;
    std::size_t width;
    char const* sort; ///< null: not to be sorted by
};

constexpr Column columns[] = {{"RATE/s", 8, "rate"}, {"BYTES/s", 8, "bytes"},   {"UNREAD", 7, "unread"},
                              {"LOST", 8, "lost"},   {"EVICTED", 8, "evicted"}, {"VIEWS", 6, "views"},
                              {"KEPT", 6, "kept"},   {"FREE", 6, "free"},       {"PUB", 4, nullptr},
                              {"SUB", 4, nullptr},   {"DEAD", 5, "dead"}};

double value_of(TopRow const& row, std::string const& sort)
{
    return sort == "rate"      ? row.rate
           : sort == "bytes"   ? row.bandwidth
           : sort == "unread"  ? static_cast<double>(row.unread)
           : sort == "lost"    ? static_cast<double>(row.lost)
           : sort == "evicted" ? static_cast<double>(row.evicted)
           : sort == "views"   ? static_cast<double>(row.views)
           : sort == "kept"    ? static_cast<double>(row.kept)
           : sort == "free"    ? static_cast<double>(row.free)
                               : static_cast<double>(row.dead);
}

std::vector<TopRow const*> sorted(std::vector<TopRow> const& rows, std::string const& sort, bool reversed)
{
    std::vector<TopRow const*> order;
    order.reserve(rows.size());
    for (TopRow const& row : rows) {
        order.push_back(&row);
    }
    std::stable_sort(order.begin(), order.end(), [&](TopRow const* a, TopRow const* b) {
        TopRow const& left  = reversed ? *b : *a;
        TopRow const& right = reversed ? *a : *b;
        return sort == "name" ? left.name < right.name : value_of(left, sort) > value_of(right, sort);
    });
    return order;
}

/// Eight heights, relative to the largest; ASCII where the locale is not UTF-8.
std::string sparkline(std::deque<double> const& history, std::size_t width)
{
    static char const* const blocks[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    static char const* const plain[]  = {"_", ".", ":", "-", "=", "+", "*", "#"};
    static bool const        utf8     = [] {
        for (char const* const name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
            char const* const value = std::getenv(name);
            if (value != nullptr && *value != '\0') {
                std::string const text = value;
                return text.find("UTF-8") != std::string::npos || text.find("utf8") != std::string::npos;
            }
        }
        return false;
    }();
    std::size_t const shown = std::min(width, history.size());
    double const      most  = history.empty() ? 0 : *std::max_element(history.begin(), history.end());
    std::string       text;
    for (std::size_t i = history.size() - shown; i < history.size(); ++i) {
        auto const height = most <= 0 ? 0 : static_cast<std::size_t>(history[i] / most * 7.0 + 0.5);
        text += utf8 ? blocks[height] : plain[height];
    }
    return text;
}

std::string count_text(int64_t count)
{
    return count < 0 ? "-" : count < 100000 ? std::to_string(count) : rate_text(static_cast<double>(count));
}

std::vector<std::string> cells_of(TopRow const& row)
{
    auto const of_a_region  = [&](uint32_t count) { return row.kind.empty() ? std::to_string(count) : std::string(); };
    bool const is_publisher = row.kind == "publisher";
    auto const counted      = [&](uint64_t count) {
        return is_publisher ? std::string() : count_text(static_cast<int64_t>(count));
    };
    auto const if_known  = [](int64_t count) { return count < 0 ? std::string() : count_text(count); };
    bool const is_region = row.kind.empty();
    return {rate_text(row.rate),
            !is_region          ? ""
            : row.bandwidth < 0 ? "-"
                                : bytes_text(row.bandwidth),
            counted(row.unread),
            counted(row.lost),
            counted(row.evicted),
            is_region ? count_text(row.views) : if_known(row.views),
            is_region ? count_text(row.kept) : if_known(row.kept),
            is_region ? count_text(row.free) : if_known(row.free),
            of_a_region(row.publishers),
            of_a_region(row.subscribers),
            is_region && row.dead != 0 ? std::to_string(row.dead) : ""};
}

/// One region or participant as Json, the same numbers.
Json json_of(TopRow const& row)
{
    auto const known = [](auto value) { return value < 0 ? Json() : Json(value); };
    Json       json;
    if (row.kind.empty()) {
        json["region"]      = row.region;
        json["name"]        = row.name;
        json["publishers"]  = row.publishers;
        json["subscribers"] = row.subscribers;
        json["dead"]        = row.dead;
        json["bandwidth"]   = known(row.bandwidth);
        json["free"]        = known(row.free);
    } else {
        json["kind"]  = row.kind;
        json["pid"]   = row.pid;
        json["alive"] = row.alive;
    }
    json["rate"]    = known(row.rate);
    json["unread"]  = row.unread;
    json["lost"]    = row.lost;
    json["evicted"] = row.evicted;
    json["views"]   = known(row.views);
    json["kept"]    = known(row.kept);
    if (row.kind.empty()) {
        json["participants"] = Json::array();
        for (TopRow const& participant : row.participants) {
            json["participants"].push_back(json_of(participant));
        }
    }
    return json;
}

std::size_t name_width(std::size_t columns_of_screen) noexcept
{
    return std::min<std::size_t>(columns_of_screen, columns_of_screen < 100 ? 16 : 28);
}

/// As many columns as fit; what is left is the history's.
TopTable::Line line_of(std::string const& name, std::vector<std::string> const& cells,
                       std::deque<double> const* history, std::size_t width, Tone tone)
{
    std::string text = fitted(name, name_width(width));
    for (std::size_t i = 0; i < cells.size(); ++i) {
        std::size_t const wanted = columns[i].width;
        if (kickmsg_tools::width(text) + wanted + 1 > width) {
            break;
        }
        std::size_t const has = kickmsg_tools::width(cells[i]);
        text += " " + (has < wanted ? std::string(wanted - has, ' ') + cells[i] : fitted(cells[i], wanted));
    }
    std::size_t const used = kickmsg_tools::width(text);
    if (history != nullptr && !history->empty() && used + 4 < width) {
        text += " " + sparkline(*history, width - used - 1);
    }
    return {text, tone};
}

/// What matters comes first: names are cut.
std::string process_of(TopRow const& row, TopRow const& participant)
{
    if (!participant.alive) {
        return "dead";
    }
    std::string const text = process_text(participant.pid, row.region, true);
    std::size_t const at   = text.rfind(", stopped");
    return at == std::string::npos ? text : "STOPPED " + text.substr(0, at);
}

TopTable::Line line_of_participant(TopRow const& row, TopRow const& participant, std::size_t width)
{
    std::string const process = process_of(row, participant);
    std::string const name =
        (participant.kind == "publisher" ? "  > " : "  < ") + std::to_string(participant.pid) + " " + process;
    Tone const tone = !participant.alive ? Tone::Bad : process.compare(0, 7, "STOPPED") == 0 ? Tone::Warn : Tone::Plain;
    return line_of(name, cells_of(participant), nullptr, width, tone);
}

} // namespace

std::vector<TopTable::Place> TopTable::places(std::vector<TopRow> const& rows) const
{
    std::vector<Place> all;
    for (TopRow const* const row : sorted(rows, sort, reversed)) {
        all.push_back({row, nullptr});
        if (expanded) {
            for (TopRow const& participant : row->participants) {
                all.push_back({row, &participant});
            }
        }
    }
    return all;
}

TopTable::Line TopTable::line(Place const& place, std::size_t width)
{
    TopRow const& row = *place.row;
    if (place.participant != nullptr) {
        return line_of_participant(row, *place.participant, width);
    }
    if (row.has_error) {
        return {fitted(printable(row.name) + "  cannot be read: kickmsg info", width), Tone::Bad};
    }
    Tone const tone = row.dead != 0 ? Tone::Bad : row.publishers + row.subscribers == 0 ? Tone::Dim : Tone::Plain;
    return line_of(printable(row.name), cells_of(row), row.history, width, tone);
}

std::string TopTable::heading(std::size_t width) const
{
    std::vector<std::string> cells;
    for (Column const& column : columns) {
        bool const is_sort = column.sort != nullptr && sort == column.sort;
        cells.push_back(std::string(is_sort ? (reversed ? "^" : "v") : "") + column.heading);
    }
    return line_of(sort == "name" ? "vNAME" : "NAME", cells, nullptr, width, Tone::Bold).text;
}

Json TopTable::json(std::vector<TopRow> const& rows) const
{
    Json all = Json::array();
    for (TopRow const* const row : sorted(rows, sort, reversed)) {
        all.push_back(json_of(*row));
    }
    return all;
}

} // namespace kickmsg_tools
