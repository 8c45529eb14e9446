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

Json json_of_one(kickmsg::RegionReport const& report, Rates const& rates)
{
    Json region = json_of(report.region);
    if (!report.region.error) {
        double const rate      = rates.of(report);
        region["message_type"] = report.schema ? Json(kickmsg::schema::text_of(*report.schema)) : Json();
        region["rate"]         = rate < 0 ? Json() : Json(rate);
    }
    return region;
}

/// The first look, where rates are wanted.
void look_once(Context const& context, double seconds, Rates& rates)
{
    rates.add(scan(context, kickmsg::InspectDepth::Rings));
    kickmsg::sleep(std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::duration<double>(seconds)));
}

/// Writes each region when it has been looked at. Returns: how many there are.
uint64_t write_each(Context const& context, Wanted const& wanted, Rates& rates)
{
    uint64_t     count = 0;
    DocumentList documents(document("list"), "regions");
    for_each_region(context, kickmsg::InspectDepth::Rings, [&](kickmsg::RegionReport&& report) {
        ++count;
        if (wanted.names) {
            write(printable(report.region.error ? report.region.name : title(report.region)) + "\n");
            return;
        }
        if (wanted.rates > 0) {
            rates.add_one(report);
        }
        documents.add(json_of_one(report, rates));
    });
    if (!wanted.names) {
        documents.end();
    }
    return count;
}

void list(Context& context, Wanted const& wanted)
{
    Rates rates;
    if (wanted.rates > 0) {
        look_once(context, wanted.rates, rates);
    }
    if (wanted.names || context.json) {
        context.exit = write_each(context, wanted, rates) == 0 ? Findings : Done;
        return;
    }
    auto const reports = scan(context, kickmsg::InspectDepth::Rings);
    rates.add(reports);
    context.exit = reports.empty() ? Findings : Done;
    show(reports, rates);
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
