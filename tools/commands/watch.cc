/// kickmsg watch TOPIC: who comes, goes, dies, is recovered, loses; with keys, the values of a blackboard.
#include "Processes.h"
#include "Regions.h"
#include "Services.h"
#include "Stop.h"
#include "Values.h"

#include <chrono>
#include <ctime>
#include <map>

namespace kickmsg_tools {

namespace {

struct Wanted {
    std::string              topic;
    std::vector<std::string> keys;
    MessageFormat            format;
    double                   seconds  = 0;
    double                   interval = 0.1;
};

/// What is remembered of a participant between two looks.
struct Member {
    kickmsg::ParticipantStats participant;
    std::string               role;
    uint64_t                  lost = 0;
};

/// One region's participants, by their incarnation.
struct Seen {
    uint64_t                   created = 0;
    std::map<uint64_t, Member> members;
};

std::string clock_text()
{
    auto const  now = std::chrono::system_clock::now();
    std::time_t s   = std::chrono::system_clock::to_time_t(now);
    std::tm     parts{};
    char        text[32];
    (void)localtime_r(&s, &parts);
    (void)std::strftime(text, sizeof(text), "%H:%M:%S", &parts);
    return text;
}

class Watch {
public:
    explicit Watch(Context const& context) : context_(context) {}

    /// Compares with the look before; the first one says who is there.
    void look(std::vector<kickmsg::RegionReport> const& reports)
    {
        std::map<std::string, Seen> now;
        for (auto const& report : reports) {
            if (!report.region.error) {
                now[report.region.name] = seen_of(report);
            }
        }
        for (auto const& [name, seen] : now) {
            auto const before = seen_.find(name);
            if (before == seen_.end() || before->second.created != seen.created) {
                say(name, before == seen_.end() ? (first_ ? "there" : "created") : "replaced", nullptr);
                compare(name, Seen{}, seen);
            } else {
                compare(name, before->second, seen);
            }
        }
        for (auto const& [name, seen] : seen_) {
            if (now.count(name) == 0) {
                say(name, "removed", nullptr);
            }
        }
        seen_  = std::move(now);
        first_ = false;
    }

    uint64_t events() const noexcept
    {
        return events_;
    }

private:
    static Seen seen_of(kickmsg::RegionReport const& report)
    {
        Seen seen;
        seen.created = report.region.created_ns;
        for (auto const& participant : report.region.participants) {
            if (participant.kind != "region") {
                seen.members[participant.incarnation] = {participant, role_of(report.region, participant.kind), 0};
            }
        }
        for (auto const& subscriber : report.subscribers) {
            auto const member = seen.members.find(subscriber.incarnation);
            if (member != seen.members.end()) {
                member->second.lost = std::max(subscriber.ring.lost, subscriber.ring.evicted);
            }
        }
        return seen;
    }

    void compare(std::string const& name, Seen const& before, Seen const& after)
    {
        for (auto const& [incarnation, member] : after.members) {
            auto const was = before.members.find(incarnation);
            if (was == before.members.end() && first_ && !context_.json) {
                there(name, member, after);
            } else if (was == before.members.end()) {
                say(name, first_ ? "there" : "joined", &member);
            } else if (member.lost > was->second.lost) {
                say(name, "lost", &member, member.lost - was->second.lost);
            }
            if (!member.participant.alive && (was == before.members.end() || was->second.participant.alive)) {
                say(name, "died", &member);
            }
        }
        for (auto const& [incarnation, member] : before.members) {
            if (after.members.count(incarnation) == 0) {
                say(name, member.participant.alive ? "left" : "recovered", &member);
            }
        }
    }

    /// At the first look: what a process is several times in one region is a line, that of the first of them.
    void there(std::string const& region, Member const& member, Seen const& all)
    {
        uint64_t before = 0, count = 0;
        for (auto const& [incarnation, other] : all.members) {
            bool const alike = other.participant.pid == member.participant.pid && other.role == member.role &&
                               other.participant.alive == member.participant.alive;
            before += alike && incarnation < member.participant.incarnation ? 1 : 0;
            count += alike ? 1 : 0;
        }
        if (before == 0) {
            say(region, "there", &member, 0, count);
        }
    }

    void say(std::string const& region, std::string const& event, Member const* member, uint64_t lost = 0,
             uint64_t count = 1)
    {
        ++events_;
        if (context_.json) {
            Json json           = document("watch");
            json["time_ns"]     = std::chrono::system_clock::now().time_since_epoch() / std::chrono::nanoseconds(1);
            json["event"]       = event;
            json["region"]      = region;
            json["kind"]        = member != nullptr ? Json(member->participant.kind) : Json();
            json["pid"]         = member != nullptr ? Json(member->participant.pid) : Json();
            json["incarnation"] = member != nullptr ? Json(member->participant.incarnation) : Json();
            json["lost"]        = lost;
            write_json(json);
        } else {
            Tone const  tone = event == "died" || event == "lost"      ? Tone::Bad
                               : event == "joined" || event == "there" ? Tone::Good
                                                                       : Tone::Plain;
            std::string who  = member == nullptr
                                   ? ""
                                   : "  " + times_text(member->role, count) + " pid " +
                                        std::to_string(member->participant.pid) + " (" +
                                        process_text(member->participant.pid, region, member->participant.alive) + ")";
            write(clock_text() + "  " + toned(fitted(event, 10), tone) + printable(region) + who +
                  (lost != 0 ? "  " + std::to_string(lost) + " messages" : "") + "\n");
        }
        flush();
    }

    Context const&              context_;
    std::map<std::string, Seen> seen_;
    uint64_t                    events_ = 0;
    bool                        first_  = true;
};

std::vector<kickmsg::RegionReport> one_or_none(std::string const& region)
{
    try {
        return {kickmsg::inspect(region, kickmsg::InspectDepth::Rings)};
    } catch (kickmsg::Error const& error) {
        if (error.code() != kickmsg::ErrorCode::NotFound) {
            throw;
        }
        return {};
    }
}

void watch(Context& context, Wanted const& wanted)
{
    using Seconds = std::chrono::duration<double>;
    catch_signals();
    if (!wanted.keys.empty()) {
        watch_values(context, wanted.topic, wanted.keys, wanted.format, wanted.seconds);
        return;
    }
    std::string const region = wanted.topic.empty() ? "" : find_region(context, wanted.topic);
    Watch             watch(context);
    auto const        begin = std::chrono::steady_clock::now();
    do {
        watch.look(region.empty() ? scan(context, kickmsg::InspectDepth::Rings) : one_or_none(region));
        pause_for(std::chrono::duration_cast<std::chrono::nanoseconds>(Seconds(wanted.interval)));
    } while (!is_stopped() && !is_reader_gone() &&
             (wanted.seconds <= 0 || std::chrono::steady_clock::now() - begin < Seconds(wanted.seconds)));
    context.exit = watch.events() == 0 ? Findings : Done;
}

} // namespace

void declare_watch(CLI::App& app, Context& context)
{
    static Wanted wanted;
    Command       command = declare(
              app, context, "watch",
              "Says who joins, leaves, dies, is recovered and loses messages, as it happens; or shows values of a blackboard",
              [&context] { watch(context, wanted); });
    command.group(seeing);
    command.add_option("TOPIC", wanted.topic, "The topic, all when left out; or a blackboard");
    command.add_option("KEY", wanted.keys, "Keys of a blackboard: their values, and each that is written");
    add_options(command, wanted.format);
    command.add_option("--seconds", wanted.seconds, "Ends after SECONDS")->type_name("SECONDS");
    command.add_option("--interval", wanted.interval, "Seconds between two looks")->type_name("SECONDS")->positive();
    command.footer(
        "It looks again and again: who comes and goes between two looks is not seen. With a KEY it takes a handle of "
        "the "
        "blackboard, and is woken by each write; a value that another one follows at once may not be shown.");
}

} // namespace kickmsg_tools
