#include "Sweep.h"

#include "Failure.h"
#include "Judge.h"
#include "Patience.h"
#include "Progress.h"
#include "kickmsg/Inspect.h"
#include "kickmsg/os/Time.h"

#include <algorithm>
#include <numeric>
#include <random>
#include <set>
#include <sys/wait.h>

namespace kickmsg_sweep {

namespace {

constexpr uint64_t usual_pairs = 400; ///< of all pairs of states, where nothing else was asked for

double seconds_since(uint64_t begin)
{
    return static_cast<double>(kickmsg::monotonic_ns() - begin) * 1e-9;
}

/// Participants of a process that live.
std::set<std::pair<std::string, uint64_t>> living(Scene const& scene, pid_t pid)
{
    std::set<std::pair<std::string, uint64_t>> all;
    for (auto const& region : kickmsg::list(scene.prefix() + "_")) {
        for (auto const& participant : region.participants) {
            if (participant.alive && participant.pid == static_cast<uint64_t>(pid)) {
                all.emplace(region.name, participant.incarnation);
            }
        }
    }
    return all;
}

} // namespace

Sweep::Sweep(Options const& options, std::function<void(Results const&)> progress)
    : options_(options), progress_(std::move(progress)), presence_(options.presence)
{
    if (options_.stop && presence_ == Presence::Full) {
        presence_ = Presence::Listen; // who continues would meet messages that nobody of its own has sent
    }
    results_.is_pairs = options_.is_pairs();
}

void Sweep::note(std::string const& text)
{
    if (std::find(results_.notes.begin(), results_.notes.end(), text) == results_.notes.end()) {
        results_.notes.push_back(text);
    }
}

Victim::Plan Sweep::plan(bool names) const
{
    return {options_.program, options_.from, options_.to, options_.limit, names, false};
}

Victim::Hooks Sweep::hooks(Observer& observer, Watch& watch, bool counts) const
{
    Victim::Hooks hooks;
    hooks.begins = [&observer, &watch, counts] {
        if (counts) {
            watch.count_attendance();
        }
        observer.join(watch);
    };
    hooks.changed = [&observer, &watch, counts](Change const& change) {
        if (counts) {
            watch.count_attendance();
        }
        bool const joined = change.offset == Change::named && observer.join(watch);
        return observer.relieve() || joined;
    };
    return hooks;
}

std::vector<uint64_t> Sweep::choose(uint64_t states, uint64_t count, Options const& options)
{
    std::vector<uint64_t> all;
    for (uint64_t state = options.every > 1 ? options.seed % options.every : 0; state < states;
         state += options.every) {
        all.push_back(state);
    }
    if (count != 0 && count < all.size()) {
        std::mt19937_64 random(options.seed);
        std::size_t     begin = 1;
        if (count > 1) {
            std::swap(all[1], all.back());
            begin = 2;
        }
        for (std::size_t i = begin; i < count; ++i) {
            std::swap(all[i], all[i + random() % (all.size() - i)]);
        }
        all.resize(count);
        std::sort(all.begin(), all.end());
    }
    std::vector<uint64_t> part;
    for (std::size_t i = options.shard - 1; i < all.size(); i += options.shards) {
        part.push_back(all[i]);
    }
    return part;
}

Results Sweep::run()
{
    uint64_t const begin = kickmsg::monotonic_ns();
    Survey         alone = survey(Presence::None, {});
    needed_              = alone.needed;
    Survey whole         = alone;
    if (presence_ != Presence::None) {
        try {
            whole = survey(presence_, needed_);
        } catch (Failure const& failure) {
            presence_ = Presence::None;
            note(std::string("without an observer, beside which the program takes another way: ") + failure.what());
        }
    }
    results_.words = whole.words;
    results_.steps = whole.steps;
    for (Change const& change : results_.words) {
        results_.functions.push_back(symbols_.describe(change.place));
    }
    if (options_.is_pairs()) {
        survey_second();
    }
    uint64_t const        columns = results_.second_words.size() + 1;
    bool const            usual   = options_.is_pairs() && options_.sample == 0 && options_.every == 1;
    std::vector<uint64_t> chosen  = choose(results_.states(), usual ? usual_pairs : options_.sample, options_);
    if (!options_.replay.empty()) {
        chosen = {options_.is_pairs() ? options_.replay[0] * columns + options_.replay[1] : options_.replay[0]};
        if (options_.replay[0] > results_.words.size() || chosen[0] >= results_.states()) {
            throw Failure("there is no such state: the program has " + std::to_string(results_.words.size()) +
                              " changes" +
                              (options_.is_pairs() ? ", and the second " + std::to_string(columns - 1) : ""),
                          "its last state is that number");
        }
    }
    results_.chosen = chosen.size();
    for (uint64_t const one : chosen) {
        results_.seconds = seconds_since(begin);
        progress_(results_);
        uint64_t const started = kickmsg::monotonic_ns();
        results_.rounds.push_back(options_.is_pairs() ? pair(one / columns, one % columns) : round(one));
        results_.rounds.back().seconds = seconds_since(started);
    }
    results_.seconds = seconds_since(begin);
    return results_;
}

/// Brings it to the state, and says whether that is the place which the survey has seen there.
void Sweep::meet(Victim& victim, uint64_t state, Round& round)
{
    bool const  begun   = victim.begin();
    auto const  reached = begun ? victim.run_to(state) : Victim::Reached::End;
    auto const& changes = victim.changes();
    for (std::size_t i = 0; i < changes.size() && i < results_.words.size() && round.not_reproducible.empty(); ++i) {
        if (!changes[i].is_like(results_.words[i])) {
            Change other = changes[i];
            other.word   = other.offset < Change::unnamed ? "offset " + std::to_string(other.offset) : "its name";
            round.not_reproducible = "change " + std::to_string(i + 1) + " was " + other.text() + ", and " +
                                     results_.words[i].text() + " in the survey";
        }
    }
    if (reached != Victim::Reached::State && round.not_reproducible.empty()) {
        round.not_reproducible = "it made " + std::to_string(changes.size()) + " changes and no more";
    }
    Place place;
    if (!changes.empty()) {
        place = changes.back().place;
    } else {
        auto const places = victim.places();
        place             = places.empty() ? Place{} : places[0];
    }
    round.function = symbols_.describe(place);
    if (!options_.replay.empty()) {
        round.source = symbols_.source(place);
    }
}

Round Sweep::round(uint64_t state)
{
    Round round;
    round.state = state;
    Scene    scene(options_);
    Watch    watch(scene.prefix());
    Observer observer(presence_, needed_);
    Victim   victim(plan(false), scene.surroundings(), watch, &scene.companions(), hooks(observer, watch, false));
    meet(victim, state, round);
    if (options_.stop) {
        stop(victim, observer, round.found);
    } else {
        victim.kill();
        Patience const patience(std::to_string(state));
        observer.join_rest(scene.names());
        observer.expect_no_delay(round.found, true);
    }
    examine(scene, observer, round);
    return round;
}

/// The others go on beside it; then it continues.
void Sweep::stop(Victim& victim, Observer& observer, Findings& found) const
{
    {
        Patience const patience("beside one that is stopped");
        observer.expect_no_delay(found, true);
        observer.expect_nothing_taken(found);
        observer.leave();
    }
    if (!victim.run_to_end()) {
        found.push_back("the stopped one did not come to its end within " +
                        std::to_string(static_cast<int>(options_.limit)) + " s");
        victim.kill();
        return;
    }
    int const status = victim.status().value_or(0);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != options_.exit_code) {
        found.push_back("the stopped one continued, and ended with " + describe_end(status));
    }
}

Round Sweep::pair(uint64_t state, uint64_t second_state)
{
    Round round;
    round.state  = state;
    round.second = second_state;
    Scene    scene(options_);
    Watch    watch(scene.prefix()), second_watch(scene.prefix());
    Observer observer(presence_, needed_);
    Victim   first(plan(false), scene.surroundings(), watch, &scene.companions(), hooks(observer, watch, false));
    meet(first, state, round);
    Victim second({*options_.second, {}, {}, options_.limit, false, true}, scene.surroundings(), second_watch,
                  &scene.companions(), hooks(observer, second_watch, false));
    if (second.begin()) {
        second.run_to(second_state);
    }
    second.kill();
    observer.join_rest(scene.names());
    observer.expect_no_delay(round.found, true);
    auto const before = living(scene, first.pid());
    for (std::string const& name : scene.names()) {
        try {
            kickmsg::SharedRegion::open(name).recover();
        } catch (kickmsg::Error const& error) {
            round.found.push_back(error.what());
        }
    }
    if (living(scene, first.pid()) != before) {
        round.found.push_back(
            "recovery after the second one's death took something from the first one, which was only stopped");
    }
    first.kill();
    examine(scene, observer, round);
    return round;
}

void Sweep::examine(Scene& scene, Observer& observer, Round& round)
{
    Companions& companions = scene.companions();
    observer.leave();
    Progress const before(scene.prefix(), companions.processes());
    bool const     quiet = companions.settle(std::chrono::seconds(1));
    round.beside         = before.until(Progress(scene.prefix(), companions.processes()));
    Judge judge(options_.recovers, quiet);
    {
        Patience const patience(std::to_string(round.state));
        for (std::string const& name : scene.names()) {
            judge.examine(name);
        }
        if (presence_ != Presence::None && options_.recovers) {
            Observer after(presence_, needed_);
            after.join_rest(scene.names());
            after.expect_no_delay(round.found, false);
        }
    }
    companions.go();
    check(scene, round);
    for (std::string const& ended : companions.ended()) {
        round.found.push_back(ended);
    }
    companions.end();
    if (!scene.names().empty()) {
        judge.expect_pruned(scene.prefix());
    }
    round.found.insert(round.found.end(), judge.findings().begin(), judge.findings().end());
    for (std::string const& text : judge.notes()) {
        note(text.substr(text.find(": ") + 2));
    }
    if (!round.found.empty()) {
        round.output = scene.surroundings().output();
    }
}

void Sweep::check(Scene& scene, Round& round) const
{
    if (options_.check.empty()) {
        return;
    }
    Surroundings& in = scene.surroundings();
    in.set("KICKMSG_SWEEP_STATE",
           std::to_string(round.state) + (options_.is_pairs() ? "+" + std::to_string(round.second) : ""));
    in.forget_output();
    int const code = kickmsg_sweep::run(Command::of_shell(options_.check), in);
    if (code != 0) {
        round.found.push_back("the check ended with exit code " + std::to_string(code));
    }
}

} // namespace kickmsg_sweep
