/// kickmsg info TOPIC: what was decided when a region was made, and how it stands.
#include "Regions.h"
#include "Services.h"

#include <ctime>

namespace kickmsg_tools {

namespace {

std::string date_text(uint64_t ns)
{
    auto const seconds = static_cast<std::time_t>(ns / 1000000000U);
    std::tm    parts{};
    char       text[64];
    return gmtime_r(&seconds, &parts) != nullptr &&
                   std::strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S UTC", &parts) != 0
               ? text
               : std::to_string(ns) + " ns";
}

std::string octal(uint32_t mode)
{
    char text[16];
    std::snprintf(text, sizeof(text), "%04o", mode);
    return text;
}

void line(char const* what, std::string const& value)
{
    write(toned(fitted(what, 14), Tone::Bold) + value + "\n");
}

void show(kickmsg::RegionReport const& report)
{
    kickmsg::ListedRegion const& region = report.region;
    line("region", printable(region.name));
    line("status",
         std::string(status_text(region.status)) +
             (region.provisional ? ", provisional: its subscribers leave the geometry to the publisher" : ""));
    line("memory", bytes_text(static_cast<double>(region.size)) + " (" + std::to_string(region.size) + " bytes)");
    line("layout", "version " + std::to_string(region.layout_version));
    if (region.error) {
        line("error", printable(without_remedy(*region.error)));
        line("remedy", remedy_of(*region.error, region.name));
        return;
    }
    auto const& config = region.config;
    line("kind", region.kind);
    line("name", printable(title(region)));
    line("prefix", printable(region.prefix));
    line("type", report.schema ? type_text(report) : "none set");
    line("made", date_text(region.created_ns) + " by '" + printable(region.creator) + "', pid " +
                     std::to_string(region.creator_pid));
    line("mode", octal(config.mode));
    if (region.kind == "blackboard") {
        line("open handles", attendance_text(region.handles));
        line("values", "kickmsg values " + printable(region.name) + " shows them");
        return;
    }
    line((role_of(region, "subscriber") + "s").c_str(),
         attendance_text(region.subscribers) + " of " + std::to_string(config.max_subscribers) + ", rings of " +
             std::to_string(config.sub_ring_capacity) + " messages, views " + std::to_string(config.max_views) +
             " each");
    line((role_of(region, "publisher") + "s").c_str(),
         attendance_text(region.publishers) + " of " + std::to_string(config.max_publishers));
    line("sent",
         std::to_string(region.sent) + " messages" + (config.send_time ? ", which say when they were sent" : ""));
    line("open handles", attendance_text(region.handles));
    line("pool", std::to_string(config.pool_size) + " slots of " + bytes_text(static_cast<double>(report.slot_bytes)) +
                     ", messages of up to " + std::to_string(longest_payload(region)) + " bytes at multiples of " +
                     std::to_string(config.payload_alignment));
    if (config.history != 0) {
        line("history", "the last " + std::to_string(config.history) + " messages, in slots of their own");
    }
}

} // namespace

void declare_info(CLI::App& app, Context& context)
{
    static std::string topic;
    Command            command =
        declare(app, context, "info", "Says what a topic is: geometry, type, creator, mode, status", [&context] {
            auto const report = look_at(context, topic, kickmsg::InspectDepth::Rings);
            context.exit      = report.region.error ? Findings : Done;
            if (context.json) {
                Json json      = document("info");
                json["region"] = json_of(report.region);
                if (!report.region.error) {
                    json["region"]["message_type"] = report.schema ? json_of(*report.schema) : Json();
                    json["region"]["slot_bytes"]   = report.slot_bytes;
                }
                write_json(json);
            } else {
                show(report);
            }
        });
    command.group(seeing);
    command.add_option("TOPIC", topic, "The topic")->required();
}

} // namespace kickmsg_tools
