/// kickmsg unlink TOPIC: removes a name.
#include "Regions.h"
#include "kickmsg/Node.h"
#include "kickmsg/os/SharedMemory.h"

#include <iostream>
#include <unistd.h>

namespace kickmsg_tools {

namespace {

std::string question(kickmsg::RegionReport const& report)
{
    uint32_t const users = living(report.region);
    std::string    text  = "unlink " + printable(report.region.name);
    text += report.region.error ? ", which cannot be read" : ", a " + report.region.kind;
    text += users == 0 ? ", which nobody alive uses" : ", which " + std::to_string(users) + " living participants use";
    return text + "? [y/N] ";
}

bool agreed(kickmsg::RegionReport const& report)
{
    if (isatty(STDIN_FILENO) == 0) {
        throw Failure(Usage, "unlink asks, and there is no terminal to ask on", "--yes answers for you");
    }
    (void)std::fputs(question(report).c_str(), stderr);
    std::string answer;
    std::getline(std::cin, answer);
    return answer == "y" || answer == "Y" || answer == "yes";
}

/// As its users would, so that they are told of it; what cannot be opened goes as it is.
void remove(kickmsg::ListedRegion const& region)
{
    if (region.error) {
        kickmsg::SharedMemory::unlink(region.name);
        return;
    }
    kickmsg::SharedRegion::open(region.name).unlink();
}

void unlink(Context& context, std::string const& topic, bool yes)
{
    auto const report  = look_at(context, topic, kickmsg::InspectDepth::Rings);
    bool const removed = yes || agreed(report);
    if (removed) {
        remove(report.region);
    }
    context.exit = removed ? Done : Findings;
    if (context.json) {
        Json json       = document("unlink");
        json["region"]  = report.region.name;
        json["removed"] = removed;
        json["users"]   = living(report.region);
        write_json(json);
    } else {
        write(removed ? "removed " + printable(report.region.name) + "\n" : "left alone\n");
    }
}

} // namespace

void declare_unlink(CLI::App& app, Context& context)
{
    static std::string topic;
    static bool        yes     = false;
    Command            command = declare(app, context, "unlink", "Removes the name of a region; asks first",
                                         [&context] { unlink(context, topic, yes); });
    command.group(mending);
    command.add_option("TOPIC", topic, "The topic")->required();
    command.add_flag("--yes,-y", yes, "Does not ask");
    command.footer("Those that use it keep it; nobody new finds it. Exit code 1 when the answer was no.");
}

} // namespace kickmsg_tools
