#include "Output.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <unistd.h>

namespace kickmsg_tools {

namespace {

std::string scaled(double value, double step, char const* const* units, std::size_t count)
{
    std::size_t unit = 0;
    while (value >= step && unit + 1 < count) {
        value /= step;
        ++unit;
    }
    char text[32];
    std::snprintf(text, sizeof(text), unit == 0 || value >= 99.95 ? "%.0f%s" : "%.1f%s", value, units[unit]);
    return text;
}

int error_of_output = 0; ///< the first

void note_error(bool failed) noexcept
{
    if (failed && error_of_output == 0) {
        error_of_output = errno != 0 ? errno : EIO;
    }
}

} // namespace

Json document(std::string const& name)
{
    Json json;
    json["schema"]  = "kickmsg." + name;
    json["version"] = json_version;
    return json;
}

void write(std::string const& text)
{
    note_error(std::fwrite(text.data(), 1, text.size(), stdout) != text.size());
}

std::string text_of(Json const& json)
{
    return json.dump(-1, ' ', true, Json::error_handler_t::replace);
}

void write_json(Json const& json)
{
    write(text_of(json) + "\n");
}

void DocumentList::add(Json const& one)
{
    std::string const head = is_begun_ ? "," : head_.substr(0, head_.size() - 1) + ",\"" + name_ + "\":[";
    write(head + text_of(one));
    is_begun_ = true;
}

void DocumentList::end()
{
    if (!is_begun_) {
        write(head_.substr(0, head_.size() - 1) + ",\"" + name_ + "\":[");
    }
    write("]}\n");
}

bool is_output_open() noexcept
{
    return error_of_output == 0;
}

int output_error() noexcept
{
    return error_of_output;
}

void flush() noexcept
{
    note_error(std::fflush(stdout) != 0);
}

void remark(std::string const& text)
{
    (void)std::fprintf(stderr, "kickmsg: %s\n", printable(text).c_str());
}

bool is_terminal() noexcept
{
    return isatty(STDOUT_FILENO) != 0;
}

bool has_colours() noexcept
{
    char const* const refused  = std::getenv("NO_COLOR");
    char const* const terminal = std::getenv("TERM");
    return is_terminal() && (refused == nullptr || *refused == '\0') &&
           !(terminal != nullptr && std::string(terminal) == "dumb");
}

std::string toned(std::string const& text, Tone tone)
{
    static bool const colours = has_colours();
    if (!colours || tone == Tone::Plain) {
        return text;
    }
    char const* const begin = tone == Tone::Bold   ? "\033[1m"
                              : tone == Tone::Dim  ? "\033[2m"
                              : tone == Tone::Good ? "\033[32m"
                              : tone == Tone::Warn ? "\033[33m"
                                                   : "\033[31m";
    return begin + text + "\033[0m";
}

std::string times_text(std::string const& what, uint64_t count)
{
    return count == 1 ? what : what + " x" + std::to_string(count);
}

std::string bytes_text(double bytes)
{
    static char const* const units[] = {"B", "K", "M", "G", "T"};
    return bytes < 0 ? "-" : scaled(bytes, 1024, units, 5);
}

std::string rate_text(double rate)
{
    static char const* const units[] = {"", "k", "M", "G"};
    if (rate < 0) {
        return "-";
    }
    if (rate > 0 && rate < 10) {
        char text[16];
        std::snprintf(text, sizeof(text), "%.1f", rate);
        return text;
    }
    return scaled(rate, 1000, units, 4);
}

std::string time_text(double seconds)
{
    char text[32];
    if (seconds < 1e-3) {
        std::snprintf(text, sizeof(text), "%.1f us", seconds * 1e6);
    } else if (seconds < 1) {
        std::snprintf(text, sizeof(text), "%.2f ms", seconds * 1e3);
    } else {
        std::snprintf(text, sizeof(text), "%.2f s", seconds);
    }
    return text;
}

std::string hex(void const* data, std::size_t length)
{
    static char const* const digits = "0123456789abcdef";
    auto const* const        bytes  = static_cast<unsigned char const*>(data);
    std::string              text;
    text.reserve(2 * length);
    for (std::size_t i = 0; i < length; ++i) {
        text += digits[bytes[i] >> 4U];
        text += digits[bytes[i] & 15U];
    }
    return text;
}

void Table::add(std::vector<std::string> cells, Tone tone)
{
    cells.resize(columns_.size());
    rows_.push_back({std::move(cells), tone});
}

std::vector<std::size_t> Table::widths() const
{
    std::vector<std::size_t> widths;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
        std::size_t widest = width(columns_[i].heading);
        for (Row const& row : rows_) {
            widest = std::max(widest, width(row.cells[i]));
        }
        widths.push_back(widest);
    }
    return widths;
}

std::string Table::line(std::vector<std::string> const& cells, std::vector<std::size_t> const& widths) const
{
    std::string text;
    for (std::size_t i = 0; i < cells.size(); ++i) {
        std::string const blank(widths[i] - width(cells[i]), ' ');
        text += i == 0 ? "" : "  ";
        text += columns_[i].is_number ? blank + cells[i] : cells[i] + blank;
    }
    return text.substr(0, text.find_last_not_of(' ') + 1);
}

std::string Table::text() const
{
    auto const               all = widths();
    std::vector<std::string> headings;
    for (Column const& column : columns_) {
        headings.push_back(column.heading);
    }
    std::string text = toned(line(headings, all), Tone::Bold) + "\n";
    for (Row const& row : rows_) {
        text += toned(line(row.cells, all), row.tone) + "\n";
    }
    return text;
}

} // namespace kickmsg_tools
