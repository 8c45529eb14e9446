/// kickmsg recover TOPIC|--all: brings back what the dead hold.
#include "Regions.h"
#include "kickmsg/Region.h"

namespace kickmsg_tools {

namespace {

struct Outcome {
    std::string                region;
    uint64_t                   participants = 0, rings = 0, slots = 0, schema = 0; ///< brought back
    std::optional<std::string> error;
};

uint64_t dead_rings(kickmsg::RegionReport const& report)
{
    uint64_t count = 0;
    for (auto const& subscriber : report.subscribers) {
        count += subscriber.alive ? 0 : 1;
    }
    return count;
}

bool needs_recovery(kickmsg::RegionReport const& report)
{
    return !report.region.error && (dead(report.region) != 0 || dead_rings(report) != 0 || report.schema_stuck ||
                                    report.sweep_owed || (report.pool && report.pool->orphaned != 0));
}

/// Opening a region recovers it already; so what came back is what was there before and is not afterwards.
Outcome recover_one(kickmsg::RegionReport const& before)
{
    Outcome outcome;
    outcome.region = before.region.name;
    try {
        auto region = kickmsg::SharedRegion::open(before.region.name);
        region.recover();
        auto const after     = kickmsg::inspect(before.region.name);
        auto const less      = [](uint64_t from, uint64_t to) { return from > to ? from - to : 0; };
        outcome.participants = less(dead(before.region), dead(after.region));
        outcome.rings        = less(dead_rings(before), dead_rings(after));
        outcome.slots        = before.pool && after.pool ? less(before.pool->orphaned, after.pool->orphaned) : 0;
        outcome.schema       = before.schema_stuck && !after.schema_stuck ? 1 : 0;
    } catch (kickmsg::Error const& error) {
        outcome.error = error.what();
    }
    return outcome;
}

void show(Outcome const& outcome)
{
    if (outcome.error) {
        (void)std::fprintf(stderr, "%s\n", printable(*outcome.error).c_str());
        return;
    }
    write(printable(outcome.region) + ": " + std::to_string(outcome.participants) + " participants, " +
          std::to_string(outcome.rings) + " rings, " + std::to_string(outcome.slots) + " slots brought back\n");
}

Json json_of(Outcome const& outcome)
{
    return Json{{"region", outcome.region}, {"participants", outcome.participants},
                {"rings", outcome.rings},   {"slots", outcome.slots},
                {"schema", outcome.schema}, {"error", outcome.error ? Json(*outcome.error) : Json()}};
}

void recover(Context& context, std::string const& topic, bool all)
{
    if (topic.empty() != all) {
        throw Failure(Usage, "recover needs a TOPIC, or --all, and not both", "kickmsg recover --help");
    }
    std::vector<Outcome> outcomes;
    for (auto const& report : chosen(context, topic, kickmsg::InspectDepth::Slots)) {
        if (!all && report.region.error) {
            throw *report.region.error;
        }
        if (needs_recovery(report)) {
            outcomes.push_back(recover_one(report));
            context.exit = outcomes.back().error ? CouldNot : context.exit;
        }
    }
    if (context.json) {
        Json json       = document("recover");
        json["regions"] = Json::array();
        for (Outcome const& outcome : outcomes) {
            json["regions"].push_back(json_of(outcome));
        }
        write_json(json);
        return;
    }
    for (Outcome const& outcome : outcomes) {
        show(outcome);
    }
    if (outcomes.empty()) {
        write("nothing to bring back\n");
    }
}

} // namespace

void declare_recover(CLI::App& app, Context& context)
{
    static std::string topic;
    static bool        all     = false;
    Command            command = declare(app, context, "recover", "Brings back what the dead hold, under live traffic",
                                         [&context] { recover(context, topic, all); });
    command.group(mending);
    command.add_option("TOPIC", topic, "The topic");
    command.add_flag("--all", all, "Every region of --prefix, or of this machine");
    command.footer("Only the proven dead are touched. Regions with nothing to bring back are not opened. Exit code 0 "
                   "also when there was nothing.");
}

} // namespace kickmsg_tools
