// kickmsg_models: runs scenarios over the shipped headers under Relacy.
#include "Engine.h"
#include "Faults.h"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <cstdio>
#include <fstream>
#include <set>

namespace {

using namespace kickmsg_models;
using Json = nlohmann::ordered_json;

struct Options {
    std::vector<std::string> scenarios;
    std::string              strategy = "random";
    Search                   search;
    bool                     seq_cst = false;
    std::string              weaken;
    std::string              fault;
    std::string              json;
    std::string              history;
    std::string              batch;
    bool                     list = false;
};

char const* name_of(Strategy strategy)
{
    return strategy == Strategy::Random ? "random" : strategy == Strategy::Bounded ? "bounded" : "full";
}

std::memory_order order_from(std::string const& name)
{
    for (auto order : {std::memory_order_relaxed, std::memory_order_acquire, std::memory_order_release,
                       std::memory_order_acq_rel, std::memory_order_seq_cst}) {
        if (name == kickmsg_models::name_of(order)) {
            return order;
        }
    }
    throw std::invalid_argument("--weaken: '" + name + "' is no memory order");
}

/// "Ring.h:163=acq_rel" or "Ring.h:163:failure=relaxed".
Weakening weakening_from(std::string const& text)
{
    Weakening  weakening;
    auto const equals = text.find('=');
    auto const colon  = text.find(':');
    if (equals == std::string::npos || colon == std::string::npos || colon > equals) {
        throw std::invalid_argument("--weaken: expected FILE:LINE[:failure]=ORDER, found '" + text + "'");
    }
    weakening.file    = text.substr(0, colon);
    weakening.line    = static_cast<unsigned>(std::stoul(text.substr(colon + 1)));
    weakening.failure = text.find(":failure=") != std::string::npos;
    weakening.order   = order_from(text.substr(equals + 1));
    return weakening;
}

Json sites_json()
{
    Json sites = Json::array();
    for (SiteCount const& entry : lab().sites()) {
        Json site = {
            {"file", entry.site.file_name()},
            {"line", entry.site.line},
            {"function", std::string(entry.site.function).substr(0, std::string(entry.site.function).find('<'))},
            {"operation", kickmsg_models::name_of(entry.operation)},
            {"order", kickmsg_models::name_of(entry.order)},
            {"count", entry.count}};
        if (entry.operation == Operation::CompareExchange) {
            site["failure"] = kickmsg_models::name_of(entry.failure);
        }
        sites.push_back(site);
    }
    return sites;
}

/// One search, said to people on a line and kept for the results.
Outcome search(Description const& description, Search const& how, Json& results)
{
    Outcome const outcome = run(description, how);
    Json row = {{"scenario", description.name},      {"threads", description.threads}, {"deaths", description.deaths},
                {"strategy", name_of(how.strategy)}, {"seq_cst", lab().seq_cst},       {"seed", how.seed},
                {"executions", outcome.executions},  {"seconds", outcome.seconds},     {"complete", outcome.complete},
                {"failed", outcome.failed}};
    std::string bounds;
    if (how.strategy == Strategy::Bounded) {
        row["preemptions"] = how.preemptions;
        row["stale"]       = how.stale;
        bounds = " (" + std::to_string(how.preemptions) + " preemptions, " + std::to_string(how.stale) + " stale)";
    }
    if (outcome.failed) {
        row["verdict"] = outcome.verdict;
    }
    row["history"] = outcome.history;
    results.push_back(row);
    std::printf("%-28s %s%s%s: %llu executions in %.1f s, %s\n", description.name, name_of(how.strategy),
                bounds.c_str(), lab().seq_cst ? ", seq_cst" : "", static_cast<unsigned long long>(outcome.executions),
                outcome.seconds,
                outcome.failed     ? ("FAILED: " + outcome.verdict).c_str()
                : outcome.complete ? "complete"
                                   : "clean");
    std::fflush(stdout);
    return outcome;
}

/// Wider and wider bounds, and then none at all, until the time is up. Returns: the first failure, or the last search.
Outcome climb(Description const& description, Search how, Json& results)
{
    static constexpr unsigned steps[][2] = {{0, 0}, {1, 0}, {1, 1}, {2, 0}, {2, 1}, {2, 2}, {3, 0},
                                            {3, 1}, {3, 2}, {4, 1}, {5, 2}, {6, 3}, {8, 4}};
    double                    left       = how.seconds;
    Outcome                   outcome;
    how.strategy = Strategy::Bounded;
    for (auto const& step : steps) {
        how.preemptions = step[0];
        how.stale       = step[1];
        how.seconds     = left;
        outcome         = search(description, how, results);
        left -= outcome.seconds;
        if (outcome.failed || !outcome.complete || left <= 0) {
            return outcome;
        }
    }
    how.strategy = Strategy::Full;
    how.seconds  = left;
    return search(description, how, results);
}

Outcome explore(Description const& description, Options const& options, Json& results)
{
    Search how = options.search;
    if (options.strategy == "climb") {
        return climb(description, how, results);
    }
    how.strategy = options.strategy == "random" ? Strategy::Random
                   : options.strategy == "full" ? Strategy::Full
                                                : Strategy::Bounded;
    return search(description, how, results);
}

void print_list(Json& json)
{
    for (Description const& description : descriptions()) {
        std::printf("%-28s %u threads, %u deaths  %s\n", description.name, description.threads, description.deaths,
                    description.what);
        json["scenarios"].push_back({{"name", description.name},
                                     {"threads", description.threads},
                                     {"deaths", description.deaths},
                                     {"what", description.what}});
    }
    for (FaultDescription const& fault : faults()) {
        std::printf("fault %-28s found by %-28s %s\n", fault.name, fault.scenario, fault.what);
        json["faults"].push_back({{"name", fault.name}, {"scenario", fault.scenario}, {"what", fault.what}});
    }
}

void check_names(std::vector<std::string> const& names)
{
    for (std::string const& name : names) {
        bool known = false;
        for (Description const& description : descriptions()) {
            known = known || name == description.name;
        }
        if (!known) {
            throw std::invalid_argument("there is no scenario '" + name + "' (see --list)");
        }
    }
}

bool is_chosen(std::vector<std::string> const& names, Description const& description)
{
    return names.empty() || std::find(names.begin(), names.end(), description.name) != names.end();
}

/// Shows a failing execution's last lines, and keeps it as a file where one is asked for.
void show_history(Options const& options, Outcome const& outcome)
{
    if (!options.history.empty()) {
        std::ofstream(options.history) << outcome.history;
        std::printf("history: %s\n", options.history.c_str());
    }
    std::size_t const tail =
        outcome.history.size() > 3000 ? outcome.history.find('\n', outcome.history.size() - 3000) + 1 : 0;
    std::printf("%s", outcome.history.c_str() + tail);
}

/// Returns: the number of failures.
int explore_all(Options const& options, Json& json)
{
    int failures = 0;
    for (Description const& description : descriptions()) {
        if (!is_chosen(options.scenarios, description)) {
            continue;
        }
        Outcome const outcome = explore(description, options, json["searches"]);
        failures += outcome.failed ? 1 : 0;
        if (outcome.failed) {
            show_history(options, outcome);
        }
    }
    return failures;
}

/// Notes which sites the threads of a scenario touch; what set-up and oracles touch is no part of any experiment. In
/// fixed memory: in an execution, operator new is Relacy's.
class SiteProbe : public Fault {
public:
    bool before(Access& access) override
    {
        std::size_t at = access.site.line % limit;
        while (sites_[at].line != 0 && !is_same(sites_[at], access.site)) {
            at = (at + 1) % limit;
        }
        if (!lab().is_quiet()) {
            sites_[at] = access.site;
        }
        return true;
    }
    Json take()
    {
        std::set<std::string> places;
        for (Site& site : sites_) {
            if (site.line != 0) {
                places.insert(site.file_name() + (':' + std::to_string(site.line)));
            }
            site = Site{};
        }
        return places;
    }

private:
    static bool is_same(Site const& one, Site const& other) noexcept
    {
        return one.line == other.line && one.file == other.file;
    }
    static constexpr std::size_t limit = 1024;

    Site sites_[limit]{};
};

/// The searches of a batch, one after the other, until one fails or the time is up. With a probe: all of them, each
/// with the sites that it touched.
int run_batch(Options options, Json& json)
{
    std::ifstream file(options.batch);
    Json const    batch = Json::parse(file);
    SiteProbe     probe;
    bool const    probes = batch.value("probe", false);
    double        left   = batch.value("seconds", 1e9);
    if (probes) {
        lab().fault = &probe;
    }
    for (Json const& job : batch.at("searches")) {
        options.scenarios          = {job.at("scenario").get<std::string>()};
        options.strategy           = job.value("strategy", "random");
        options.search             = Search{};
        options.search.seconds     = std::min(left, job.value("seconds", 1e9));
        options.search.executions  = job.value("executions", ~uint64_t{0});
        options.search.seed        = job.value("seed", uint64_t{1});
        options.search.preemptions = job.value("preemptions", 0U);
        options.search.stale       = job.value("stale", 0U);
        check_names(options.scenarios);
        auto const begin    = std::chrono::steady_clock::now();
        int const  failures = explore_all(options, json);
        if (probes) {
            json["searches"].back()["sites"] = probe.take();
        } else if (failures != 0) {
            return failures;
        }
        left -= std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
        if (left <= 0) {
            break;
        }
    }
    return 0;
}

int run_searches(Options const& options, Json& json)
{
    check_names(options.scenarios);
    lab().seq_cst = options.seq_cst;
    if (!options.weaken.empty()) {
        lab().weakening = weakening_from(options.weaken);
    }
    Plant const planted(options.fault);
    int const   failures = options.batch.empty() ? explore_all(options, json) : run_batch(options, json);
    json["sites"]        = sites_json();
    return failures;
}

int run_program(Options const& options)
{
    Json json     = {{"scenarios", Json::array()}, {"faults", Json::array()}, {"searches", Json::array()}};
    int  failures = 0;
    if (options.list) {
        print_list(json);
    } else {
        failures = run_searches(options, json);
    }
    if (!options.json.empty()) {
        std::ofstream(options.json) << json.dump(1) << '\n';
    }
    return failures == 0 ? 0 : 1;
}

} // namespace

int main(int argc, char** argv)
{
    Options  options;
    CLI::App app{"Models of Kickmsg's shipped headers, checked by Relacy"};
    app.add_option("scenarios", options.scenarios, "names of scenarios (all)");
    app.add_flag("--list", options.list, "list scenarios and planted faults");
    app.add_option("--strategy", options.strategy, "random, climb (wider and wider bounds), bounded, full")
        ->check(CLI::IsMember({"random", "climb", "bounded", "full"}));
    app.add_option("--seconds", options.search.seconds, "budget for each scenario");
    app.add_option("--executions", options.search.executions, "at most, for each search");
    app.add_option("--seed", options.search.seed, "of the random strategy");
    app.add_option("--preemptions", options.search.preemptions, "bounded: at most");
    app.add_option("--stale", options.search.stale, "bounded: loads of an older value, at most");
    app.add_flag("--seq-cst", options.seq_cst, "every operation sequentially consistent");
    app.add_option("--weaken", options.weaken, "FILE:LINE[:failure]=ORDER: one site's order");
    app.add_option("--fault", options.fault, "plant a fault");
    app.add_option("--batch", options.batch, "run the searches of this file until one fails (models/README.md)");
    app.add_option("--json", options.json, "write the results to this file");
    app.add_option("--history", options.history, "write the failing execution to this file");
    CLI11_PARSE(app, argc, argv);
    try {
        return run_program(options);
    } catch (std::exception const& error) {
        std::fprintf(stderr, "kickmsg_models: %s\n", error.what());
        return 2;
    }
}
