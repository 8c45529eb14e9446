#include "MessageText.h"

#include <algorithm>
#include <cctype>
#include <cstdio>

namespace kickmsg_tools {

namespace {

/// As hexdump -C does.
std::string dump(void const* data, std::size_t length)
{
    auto const* const bytes = static_cast<unsigned char const*>(data);
    std::string       text;
    for (std::size_t line = 0; line < length; line += 16) {
        char place[24];
        std::snprintf(place, sizeof(place), "%08zx ", line);
        std::string hexes, letters;
        for (std::size_t i = line; i < std::min(line + 16, length); ++i) {
            hexes += (i == line + 8 ? "  " : " ") + hex(bytes + i, 1);
            letters += std::isprint(bytes[i]) != 0 ? static_cast<char>(bytes[i]) : '.';
        }
        text += place + fitted(hexes, 50) + "|" + letters + "|\n";
    }
    return text;
}

std::string bytes_of(void const* data, std::size_t length)
{
    return length == 0 ? std::string() : std::string(static_cast<char const*>(data), length);
}

/// Returns: nothing where it is no JSON, or is nested so deep that writing it would take the whole stack.
std::optional<Json> parsed(std::string const& text)
{
    constexpr int deepest  = 200;
    bool          too_deep = false;
    Json          json     = Json::parse(
                     text,
                     [&too_deep](int depth, Json::parse_event_t /*event*/, Json& /*value*/) {
            too_deep = too_deep || depth > deepest;
            return !too_deep;
        },
                     false);
    return too_deep || json.is_discarded() ? std::nullopt : std::optional<Json>(std::move(json));
}

} // namespace

void add_options(Command command, MessageFormat& format)
{
    command
        .add_option("--format", format.format,
                    "hex, text, json, or fields: \"f64 x, u32[4] ids, char[16] name\"; \"packed: ...\" without gaps, "
                    "\"f32 x, ...\" as often as it fits")
        ->type_name("FORMAT");
    command.add_option("--bytes", format.most, "Shows so many bytes of each in hex")->type_name("BYTES");
}

MessageText::MessageText(MessageFormat const& format) : wanted_(format)
{
    std::string const& name = format.format;
    if (!name.empty() && name != "hex" && name != "text" && name != "json") {
        layout_ = StructLayout::parse(name);
    }
}

void MessageText::follow(std::optional<kickmsg::SchemaInfo> const& schema)
{
    if (wanted_.format.empty() && schema) {
        layout_ = StructLayout::of(*schema);
    }
}

void MessageText::add_to(Json& json, void const* data, std::size_t length) const
{
    if (layout_) {
        json["fields"] = layout_->read(data, length);
    } else if (wanted_.format == "text") {
        json["text"] = bytes_of(data, length);
    } else if (wanted_.format == "json") {
        json["json"] = parsed(bytes_of(data, length)).value_or(Json());
    } else {
        json["hex"] = hex(data, length);
    }
}

std::string MessageText::lines(void const* data, std::size_t length, std::string const& heading) const
{
    if (layout_) {
        return text_of(layout_->read(data, length)) + "\n";
    }
    if (wanted_.format == "text") {
        return printable(bytes_of(data, length)) + "\n";
    }
    if (wanted_.format == "json") {
        std::string const text = bytes_of(data, length);
        auto const        json = parsed(text);
        return json ? json->dump(2, ' ', true) + "\n" : "no JSON: " + printable(text) + "\n";
    }
    auto const shown = static_cast<std::size_t>(std::min<uint64_t>(length, wanted_.most));
    return toned(heading, Tone::Dim) + "\n" + dump(data, shown) +
           (shown < length ? "... " + std::to_string(length - shown) + " more bytes\n" : "");
}

} // namespace kickmsg_tools
