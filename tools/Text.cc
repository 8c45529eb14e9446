/// Text that comes out of memory, on a terminal: what of it may be written, and how wide it is.
#include "Output.h"

#include <algorithm>
#include <cstdio>
#include <iterator>

namespace kickmsg_tools {

namespace {

struct Range {
    uint32_t first, last;
};

/// Nothing is drawn, or it is drawn over the character before.
constexpr Range no_column[] = {{0x0300, 0x036f}, {0x200b, 0x200d}, {0x2060, 0x2060}, {0x20d0, 0x20ff},
                               {0xfe00, 0xfe0f}, {0xfe20, 0xfe2f}, {0xfeff, 0xfeff}, {0xe0100, 0xe01ef}};
/// East Asian letters, and pictures.
constexpr Range two_columns[] = {{0x1100, 0x115f},  {0x2e80, 0x303e},   {0x3041, 0xa4cf},   {0xa960, 0xa97f},
                                 {0xac00, 0xd7a3},  {0xf900, 0xfaff},   {0xfe30, 0xfe6f},   {0xff00, 0xff60},
                                 {0xffe0, 0xffe6},  {0x1f300, 0x1f64f}, {0x1f680, 0x1f6ff}, {0x1f900, 0x1f9ff},
                                 {0x20000, 0x3fffd}};
/// They move what is around them: lines, and the direction of writing.
constexpr Range moving[] = {{0x0000, 0x001f}, {0x007f, 0x009f}, {0x200e, 0x200f},
                            {0x2028, 0x202e}, {0x2066, 0x2069}, {0x061c, 0x061c}};

template <std::size_t Count>
bool is_in(Range const (&ranges)[Count], uint32_t point) noexcept
{
    return std::any_of(std::begin(ranges), std::end(ranges),
                       [&](Range const& range) noexcept { return point >= range.first && point <= range.last; });
}

/// Bytes of the character that begins at `i`, cut where the text ends.
std::size_t length_at(std::string const& text, std::size_t i) noexcept
{
    auto const        byte   = static_cast<unsigned char>(text[i]);
    std::size_t const length = byte < 0xc0U ? 1 : byte < 0xe0U ? 2 : byte < 0xf0U ? 3 : 4;
    return std::min(length, text.size() - i);
}

uint32_t point_at(std::string const& text, std::size_t i, std::size_t length) noexcept
{
    auto const byte  = static_cast<unsigned char>(text[i]);
    uint32_t   point = length == 1 ? byte : byte & (0xffU >> (length + 1));
    for (std::size_t j = 1; j < length; ++j) {
        point = point << 6U | (static_cast<unsigned char>(text[i + j]) & 0x3fU);
    }
    return point;
}

std::size_t columns_of(uint32_t point) noexcept
{
    return point < no_column[0].first ? 1 : is_in(no_column, point) ? 0 : is_in(two_columns, point) ? 2 : 1;
}

} // namespace

std::string printable(std::string const& text)
{
    if (std::all_of(text.begin(), text.end(), [](char each) { return each >= ' ' && each <= '~'; })) {
        return text;
    }
    // What is no UTF-8 has no width.
    std::string const valid =
        Json::parse(Json(text).dump(-1, ' ', false, Json::error_handler_t::replace)).get<std::string>();
    std::string safe;
    for (std::size_t i = 0, length = 0; i < valid.size(); i += length) {
        length               = length_at(valid, i);
        uint32_t const point = point_at(valid, i, length);
        if (is_in(moving, point)) {
            char escaped[12];
            std::snprintf(escaped, sizeof(escaped), point < 0x100 ? "\\x%02x" : "\\u%04x", point);
            safe += escaped;
        } else {
            safe.append(valid, i, length);
        }
    }
    return safe;
}

std::size_t width(std::string const& text) noexcept
{
    std::size_t columns = 0;
    for (std::size_t i = 0, length = 0; i < text.size(); i += length) {
        length = length_at(text, i);
        columns += columns_of(point_at(text, i, length));
    }
    return columns;
}

std::string fitted(std::string const& text, std::size_t wanted)
{
    std::size_t const has = width(text);
    if (has <= wanted) {
        return text + std::string(wanted - has, ' ');
    }
    std::string cut;
    std::size_t used = 0;
    for (std::size_t i = 0, length = 0; i < text.size(); i += length) {
        length                    = length_at(text, i);
        std::size_t const columns = columns_of(point_at(text, i, length));
        if (used + columns >= wanted) { // the mark needs a column
            break;
        }
        cut.append(text, i, length);
        used += columns;
    }
    return wanted == 0 ? std::string() : cut + "~" + std::string(wanted - used - 1, ' ');
}

} // namespace kickmsg_tools
