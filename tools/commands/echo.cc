/// kickmsg echo TOPIC: shows messages as they come.
#include "Joining.h"
#include "Layout.h"
#include "Regions.h"

#include <algorithm>
#include <cctype>

namespace kickmsg_tools {

namespace {

using Message = kickmsg::Subscriber::SampleRef;
using Info    = kickmsg::SampleInfo;

struct Wanted {
    std::string topic;
    std::string format;
    uint64_t    count   = 0;
    double      seconds = 0;
    bool        wait    = false;
    uint64_t    most    = 256; ///< bytes of a message that are shown
};

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

class Echo {
public:
    Echo(Context const& context, Wanted const& wanted, kickmsg::RegionReport const& region)
        : context_(context), wanted_(wanted)
    {
        bool const plain =
            wanted.format.empty() || wanted.format == "hex" || wanted.format == "text" || wanted.format == "json";
        if (!plain) {
            layout_ = StructLayout::parse(wanted.format);
        } else if (wanted.format.empty() && region.schema) {
            layout_ = StructLayout::of(*region.schema);
        }
    }

    bool show(Message const& message, Info const& info)
    {
        context_.json ? show_json(message, info) : show_text(message, info);
        flush();
        ++shown_;
        return wanted_.count == 0 || shown_ < wanted_.count;
    }

private:
    std::string text_of(Message const& message) const
    {
        return {static_cast<char const*>(message.data()), message.len()};
    }

    void show_json(Message const& message, Info const& info) const
    {
        Json json         = document("echo");
        json["position"]  = message.ring_pos();
        json["publisher"] = info.publisher;
        json["sequence"]  = info.sequence;
        json["sent_ns"]   = info.sent_ns ? Json(*info.sent_ns) : Json();
        json["length"]    = message.len();
        if (layout_) {
            json["fields"] = layout_->read(message.data(), message.len());
        } else if (wanted_.format == "text") {
            json["text"] = text_of(message);
        } else if (wanted_.format == "json") {
            json["json"] = Json::parse(text_of(message), nullptr, false);
            json["json"] = json["json"].is_discarded() ? Json() : json["json"];
        } else {
            json["hex"] = hex(message.data(), message.len());
        }
        write_json(json);
    }

    void show_text(Message const& message, Info const& info) const
    {
        if (layout_) {
            write(layout_->read(message.data(), message.len()).dump(-1, ' ', true, Json::error_handler_t::replace) +
                  "\n");
        } else if (wanted_.format == "text") {
            write(printable(text_of(message)) + "\n");
        } else if (wanted_.format == "json") {
            Json const json = Json::parse(text_of(message), nullptr, false);
            write(json.is_discarded() ? "no JSON: " + printable(text_of(message)) + "\n"
                                      : json.dump(2, ' ', true) + "\n");
        } else {
            std::size_t const shown = static_cast<std::size_t>(std::min<uint64_t>(message.len(), wanted_.most));
            write(toned("#" + std::to_string(info.sequence) + " of publisher " + std::to_string(info.publisher) + ", " +
                            std::to_string(message.len()) + " bytes",
                        Tone::Dim) +
                  "\n" + dump(message.data(), shown) +
                  (shown < message.len() ? "... " + std::to_string(message.len() - shown) + " more bytes\n" : ""));
        }
    }

    Context const&              context_;
    Wanted const&               wanted_;
    std::optional<StructLayout> layout_;
    uint64_t                    shown_ = 0;
};

void echo(Context& context, Wanted const& wanted)
{
    auto           joined = listen(context, wanted.topic, wanted.wait);
    Echo           echo(context, wanted, joined.region);
    uint64_t const lost = take_all(
        joined.subscriber, wanted.seconds,
        [&](Message const& message, Info const& info) { return echo.show(message, info); }, [] {});
    if (lost != 0) {
        remark(std::to_string(lost) + " messages were lost: they came faster than they were shown");
    }
}

} // namespace

void declare_echo(CLI::App& app, Context& context)
{
    static Wanted wanted;
    Command       command = declare(app, context, "echo", "Shows the messages of a topic as they come",
                                    [&context] { echo(context, wanted); });
    command.group(listening);
    command.add_option("TOPIC", wanted.topic, "The topic")->required();
    command
        .add_option("--format", wanted.format,
                    "hex, text, json, or fields: \"f64 x, u32[4] ids, char[16] name\"; \"packed: ...\" without gaps, "
                    "\"f32 x, ...\" as often as it fits")
        ->type_name("FORMAT");
    command.add_option("-n,--count", wanted.count, "Ends after COUNT messages")->type_name("COUNT");
    command.add_option("--seconds", wanted.seconds, "Ends after SECONDS")->type_name("SECONDS");
    command.add_option("--bytes", wanted.most, "Shows so many bytes of each in hex")->type_name("BYTES");
    command.add_flag("--wait", wanted.wait, "Waits for the topic where there is none");
    command.footer("Joins as an ordinary subscriber, and leaves when it ends; what a kill -9 leaves, the next recovery "
                   "brings back. Without --format a number "
                   "is shown as one where the topic's type says so, else hex.");
}

} // namespace kickmsg_tools
