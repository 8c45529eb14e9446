/// kickmsg prune: removes regions that only the dead left.
#include "Regions.h"

namespace kickmsg_tools {

namespace {

struct Wanted {
    bool all = false;
    bool dry = false;
};

Json kept_json(std::string const& region, kickmsg::Error const& error)
{
    return Json{{"region", region},
                {"error", error.what()},
                {"why", without_remedy(error)},
                {"remedy", remedy_of(error, region)}};
}

kickmsg::Error in_use(std::string const& region)
{
    return kickmsg::Error(kickmsg::ErrorCode::InUse, region, "the region is in use", {"end its users first"});
}

/// What a run would do, by the same looks.
Json rehearsal(std::vector<kickmsg::RegionReport> const& reports)
{
    Json json         = document("prune");
    json["dry_run"]   = true;
    json["removed"]   = Json::array();
    json["kept"]      = Json::array();
    json["leftovers"] = 0;
    for (auto const& report : reports) {
        auto const& region = report.region;
        if (region.error) {
            json["kept"].push_back(kept_json(region.name, *region.error));
        } else if (living(region) != 0) {
            json["kept"].push_back(kept_json(region.name, in_use(region.name)));
        } else {
            json["removed"].push_back(region.name);
        }
    }
    return json;
}

Json done(kickmsg::PruneReport const& report)
{
    Json json         = document("prune");
    json["dry_run"]   = false;
    json["removed"]   = report.removed;
    json["kept"]      = Json::array();
    json["leftovers"] = report.leftovers;
    for (auto const& kept : report.kept) {
        json["kept"].push_back(kept_json(kept.name, kept.error));
    }
    return json;
}

void show(Json const& json)
{
    bool const dry = json["dry_run"].get<bool>();
    for (auto const& name : json["removed"]) {
        write((dry ? "would remove " : "removed ") + printable(name.get<std::string>()) + "\n");
    }
    for (auto const& kept : json["kept"]) {
        auto const words = [&kept](char const* field) { return printable(kept[field].get<std::string>()); };
        write(toned("kept " + words("region") + ": " + words("why") + " -> " + words("remedy"), Tone::Dim) + "\n");
    }
    if (json["leftovers"] != 0) {
        write("cleared " + std::to_string(json["leftovers"].get<uint64_t>()) + " hidden files\n");
    }
    if (json["removed"].empty()) {
        write("nothing to remove\n");
    }
}

void prune(Context& context, Wanted const& wanted)
{
    if (context.prefix.empty() && !wanted.all && !wanted.dry) {
        throw Failure(Usage, "prune removes regions: it needs --prefix PREFIX, or --all", "--dry-run shows which");
    }
    Json const json =
        wanted.dry ? rehearsal(scan(context, kickmsg::InspectDepth::Rings)) : done(kickmsg::prune(context.beginning()));
    context.exit = json["removed"].empty() && json["leftovers"] == 0 ? Findings : Done;
    context.json ? write_json(json) : show(json);
}

} // namespace

void declare_prune(CLI::App& app, Context& context)
{
    static Wanted wanted;
    Command       command = declare(app, context, "prune", "Removes the regions that nobody alive takes part in",
                                    [&context] { prune(context, wanted); });
    command.group(mending);
    command.add_flag("--all", wanted.all, "Of every prefix");
    command.add_flag("--dry-run", wanted.dry, "Shows what would be removed, and removes nothing");
    command.footer("A region is never removed under anybody alive, nor under one that is just opening it. Exit code 1 "
                   "when there was nothing to "
                   "remove.");
}

} // namespace kickmsg_tools
