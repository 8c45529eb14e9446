// kickmsg_model_programs: rapidcheck generates small client programs of all operations, Relacy runs each one bounded and
// at random with every oracle, and a failure shrinks to a program that people can read.
#include "Faults.h"
#include "Program.h"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <cstdio>
#include <map>

namespace {

using namespace kickmsg_models;
using Json = nlohmann::ordered_json;

struct Options {
    unsigned    programs    = 1000;
    double      seconds     = 60;
    uint64_t    seed        = 1;
    unsigned    size        = 4;
    double      per_program = 0.3;
    uint64_t    executions  = 30000;
    std::string fault;
    std::string json;
    std::string history;
    bool        self_test = false;
};

/// Runs programs until one fails, and keeps the smallest that does.
class Checker {
public:
    explicit Checker(Options const& options) : options_(options) {}

    /// Returns: whether all programs passed.
    bool run()
    {
        std::string const parameters = "seed=" + std::to_string(options_.seed) +
                                       " max_success=" + std::to_string(options_.programs) + " noshrink=0";
        setenv("RC_PARAMS", parameters.c_str(), 1); // read by rapidcheck at its first check
        begin_         = Clock::now();
        auto const all = programs(options_.size);
        return rc::check("every execution of a program keeps the invariants", [&] {
            Program const program = *all;
            RC_ASSERT(passes(program));
        });
    }

    Json     json() const;
    Program  smallest;
    Outcome  failure;
    uint64_t programs_run = 0;
    uint64_t executions   = 0;

private:
    using Clock = std::chrono::steady_clock;

    bool passes(Program const& program)
    {
        if (!failure.failed && is_late()) {
            return true; // the time is up; a failure may still shrink
        }
        ++programs_run;
        Outcome const outcome = explore(program);
        if (outcome.failed) {
            failure  = outcome;
            smallest = program;
        }
        return !outcome.failed;
    }
    /// Wider and wider bounds, then a few executions at random.
    Outcome explore(Program const& program);
    Outcome search(Program const& program, Search const& how)
    {
        Outcome const outcome = kickmsg_models::run(describe(program), how);
        executions += outcome.executions;
        return outcome;
    }
    /// A slow machine gets more time for as long as some operation was never carried out.
    bool is_late() const
    {
        double const elapsed = seconds_since(begin_);
        bool const   covered = std::find(executed().begin(), executed().end(), 0U) == executed().end();
        return elapsed > options_.seconds && (covered || elapsed > 3 * options_.seconds);
    }
    static double seconds_since(Clock::time_point begin)
    {
        return std::chrono::duration<double>(Clock::now() - begin).count();
    }

    Options const&                  options_;
    Clock::time_point               begin_;
    std::map<std::string, uint64_t> complete_; ///< programs seen completely within a bound
};

Outcome Checker::explore(Program const& program)
{
    static constexpr unsigned steps[][2] = {{0, 0}, {1, 0}, {1, 1}, {2, 0}, {2, 1}, {3, 1}};
    Search                    how;
    how.strategy      = Strategy::Bounded;
    auto const begin  = Clock::now();
    uint64_t   budget = options_.executions;
    Outcome    outcome;
    for (auto const& step : steps) {
        how.preemptions = step[0];
        how.stale       = step[1];
        how.executions  = budget;
        how.seconds     = options_.per_program - seconds_since(begin);
        outcome         = search(program, how);
        budget -= std::min(budget, outcome.executions);
        if (outcome.failed || !outcome.complete || budget == 0 || seconds_since(begin) > options_.per_program) {
            break;
        }
        ++complete_[std::to_string(step[0]) + " preemptions, " + std::to_string(step[1]) + " stale"];
    }
    if (outcome.failed) {
        return outcome;
    }
    return search(program, Search{Strategy::Random, 0, 0, 1000, options_.per_program, options_.seed});
}

Json Checker::json() const
{
    Json operations = Json::object();
    for (unsigned kind = 0; kind < op_kinds; ++kind) {
        operations[op_names[kind]] = executed()[kind];
    }
    Json result = {{"programs", programs_run},
                   {"executions", executions},
                   {"complete", complete_},
                   {"operations", operations},
                   {"failed", failure.failed}};
    if (failure.failed) {
        result["program"]      = readable(smallest);
        result["program_size"] = smallest.size();
        result["verdict"]      = failure.verdict;
    }
    return result;
}

/// Returns: whether every operation was carried out at least once.
bool covers_all_operations()
{
    bool all = true;
    for (unsigned kind = 0; kind < op_kinds; ++kind) {
        if (executed()[kind] == 0) {
            std::printf("never executed: %s\n", op_names[kind]);
            all = false;
        }
    }
    return all;
}

/// One check, said to people and kept for the results. Returns: whether it passed.
bool check(Options const& options, std::string const& fault, Json& results)
{
    executed() = {};
    Plant const planted(fault);
    Checker     checker(options);
    bool const  passed = checker.run();
    Json        row    = checker.json();
    row["fault"]       = fault;
    results.push_back(row);
    std::printf("programs%s%s: %llu programs, %llu executions, %s\n", fault.empty() ? "" : " with ", fault.c_str(),
                static_cast<unsigned long long>(checker.programs_run),
                static_cast<unsigned long long>(checker.executions), passed ? "clean" : "FAILED");
    if (checker.failure.failed) {
        std::printf("  %s\n  %s\n", readable(checker.smallest).c_str(), checker.failure.verdict.c_str());
        if (!options.history.empty()) {
            std::ofstream(options.history) << readable(checker.smallest) << '\n' << checker.failure.history;
        }
    }
    return passed;
}

/// ABA must be found, as a program of at most six operations; and nothing without it.
bool self_test(Options const& options, Json& results)
{
    bool const found = !check(options, "no-tag", results);
    bool const small = found && results.back()["program_size"].get<std::size_t>() <= 6;
    bool const clean = check(options, "", results) && covers_all_operations();
    std::printf("self-test: ABA %s%s, without it %s\n", found ? "found" : "NOT FOUND",
                found && !small ? " but NOT SHRUNK to six operations" : "", clean ? "clean" : "NOT CLEAN");
    return small && clean;
}

int run_program(Options const& options)
{
    Json json   = {{"checks", Json::array()}};
    bool passed = false;
    if (options.self_test) {
        passed = self_test(options, json["checks"]);
    } else {
        passed = check(options, options.fault, json["checks"]);
        passed = passed && covers_all_operations();
    }
    if (!options.json.empty()) {
        std::ofstream(options.json) << json.dump(1) << '\n';
    }
    return passed ? 0 : 1;
}

} // namespace

int main(int argc, char** argv)
{
    Options  options;
    CLI::App app{"Random client programs over Kickmsg's shipped headers, each checked by Relacy"};
    app.add_option("--programs", options.programs, "at most");
    app.add_option("--seconds", options.seconds, "no new program after this time");
    app.add_option("--seed", options.seed, "of the programs and of the random executions");
    app.add_option("--size", options.size, "operations of a process, at most")->check(CLI::Range(1, 12));
    app.add_option("--per-program", options.per_program, "seconds of bounded search for each program");
    app.add_option("--executions", options.executions, "of bounded search for each program, at most");
    app.add_option("--fault", options.fault, "plant a fault");
    app.add_flag("--self-test", options.self_test, "ABA must be found and shrunk; nothing without it");
    app.add_option("--json", options.json, "write the results to this file");
    app.add_option("--history", options.history, "write the failing program and execution to this file");
    CLI11_PARSE(app, argc, argv);
    try {
        return run_program(options);
    } catch (std::exception const& error) {
        std::fprintf(stderr, "kickmsg_model_programs: %s\n", error.what());
        return 2;
    }
}
