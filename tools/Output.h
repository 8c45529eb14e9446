/// The one place where output is made: tables, colours, JSON.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace kickmsg_tools {

using Json = nlohmann::ordered_json;

/// Of the JSON documents; raised when a field changes its meaning or goes. New fields do not raise it.
constexpr int json_version = 1;

/// A document of the kind `kickmsg.NAME`, without its contents yet.
Json document(std::string const& name);
/// Writes one line of ASCII to stdout. What is no UTF-8 is replaced.
void write_json(Json const& json);
void write(std::string const& text);
/// Whether stdout took all so far: a pipe that was closed does not.
bool is_output_open() noexcept;
void flush() noexcept;
/// A line on stderr, "kickmsg: " before it.
void remark(std::string const& text);

/// Whether stdout is a terminal.
bool is_terminal() noexcept;
/// Whether it may have colours: a terminal, and no NO_COLOR.
bool has_colours() noexcept;

enum class Tone { Plain, Bold, Dim, Good, Warn, Bad };
/// `text` in that tone, where there are colours.
std::string toned(std::string const& text, Tone tone);

/// `text` without control characters: names come out of memory that anybody may have written.
std::string printable(std::string const& text);
/// Of a text that is UTF-8: its characters.
std::size_t width(std::string const& text) noexcept;
/// `text` cut or filled to that width.
std::string fitted(std::string const& text, std::size_t wanted);

std::string bytes_text(double bytes);  ///< "12.3M"
std::string rate_text(double rate);    ///< "1.2k", "-" when it is negative: not known
std::string time_text(double seconds); ///< "12.3 us"
std::string hex(void const* data, std::size_t length);

/// Rows under headings, as wide as what is in them.
class Table {
public:
    struct Column {
        std::string heading;
        bool        is_number = false;
    };
    explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

    void add(std::vector<std::string> cells, Tone tone = Tone::Plain);
    bool is_empty() const noexcept
    {
        return rows_.empty();
    }
    std::string text() const;

private:
    struct Row {
        std::vector<std::string> cells;
        Tone                     tone;
    };
    std::vector<std::size_t> widths() const;
    std::string              line(std::vector<std::string> const& cells, std::vector<std::size_t> const& widths) const;

    std::vector<Column> columns_;
    std::vector<Row>    rows_;
};

} // namespace kickmsg_tools
