#include "Options.h"

#include "Failure.h"
#include "kickmsg/Version.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <sstream>

namespace kickmsg_sweep {

namespace {

constexpr char const* footer =
    "Exit codes:\n"
    "  0  nothing was found that is wrong\n"
    "  1  something was found\n"
    "  2  it could not be run, or the command line cannot be understood: stderr says why, and what to do\n\n"
    "A program gets KICKMSG_PREFIX, which its Nodes follow; each round has a prefix of its own. Raw regions have to be "
    "named\n"
    "\"/\" + KICKMSG_PREFIX + \"_...\". --check gets KICKMSG_SWEEP_STATE, too.";

struct Texts {
    std::string from, to, with, shard = "1/1", replay, presence = "full", processor;
    bool        pairs = false, no_recovery = false;
};

std::string version_text()
{
    return "kickmsg-sweep " + std::to_string(KICKMSG_VERSION_MAJOR) + "." + std::to_string(KICKMSG_VERSION_MINOR) +
           "." + std::to_string(KICKMSG_VERSION_PATCH);
}

void declare(CLI::App& app, Options& options, Texts& texts)
{
    app.set_version_flag("--version", version_text());
    app.add_flag("--stop", options.stop, "Stop it there instead; it continues when the others have gone on");
    app.add_flag("--pairs", texts.pairs, "A second program after another '--': pairs of states of the two");
    app.add_option("--with", texts.with, "The second program, as a shell reads it");
    app.add_option("--from", texts.from, "Begin where the program passes this mark (NAME:N: its N-th passing)");
    app.add_option("--to", texts.to, "End where it passes this one");
    app.add_option("--before", options.before, "Run this to its end before the program, in the same prefix")
        ->allow_extra_args(false);
    app.add_option("--beside", options.beside, "Keep this running beside the program")->allow_extra_args(false);
    app.add_option("--check", options.check, "Ask this after each kill: an exit code other than 0 is a failure");
    app.add_option("--observer", texts.presence, "The living peer: full, listen or none")
        ->check(CLI::IsMember({"full", "listen", "none"}));
    app.add_option("--exit-code", options.exit_code, "What the program ends with by itself");
    app.add_option("--sample", options.sample, "So many of the states, the first and the last among them");
    app.add_option("--every", options.every, "One in so many of the states")->check(CLI::PositiveNumber);
    app.add_option("--seed", options.seed, "Of --sample and --every: the same seed chooses the same states");
    app.add_option("--shard", texts.shard, "The I-th of N parts of what is chosen: 1/4 to 4/4");
    app.add_option("--replay", texts.replay, "This state alone (I+J of a pair), and all that can be said of it");
    app.add_option("--limit", options.limit, "Seconds that one run of the program may take")
        ->check(CLI::PositiveNumber);
    app.add_option("--processor", texts.processor, "The processor that it shares with the program, or none");
    app.add_option("--prefix", options.prefix, "What the prefixes begin with");
    app.add_flag("--strict", options.strict, "A state that could not be met again is a failure, too");
    app.add_flag("--quiet", options.quiet, "Say nothing but what is wrong");
    app.add_flag("--without-recovery", texts.no_recovery, "Leave recover() out, to see that this is found");
    app.add_option("--json", options.json, "Write the results as JSON");
    app.add_option("--junit", options.junit, "Write the results as JUnit's XML");
    app.add_option("--markdown", options.markdown, "Append a summary for the page of a workflow");
    app.footer(footer);
}

std::vector<uint64_t> numbers(std::string const& text, char separator, std::string const& option)
{
    std::vector<uint64_t> all;
    std::istringstream    parts(text);
    for (std::string part; std::getline(parts, part, separator);) {
        if (part.empty() || part.size() > 18 || part.find_first_not_of("0123456789") != std::string::npos) {
            throw Failure(option + ": '" + text + "' is no number", "see kickmsg-sweep --help");
        }
        all.push_back(std::stoull(part));
    }
    return all;
}

void settle_shard(Options& options, std::string const& text)
{
    auto const shard = numbers(text, '/', "--shard");
    if (shard.size() != 2 || shard[0] < 1 || shard[0] > shard[1]) {
        throw Failure("--shard: '" + text + "' is not I/N with I from 1 to N", "such as 2/4");
    }
    options.shard  = shard[0];
    options.shards = shard[1];
}

void settle(Options& options, Texts const& texts)
{
    options.from     = MarkName::parse(texts.from);
    options.to       = MarkName::parse(texts.to);
    options.recovers = !texts.no_recovery;
    options.presence = texts.presence == "full"     ? Presence::Full
                       : texts.presence == "listen" ? Presence::Listen
                                                    : Presence::None;
    settle_shard(options, texts.shard);
    if (!texts.processor.empty()) {
        options.processor =
            texts.processor == "none" ? -1 : static_cast<int>(numbers(texts.processor, ' ', "--processor").at(0));
    }
    if (!texts.replay.empty()) {
        options.replay = numbers(texts.replay, '+', "--replay");
        if (options.replay.size() != (options.is_pairs() ? 2U : 1U)) {
            throw Failure("--replay: '" + texts.replay + "' is not one state, or I+J of a pair",
                          "see what the sweep has said");
        }
    }
    if (options.is_pairs() && options.stop) {
        throw Failure("--stop: of a pair the first is stopped in any case", "leave it out");
    }
}

/// Options that choose states or write reports, with their values, do not belong to "show it again".
std::vector<std::string> lasting(std::vector<std::string> const& words)
{
    static std::vector<std::string> const passing = {"--sample", "--every", "--seed",  "--shard",
                                                     "--replay", "--json",  "--junit", "--markdown"};
    std::vector<std::string>              kept;
    for (std::size_t i = 0; i < words.size(); ++i) {
        std::string const name = words[i].substr(0, words[i].find('='));
        if (std::find(passing.begin(), passing.end(), name) == passing.end()) {
            kept.push_back(words[i]);
        } else if (name == words[i]) {
            ++i;
        }
    }
    return kept;
}

} // namespace

std::string quoted(std::string const& word)
{
    bool const plain = !word.empty() && word.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                                               "0123456789_-./:=,+@%") == std::string::npos;
    if (plain) {
        return word;
    }
    std::string text = "'";
    for (char const one : word) {
        text += one == '\'' ? std::string("'\\''") : std::string(1, one);
    }
    return text + "'";
}

std::optional<Options> parse(int argc, char** argv, int& exit)
{
    std::vector<std::string> const all(argv + 1, argv + argc);
    auto const                     end = std::find(all.begin(), all.end(), "--");
    std::vector<std::string>       own(all.begin(), end);
    Options                        options;
    Texts                          texts;
    CLI::App app("Runs a program that uses Kickmsg and kills it at every change of shared memory that it makes.\n"
                 "Usage: kickmsg-sweep [options] -- PROGRAM [ARGUMENT...]",
                 "kickmsg-sweep");
    declare(app, options, texts);
    options.words = lasting(own);
    try {
        app.parse(std::vector<std::string>(own.rbegin(), own.rend())); // CLI11 takes them from the end
    } catch (CLI::ParseError const& error) {
        exit = app.exit(error) == 0 ? Passed : CouldNot;
        return std::nullopt;
    }
    auto const begin  = end == all.end() ? end : end + 1;
    auto const second = texts.pairs ? std::find(begin, all.end(), "--") : all.end();
    options.program.words.assign(begin, second);
    if (second != all.end()) {
        options.second = Command{{second + 1, all.end()}};
    } else if (!texts.with.empty()) {
        options.second = Command::of_shell("exec " + texts.with);
    }
    if (options.program.words.empty() || (texts.pairs && (!options.second || options.second->words.empty()))) {
        throw Failure(texts.pairs ? "a pair needs two programs" : "no program",
                      "kickmsg-sweep [options] -- PROGRAM [ARGUMENT...]");
    }
    settle(options, texts);
    return options;
}

} // namespace kickmsg_sweep
