/// kickmsg list: what there is.
#include "Rates.h"
#include "Regions.h"
#include "kickmsg/os/Time.h"

#include <chrono>

namespace kickmsg_tools {

namespace {

struct Wanted {
    bool   names = false;
    double rates = 0; ///< seconds between two looks; 0: none
};

Tone tone_of(kickmsg::RegionReport const& report)
{
    if (report.region.error) {
        return Tone::Bad;
    }
    return dead(report.region) != 0 ? Tone::Warn : living(report.region) == 0 ? Tone::Dim : Tone::Plain;
}

std::vector<std::string> cells(kickmsg::RegionReport const& report, double rate)
{
    kickmsg::ListedRegion const& region = report.region;
    if (region.error) {
        return {"?",
                printable(region.name),
                "",
                "",
                "",
                "",
                bytes_text(static_cast<double>(region.size)),
                status_text(region.status),
                "",
                printable(without_remedy(*region.error))};
    }
    return {kind_of(region),
            printable(title(region)),
            printable(region.prefix),
            attendance_text(region.publishers),
            attendance_text(region.subscribers),
            attendance_text(region.handles),
            bytes_text(static_cast<double>(region.size)),
            region.provisional ? "provisional" : status_text(region.status),
            rate_text(rate),
            type_text(report)};
}

void show(std::vector<kickmsg::RegionReport> const& reports, Rates const& rates)
{
    Table    table({{"KIND"},
                    {"NAME"},
                    {"PREFIX"},
                    {"PUB", true},
                    {"SUB", true},
                    {"OPEN", true},
                    {"MEMORY", true},
                    {"STATUS"},
                    {"RATE/s", true},
                    {"TYPE"}});
    uint64_t bytes = 0;
    for (auto const& report : reports) {
        table.add(cells(report, rates.of(report)), tone_of(report));
        bytes += report.region.size;
    }
    write(table.is_empty() ? "" : table.text());
    if (is_terminal()) {
        write(toned(std::to_string(reports.size()) + " regions, " + bytes_text(static_cast<double>(bytes)), Tone::Dim) +
              "\n");
    }
}

void show_json(std::vector<kickmsg::RegionReport> const& reports, Rates const& rates)
{
    Json json       = document("list");
    json["regions"] = Json::array();
    for (auto const& report : reports) {
        Json region = json_of(report.region);
        if (!report.region.error) {
            double const rate      = rates.of(report);
            region["message_type"] = report.schema ? Json(kickmsg::schema::text_of(*report.schema)) : Json();
            region["rate"]         = rate < 0 ? Json() : Json(rate);
        }
        json["regions"].push_back(std::move(region));
    }
    write_json(json);
}

void list(Context& context, Wanted const& wanted)
{
    using kickmsg::InspectDepth;
    Rates rates;
    auto  reports = scan(context, InspectDepth::Rings);
    if (wanted.rates > 0) {
        rates.add(reports);
        kickmsg::sleep(
            std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::duration<double>(wanted.rates)));
        reports = scan(context, InspectDepth::Rings);
        rates.add(reports);
    }
    context.exit = reports.empty() ? Findings : Done;
    if (wanted.names) {
        for (auto const& report : reports) {
            write(printable(report.region.error ? report.region.name : title(report.region)) + "\n");
        }
    } else if (context.json) {
        show_json(reports, rates);
    } else {
        show(reports, rates);
    }
}

} // namespace

void declare_list(CLI::App& app, Context& context)
{
    static Wanted wanted;
    Command       command = declare(app, context, "list",
                                    "Lists topics, broadcasts, mailboxes and raw regions: kind, type, participants, memory",
                                    [&context] { list(context, wanted); });
    command.group(seeing);
    command.footer("Without --prefix all regions of this machine. Exit code 1 when there is none.");
    command.add_flag("--names", wanted.names, "The names alone, a line each");
    command.add_option("--rates", wanted.rates, "Looks twice, SECONDS apart, for the rates")
        ->type_name("SECONDS")
        ->positive();
}

} // namespace kickmsg_tools
