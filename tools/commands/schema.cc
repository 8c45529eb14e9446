/// kickmsg schema, kickmsg schema-diff: what topics carry.
#include "Regions.h"

namespace kickmsg_tools {

namespace {

kickmsg::RegionReport readable(Context const& context, std::string const& topic)
{
    auto report = look_at(context, topic, kickmsg::InspectDepth::Rings);
    if (report.region.error) {
        throw *report.region.error;
    }
    return report;
}

void show_schema(Context& context, std::string const& topic)
{
    auto const report = readable(context, topic);
    context.exit      = report.schema ? Done : Findings;
    if (context.json) {
        Json json            = document("schema");
        json["region"]       = report.region.name;
        json["message_type"] = report.schema ? json_of(*report.schema) : Json();
        json["schema_stuck"] = report.schema_stuck;
        write_json(json);
        return;
    }
    if (!report.schema) {
        write(report.schema_stuck ? "being set by a process that has died\n" : "none set\n");
        return;
    }
    auto const& schema = *report.schema;
    write(type_text(report) + "\nidentity " + hex(schema.identity.data(), schema.identity.size()) + " (algorithm " +
          std::to_string(schema.identity_algo) + ")\nlayout   " + hex(schema.layout.data(), schema.layout.size()) +
          " (algorithm " + std::to_string(schema.layout_algo) + ")\nflags    " + std::to_string(schema.flags) + "\n");
}

std::vector<std::string> differences(kickmsg::RegionReport const& a, kickmsg::RegionReport const& b)
{
    static constexpr std::pair<uint32_t, char const*> names[] = {{kickmsg::schema::Identity, "identity"},
                                                                 {kickmsg::schema::Layout, "layout"},
                                                                 {kickmsg::schema::Version, "version"},
                                                                 {kickmsg::schema::Name, "name"},
                                                                 {kickmsg::schema::IdentityAlgo, "identity_algo"},
                                                                 {kickmsg::schema::LayoutAlgo, "layout_algo"}};
    if (!a.schema || !b.schema) {
        return a.schema.has_value() == b.schema.has_value() ? std::vector<std::string>{}
                                                            : std::vector<std::string>{"presence"};
    }
    std::vector<std::string> found;
    uint32_t const           bits = kickmsg::schema::diff(*a.schema, *b.schema);
    for (auto const& [bit, name] : names) {
        if ((bits & bit) != 0) {
            found.emplace_back(name);
        }
    }
    return found;
}

void compare(Context& context, std::string const& one, std::string const& other)
{
    auto const a = readable(context, one), b = readable(context, other);
    auto const found = differences(a, b);
    context.exit     = found.empty() ? Done : Findings;
    if (context.json) {
        Json json           = document("schema-diff");
        json["a"]           = Json{{"region", a.region.name}, {"message_type", a.schema ? json_of(*a.schema) : Json()}};
        json["b"]           = Json{{"region", b.region.name}, {"message_type", b.schema ? json_of(*b.schema) : Json()}};
        json["differences"] = found;
        write_json(json);
        return;
    }
    std::string text;
    for (std::string const& each : found) {
        text += (text.empty() ? "" : ", ") + each;
    }
    write("a: " + (a.schema ? type_text(a) : "none set") + "\nb: " + (b.schema ? type_text(b) : "none set") + "\n" +
          (found.empty() ? toned("the same", Tone::Good) : toned("different: " + text, Tone::Bad)) + "\n");
}

} // namespace

void declare_schema(CLI::App& app, Context& context)
{
    static std::string topic;
    Command            command = declare(app, context, "schema", "Shows the type of a topic's messages",
                                         [&context] { show_schema(context, topic); });
    command.group(seeing);
    command.add_option("TOPIC", topic, "The topic")->required();
    command.footer("Exit code 1 when none is set.");
}

void declare_schema_diff(CLI::App& app, Context& context)
{
    static std::string one, other;
    Command            command = declare(app, context, "schema-diff", "Compares the types of two topics",
                                         [&context] { compare(context, one, other); });
    command.group(seeing);
    command.add_option("TOPIC", one, "The one")->required();
    command.add_option("OTHER", other, "The other")->required();
    command.footer("Exit code 1 when they differ.");
}

} // namespace kickmsg_tools
