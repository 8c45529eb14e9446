/// kickmsg who TOPIC|PID: who takes part.
#include "Processes.h"
#include "Regions.h"
#include "Services.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <utility>

namespace kickmsg_tools {

namespace {

bool is_number(std::string const& text)
{
    return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isdigit(c) != 0; });
}

struct Row {
    std::string               region, title, role;
    kickmsg::ParticipantStats participant;
};

std::vector<Row> rows_of(std::vector<kickmsg::RegionReport> const& reports, std::string const& pid)
{
    std::vector<Row> rows;
    for (auto const& report : reports) {
        for (auto const& participant : report.region.participants) {
            if (pid.empty() || std::to_string(participant.pid) == pid) {
                rows.push_back(
                    {report.region.name, title(report.region), role_of(report.region, participant.kind), participant});
            }
        }
    }
    return rows;
}

Json json_of(Row const& row)
{
    Process const process = look_up(row.participant.pid, row.region);
    return Json{{"region", row.region},
                {"name", row.title},
                {"kind", row.participant.kind},
                {"role", row.role},
                {"pid", row.participant.pid},
                {"incarnation", row.participant.incarnation},
                {"alive", row.participant.alive},
                {"command", process.command},
                {"state", std::string(1, process.state)},
                {"verified", process.verified}};
}

/// What a process is several times in one region is a line.
std::string same_line(Row const& row)
{
    return std::to_string(row.participant.pid) + (row.participant.alive ? " alive " : " dead ") + row.role + " " +
           row.region;
}

void show(std::vector<Row> const& rows)
{
    std::map<std::string, unsigned> times;
    for (Row const& row : rows) {
        ++times[same_line(row)];
    }
    Table table({{"PID", true}, {"PROCESS"}, {"AS"}, {"OF"}, {"REGION"}});
    for (Row const& row : rows) {
        unsigned const count = std::exchange(times[same_line(row)], 0);
        if (count != 0) {
            table.add({std::to_string(row.participant.pid),
                       process_text(row.participant.pid, row.region, row.participant.alive),
                       times_text(row.role, count), printable(row.title), printable(row.region)},
                      row.participant.alive ? Tone::Plain : Tone::Bad);
        }
    }
    if (table.is_empty()) {
        remark("nobody takes part");
    }
    write(table.is_empty() ? "" : table.text());
}

void who(Context& context, std::string const& whom)
{
    bool const by_pid = is_number(whom);
    auto const reports =
        by_pid ? scan(context, kickmsg::InspectDepth::Rings) : chosen(context, whom, kickmsg::InspectDepth::Rings);
    if (!by_pid && !whom.empty() && reports[0].region.error) {
        throw *reports[0].region.error;
    }
    auto const rows = rows_of(reports, by_pid ? whom : "");
    context.exit    = rows.empty() ? Findings : Done;
    if (!context.json) {
        show(rows);
        return;
    }
    Json json            = document("who");
    json["participants"] = Json::array();
    for (Row const& row : rows) {
        json["participants"].push_back(json_of(row));
    }
    write_json(json);
}

} // namespace

void declare_who(CLI::App& app, Context& context)
{
    static std::string whom;
    Command            command =
        declare(app, context, "who", "Says who takes part in a topic, or in what a process takes part, alive and dead",
                [&context] { who(context, whom); });
    command.group(seeing);
    command.add_option("TOPIC|PID", whom,
                       "A topic, or the number of a process in its own pid namespace; all when left out");
    command.footer("A process with a question mark cannot be seen to have the topic open: another pid namespace, or "
                   "not ours to look at. Exit "
                   "code 1 when there is nobody.");
}

} // namespace kickmsg_tools
