/// kickmsg pub TOPIC: sends.
#include "Joining.h"
#include "Payload.h"
#include "Regions.h"
#include "Stop.h"
#include "kickmsg/Node.h"
#include "kickmsg/os/Time.h"

#include <algorithm>
#include <cerrno>
#include <optional>

namespace kickmsg_tools {

namespace {

struct Wanted {
    std::string topic;
    Payload     payload;
    bool        create = false;
    double      rate   = 0;
    uint64_t    count  = 0;
    uint64_t    most   = 4096;
};

kickmsg::Publisher publisher_of(Context const& context, Wanted const& wanted)
{
    std::string region;
    try {
        region = find_region(context, wanted.topic);
    } catch (Failure const& failure) {
        if (failure.code() != CouldNot || !wanted.create) {
            throw;
        }
    }
    if (!region.empty()) {
        auto const report = kickmsg::inspect(region, kickmsg::InspectDepth::Rings);
        if (report.region.error) {
            throw *report.region.error;
        }
        if (!report.region.provisional) {
            return speak(report.region);
        }
        if (!wanted.create) {
            throw Failure(CouldNot,
                          region +
                              ": it is provisional: its subscribers wait for a publisher that decides the geometry",
                          "with --create, and --max-payload, this one does");
        }
    }
    catch_signals();
    kickmsg::channel::Config cfg;
    cfg.max_payload_size = wanted.most;
    kickmsg::Node node("kickmsg-tool", context.node_prefix());
    auto          made = node.advertise_or_join(wanted.topic, cfg);
    remark("made the topic '" + printable(wanted.topic) + "': it stays until kickmsg prune or unlink");
    return made;
}

class Sender {
public:
    Sender(kickmsg::Publisher& publisher, double rate)
        : publisher_(publisher), pause_(rate > 0 ? std::min(1e9 / rate, longest) : 0)
    {
    }

    void send(std::string const& payload)
    {
        wait();
        if (is_stopped()) {
            return; // before it was due
        }
        int32_t const answer = publisher_.send(payload.data(), payload.size());
        if (answer == -EMSGSIZE) {
            throw Failure(CouldNot,
                          std::to_string(payload.size()) + " bytes are more than a message of this topic may have",
                          "kickmsg info says how many");
        }
        if (answer < 0) {
            throw Failure(CouldNot, "no slot could be had: views and other publishers hold all",
                          "kickmsg diagnose says who");
        }
        ++sent_;
    }
    uint64_t sent() const noexcept
    {
        return sent_;
    }

private:
    /// Until the next is due, counted from the first.
    void wait()
    {
        uint64_t const now = kickmsg::monotonic_ns();
        begin_             = sent_ == 0 ? now : begin_;
        auto const due     = begin_ + static_cast<uint64_t>(pause_ * static_cast<double>(sent_));
        if (pause_ > 0 && due > now) {
            pause_for(std::chrono::nanoseconds(due - now));
        }
    }

    static constexpr double longest = 1e18;

    kickmsg::Publisher& publisher_;
    double              pause_; ///< ns
    uint64_t            begin_ = 0, sent_ = 0;
};

void send_lines(Sender& sender)
{
    InputLines lines;
    for (std::string line; lines.next(line);) {
        sender.send(line);
    }
}

void pub(Context& context, Wanted const& wanted, Command const& command)
{
    if (sources(command, "TEXT") != 1) {
        throw Failure(Usage, "pub needs one of TEXT, --hex, --file and --stdin", "kickmsg pub --help");
    }
    bool const        is_one    = command.count("--count") == 0 && wanted.rate <= 0;
    uint64_t const    count     = is_one ? 1 : wanted.count;
    std::string const payload   = bytes_of(wanted.payload);
    auto              publisher = publisher_of(context, wanted);
    Sender            sender(publisher, wanted.rate);
    if (wanted.payload.lines) {
        send_lines(sender);
    } else {
        for (uint64_t i = 0; (count == 0 || i < count) && !is_stopped(); ++i) {
            sender.send(payload);
        }
    }
    if (context.json) {
        Json json    = document("pub");
        json["sent"] = sender.sent();
        write_json(json);
    }
}

} // namespace

void declare_pub(CLI::App& app, Context& context)
{
    static Wanted                 wanted;
    static std::optional<Command> self;
    Command                       command =
        declare(app, context, "pub", "Sends messages to a topic", [&context] { pub(context, wanted, *self); });
    self = command;
    command.group(listening);
    command.add_option("TOPIC", wanted.topic, "The topic")->required();
    add_options(command, wanted.payload, "TEXT");
    command.add_option("--rate", wanted.rate, "So many messages a second; as fast as it goes when left out")
        ->type_name("HZ");
    command
        .add_option("-n,--count", wanted.count,
                    "How many; 0: until it is ended. One when left out; with --rate until it is ended")
        ->type_name("COUNT");
    command.add_flag("--create", wanted.create, "Makes the topic where there is none");
    command.add_option("--max-payload", wanted.most, "With --create: bytes of the largest message")->type_name("BYTES");
    command.footer("Joins as an ordinary publisher, and leaves when it ends.");
}

} // namespace kickmsg_tools
