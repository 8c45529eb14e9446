/// kickmsg stats TOPIC: what each participant has read, lost and holds, and what the pool is in use for.
#include "Processes.h"
#include "Regions.h"

namespace kickmsg_tools {

namespace {

std::string share_text(uint64_t count, uint64_t slot_bytes)
{
    return std::to_string(count) + " (" + bytes_text(static_cast<double>(count * slot_bytes)) + ")";
}

std::string number(uint64_t value)
{
    return std::to_string(value);
}

void show_subscribers(kickmsg::RegionReport const& report)
{
    static char const* const states[] = {"free", "joining", "live", "draining"};
    Table                    table({{"SUBSCRIBER"},
                                    {"PROCESS"},
                                    {"STATE"},
                                    {"RECEIVED", true},
                                    {"UNREAD", true},
                                    {"LOST", true},
                                    {"EVICTED", true},
                                    {"VIEWS", true},
                                    {"REFUSED", true}});
    for (auto const& subscriber : report.subscribers) {
        auto const& ring = subscriber.ring;
        bool const  full =
            ring.unread >= report.region.config.sub_ring_capacity || ring.views >= report.region.config.max_views;
        table.add({"pid " + number(ring.pid), process_text(ring.pid, report.region.name, subscriber.alive),
                   states[static_cast<int>(ring.state)], number(ring.received), number(ring.unread), number(ring.lost),
                   number(ring.evicted), number(ring.views), number(ring.views_refused)},
                  !subscriber.alive ? Tone::Bad
                  : full            ? Tone::Warn
                                    : Tone::Plain);
    }
    write(table.is_empty() ? "" : table.text());
}

void show_publishers(kickmsg::RegionReport const& report)
{
    Table table({{"PUBLISHER"}, {"PROCESS"}, {"SENT", true}, {"KEPT", true}, {"DELIVERING"}});
    for (auto const& publisher : report.publishers) {
        table.add({"pid " + number(publisher.pid), process_text(publisher.pid, report.region.name, publisher.alive),
                   number(publisher.sent), number(publisher.kept), publisher.publishing ? "yes" : ""},
                  publisher.alive ? Tone::Plain : Tone::Bad);
    }
    write(table.is_empty() ? "" : table.text());
}

void show(kickmsg::RegionReport const& report)
{
    if (report.region.error) {
        write(printable(report.region.error->what()) + "\n");
        return;
    }
    show_subscribers(report);
    show_publishers(report);
    if (report.pool) {
        auto const& pool = *report.pool;
        write(toned("pool: ", Tone::Bold) + "free " + share_text(pool.free, report.slot_bytes) + ", kept " +
              share_text(pool.kept, report.slot_bytes) + ", unread " + share_text(pool.unread, report.slot_bytes) +
              ", held " + share_text(pool.held, report.slot_bytes) +
              (report.region.config.history != 0 ? ", history " + share_text(pool.history, report.slot_bytes) : "") +
              "; orphaned " + number(pool.orphaned) + "\n");
    }
    if (report.corrupt != 0) {
        write(toned("words found out of range: " + number(report.corrupt), Tone::Bad) + "\n");
    }
}

} // namespace

void declare_stats(CLI::App& app, Context& context)
{
    static std::string topic;
    Command            command =
        declare(app, context, "stats", "Counts what each publisher and subscriber of a topic has read, lost and holds",
                [&context] {
                    auto const report = look_at(context, topic);
                    context.exit      = report.region.error ? Findings : Done;
                    if (context.json) {
                        Json json      = document("stats");
                        json["region"] = json_of(report);
                        write_json(json);
                    } else {
                        show(report);
                    }
                });
    command.group(seeing);
    command.add_option("TOPIC", topic, "The topic")->required();
    command.footer(
        "EVICTED: pushed out unread, noticed by the subscriber (LOST) or not yet. REFUSED: receives at the limit of "
        "views. A process "
        "with a question mark cannot be seen to have the topic open: another pid namespace, or not ours to look at.");
}

} // namespace kickmsg_tools
