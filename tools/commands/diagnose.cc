/// kickmsg diagnose: what is wrong, without changing it.
#include "Findings.h"
#include "Regions.h"

namespace kickmsg_tools {

namespace {

void diagnose(Context& context, std::string const& topic)
{
    auto const           reports = chosen(context, topic, kickmsg::InspectDepth::Slots);
    std::vector<Finding> all;
    for (auto const& report : reports) {
        auto found = findings_of(report);
        all.insert(all.end(), found.begin(), found.end());
    }
    context.exit = all.empty() ? Done : Findings;
    if (context.json) {
        Json json         = document("diagnose");
        json["looked_at"] = reports.size();
        json["findings"]  = Json::array();
        for (Finding const& finding : all) {
            json["findings"].push_back(json_of(finding));
        }
        write_json(json);
        return;
    }
    for (Finding const& finding : all) {
        show(finding);
    }
    if (all.empty()) {
        write(toned("healthy", Tone::Good) + ": " + std::to_string(reports.size()) + " regions\n");
    }
}

} // namespace

void declare_diagnose(CLI::App& app, Context& context)
{
    static std::string topic;
    Command            command = declare(app, context, "diagnose",
                                         "Finds the dead, what they hold, who loses messages, who hoards views; changes nothing",
                                         [&context] { diagnose(context, topic); });
    command.group(mending);
    command.add_option("TOPIC", topic, "The topic; all when left out");
    command.footer("Exit code 0 healthy, 1 something was found, 2 it could not be looked at.");
}

} // namespace kickmsg_tools
