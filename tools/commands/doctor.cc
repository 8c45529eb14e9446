/// kickmsg doctor: the machine.
#include "Machine.h"
#include "Regions.h"

#include <algorithm>

namespace kickmsg_tools {

namespace {

constexpr char const* verdicts[] = {"ok", "warning", "bad", "unknown"};
constexpr Tone        tones[]    = {Tone::Good, Tone::Warn, Tone::Bad, Tone::Warn};

void show(Checkup const& check)
{
    write(toned(fitted(verdicts[check.verdict], 8), tones[check.verdict]) + fitted(check.what, 16) +
          printable(check.text) + "\n");
    if (!check.remedy.empty()) {
        write(std::string(24, ' ') + toned("-> " + printable(check.remedy), Tone::Dim) + "\n");
    }
}

void doctor(Context& context, std::string const& root)
{
    auto const checks = check_machine(scan(context, kickmsg::InspectDepth::Rings), root);
    bool const well =
        std::all_of(checks.begin(), checks.end(), [](Checkup const& check) { return check.verdict == Checkup::Good; });
    context.exit = well ? Done : Findings;
    if (!context.json) {
        for (Checkup const& check : checks) {
            show(check);
        }
        return;
    }
    Json json      = document("doctor");
    json["checks"] = Json::array();
    for (Checkup const& check : checks) {
        json["checks"].push_back(Json{{"what", check.what},
                                      {"verdict", verdicts[check.verdict]},
                                      {"text", check.text},
                                      {"remedy", check.remedy.empty() ? Json() : Json(check.remedy)}});
    }
    write_json(json);
}

} // namespace

void declare_doctor(CLI::App& app, Context& context)
{
    static std::string root;
    Command            command = declare(app, context, "doctor",
                                         "Checks this machine: /dev/shm, limits, kernel, systemd, permissions, leftovers",
                                         [&context] { doctor(context, root); });
    command.group(mending);
    command.add_option("--root", root, "Stands before /proc, /sys and /etc: for tests")->hidden();
    command.footer("Exit code 1 when something is not as it should be.");
}

} // namespace kickmsg_tools
