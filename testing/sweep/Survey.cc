// What a whole run of the program says: which states there are, and whether it runs as it should by itself.
#include "Failure.h"
#include "Sweep.h"

#include <sys/wait.h>

namespace kickmsg_sweep {

namespace {

constexpr uint64_t to_the_end = ~uint64_t{0};

std::string listed(std::map<std::string, uint64_t> const& marks)
{
    std::string text;
    for (auto const& [name, count] : marks) {
        text += (text.empty() ? "'" : ", '") + name + "'";
    }
    return text.empty() ? "no mark was passed" : "marks that were passed: " + text;
}

std::string said(Surroundings const& in)
{
    std::string const output = in.output();
    return output.empty() ? "" : "; it wrote:\n" + output + "\n";
}

} // namespace

void Sweep::expect_begun(bool begun, Victim const& victim, Scene& scene) const
{
    if (begun) {
        return;
    }
    if (!victim.status()) {
        throw Failure(
            "the program did not come to " +
                (options_.from.name.empty() ? std::string("use any region") : "mark '" + options_.from.name + "'") +
                " within " + std::to_string(static_cast<int>(options_.limit)) + " s: " + listed(victim.marks()) +
                said(scene.surroundings()),
            "raise --limit, or start by --beside what it waits for");
    }
    if (options_.from.name.empty() && WIFEXITED(*victim.status())) {
        throw Failure("the program ended with " + describe_end(*victim.status()) +
                          " and never used a region of its prefix" + said(scene.surroundings()),
                      "give a program that uses Kickmsg, whose Nodes take their prefix from KICKMSG_PREFIX; raw "
                      "regions are named "
                      "\"/\" + KICKMSG_PREFIX + \"_...\"");
    }
    throw Failure("the program ended by itself, with " + describe_end(*victim.status()) + ", before " +
                      (options_.from.name.empty() ? "its first change" : "mark '" + options_.from.name + "'") + ": " +
                      listed(victim.marks()) + said(scene.surroundings()),
                  "run it by itself first; a mark is kickmsg::testing::mark(\"NAME\")");
}

void Sweep::expect_end(Victim& victim, Victim::Reached reached, Scene& scene, Watch const& watch) const
{
    bool const in_time = reached == Victim::Reached::End && victim.run_to_end();
    if (!in_time) {
        throw Failure("the program did not come to its end within " + std::to_string(static_cast<int>(options_.limit)) +
                          " s, after " + std::to_string(victim.changes().size()) + " changes and " +
                          std::to_string(victim.steps()) + " instructions" + said(scene.surroundings()),
                      "raise --limit, choose marks for --from and --to, or start by --beside what it waits for");
    }
    int const status = victim.status().value_or(0);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != options_.exit_code) {
        throw Failure("the program ended by itself with " + describe_end(status) + said(scene.surroundings()),
                      "run it by itself first, or say --exit-code");
    }
    auto const passed = victim.marks().find(options_.to.name);
    if (!options_.to.name.empty() && (passed == victim.marks().end() || passed->second < options_.to.nth)) {
        throw Failure("the program ended before it passed mark '" + options_.to.name + "': " + listed(victim.marks()),
                      "a mark is kickmsg::testing::mark(\"NAME\")");
    }
    if (victim.changes().empty() && watch.attendance().empty()) {
        throw Failure("the program took part in no region of its prefix",
                      "let its Nodes take their prefix from KICKMSG_PREFIX, and raw regions be named \"/\" + "
                      "KICKMSG_PREFIX + \"_...\"");
    }
}

Sweep::Survey Sweep::survey(Presence presence, std::map<std::string, Attendance> const& needed)
{
    Scene    scene(options_);
    Watch    watch(scene.prefix());
    Observer observer(presence, needed);
    Victim   victim(plan(true), scene.surroundings(), watch, &scene.companions(), hooks(observer, watch, true));
    expect_begun(victim.begin(), victim, scene);
    auto const reached = victim.run_to(to_the_end);
    observer.leave(); // it would be in the way of a program that overwrites nothing
    expect_end(victim, reached, scene, watch);
    if (!scene.is_complete()) {
        note("what is beside the program took part in no region within ten seconds: it began without that");
    }
    for (std::string const& text : observer.notes()) {
        note(text);
    }
    for (std::string const& name : watch.unreadable()) {
        note(name + " is no region that can be read: it is not watched");
    }
    return {victim.changes(), watch.attendance(), victim.steps()};
}

void Sweep::survey_second()
{
    Scene    scene(options_);
    Watch    watch(scene.prefix()), second_watch(scene.prefix());
    Observer observer(presence_, needed_);
    Victim   first(plan(false), scene.surroundings(), watch, &scene.companions(), hooks(observer, watch, false));
    if (first.begin()) {
        first.run_to(results_.words.size());
    }
    scene.surroundings().forget_output();
    Victim     second({*options_.second, {}, {}, options_.limit, true, true}, scene.surroundings(), second_watch,
                      &scene.companions(), hooks(observer, second_watch, false));
    bool const begun = second.begin();
    if (!begun || second.run_to(to_the_end) == Victim::Reached::Limit) {
        throw Failure("the second program " +
                          (second.status() ? "ended with " + describe_end(*second.status()) : "did not end") +
                          (begun ? "" : " and never used a region of its prefix") + said(scene.surroundings()),
                      "run it by itself first, or raise --limit");
    }
    results_.second_words = second.changes();
}

} // namespace kickmsg_sweep
