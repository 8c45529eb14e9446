/// The one place where output is made: tables, colours, JSON.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

namespace kickmsg_tools {

using Json = nlohmann::ordered_json;

/// Of the JSON documents; raised when a field changes its meaning or goes. New fields do not raise it.
constexpr int json_version = 1;

/// A document of the kind `kickmsg.NAME`, without its contents yet.
Json document(std::string const& name);
/// In one line of ASCII. What is no UTF-8 is replaced.
std::string text_of(Json const& json);
/// Writes that line to stdout.
void write_json(Json const& json);
void write(std::string const& text);

/// Writes a document whose last field is a list, one member after the other: of many none is kept.
class DocumentList {
public:
    /// The document `head`, with the list `name`.
    DocumentList(Json const& head, std::string name) : head_(text_of(head)), name_(std::move(name)) {}
    void add(Json const& one);
    void end();

private:
    std::string head_, name_;
    bool        is_begun_ = false;
};

/// Whether stdout took all so far: a pipe that was closed does not.
bool is_output_open() noexcept;
/// Returns: the errno of the first that it did not take; 0 where there is none.
int  output_error() noexcept;
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

/// `text` without control characters, those that turn the direction of writing included: names come out of memory that anybody may have
/// written.
std::string printable(std::string const& text);
/// Of a text that is UTF-8: the columns that it takes on a terminal.
std::size_t width(std::string const& text) noexcept;
/// `text` cut or filled to that width.
std::string fitted(std::string const& text, std::size_t wanted);

/// `what`, and how many of it when there are several: "subscriber x3".
std::string times_text(std::string const& what, uint64_t count);
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
