/// kickmsg echo TOPIC: shows messages as they come.
#include "Joining.h"
#include "MessageText.h"

namespace kickmsg_tools {

namespace {

using Message = kickmsg::Subscriber::SampleRef;
using Info    = kickmsg::SampleInfo;

struct Wanted {
    std::string   topic;
    MessageFormat format;
    uint64_t      count   = 0;
    double        seconds = 0;
    bool          wait    = false;
};

void show(Context const& context, MessageText const& text, Message const& message, Info const& info)
{
    if (context.json) {
        Json json         = document("echo");
        json["position"]  = message.ring_pos();
        json["publisher"] = info.publisher;
        json["sequence"]  = info.sequence;
        json["sent_ns"]   = info.sent_ns ? Json(*info.sent_ns) : Json();
        json["length"]    = message.len();
        text.add_to(json, message.data(), message.len());
        write_json(json);
    } else {
        write(text.lines(message.data(), message.len(),
                         "#" + std::to_string(info.sequence) + " of publisher " + std::to_string(info.publisher) +
                             ", " + std::to_string(message.len()) + " bytes"));
    }
    flush();
}

void echo(Context& context, Wanted const& wanted)
{
    MessageText text(wanted.format);
    auto        joined = listen(context, wanted.topic, wanted.wait);
    text.follow(joined.region.schema);
    uint64_t       shown = 0;
    uint64_t const lost  = take_all(
         joined.subscriber, wanted.seconds,
         [&](Message const& message, Info const& info) {
            show(context, text, message, info);
            ++shown;
            return wanted.count == 0 || shown < wanted.count;
        },
         [] {});
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
    add_options(command, wanted.format);
    command.add_option("-n,--count", wanted.count, "Ends after COUNT messages")->type_name("COUNT");
    command.add_option("--seconds", wanted.seconds, "Ends after SECONDS")->type_name("SECONDS");
    command.add_flag("--wait", wanted.wait, "Waits for the topic where there is none");
    command.footer("Joins as an ordinary subscriber, and leaves when it ends; what a kill -9 leaves, the next recovery "
                   "brings back. Without --format a number "
                   "is shown as one where the topic's type says so, else hex.");
}

} // namespace kickmsg_tools
