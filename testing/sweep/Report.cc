#include "Report.h"

#include "Failure.h"

#include <array>
#include <cstdio>
#include <fstream>
#include <unistd.h>

namespace kickmsg_sweep {

namespace {

constexpr double between_lines = 10; ///< seconds

std::string seconds_text(double seconds)
{
    std::array<char, 32> text = {};
    (void)std::snprintf(text.data(), text.size(), seconds < 100 ? "%.1f s" : "%.0f s", seconds);
    return text.data();
}

std::string hex(uint64_t value)
{
    std::array<char, 32> text = {};
    (void)std::snprintf(text.data(), text.size(), "0x%llx", static_cast<unsigned long long>(value));
    return text.data();
}

void write(std::string const& path, std::string const& text, bool appends)
{
    std::ofstream out(path, appends ? std::ios::app : std::ios::trunc);
    out << text;
    out.close();
    if (!out) {
        throw Failure("cannot write " + path, "choose another place");
    }
}

} // namespace

std::string Report::state_of(Round const& round) const
{
    return std::to_string(round.state) + (options_.is_pairs() ? "+" + std::to_string(round.second) : "");
}

std::string Report::where(Results const& results, Round const& round) const
{
    std::string const before =
        round.state == 0 ? "before its first change" : "after " + results.words.at(round.state - 1).text();
    std::string const after =
        round.state < results.words.size() ? ", before " + results.words[round.state].text() : ", its last change";
    return (options_.stop ? "stopped " : "killed ") + before + after;
}

std::string Report::again(Round const& round) const
{
    std::string line = "kickmsg-sweep";
    for (std::string const& word : options_.words) {
        line += " " + quoted(word);
    }
    line += " --replay " + state_of(round) + " --";
    for (std::string const& word : options_.program.words) {
        line += " " + quoted(word);
    }
    bool const with = options_.second && options_.second->words.size() == 3 && options_.second->words[0] == "/bin/sh";
    if (options_.second && !with) {
        line += " --";
        for (std::string const& word : options_.second->words) {
            line += " " + quoted(word);
        }
    }
    return line;
}

std::string Report::text_of(Results const& results, Round const& round) const
{
    std::string text =
        (round.found.empty() ? "state " : "FAILED state ") + state_of(round) + ": " + where(results, round) + "\n";
    if (!round.function.empty()) {
        text += "    in " + round.function + "\n";
    }
    for (std::string const& line : round.source) {
        text += "       " + line + "\n";
    }
    if (!round.not_reproducible.empty()) {
        text += "    not reproducible: " + round.not_reproducible + "\n";
    }
    for (std::string const& what : round.found) {
        text += "    " + what + "\n";
    }
    for (std::string const& line : round.beside) {
        text += "    beside: " + line + "\n";
    }
    if (!round.output.empty()) {
        text += "    it wrote: " + round.output + "\n";
    }
    return text + "    again: " + again(round) + "\n";
}

std::string Report::summary(Results const& results) const
{
    uint64_t const failed = results.failed(), other = results.not_reproducible();
    std::string    text = std::to_string(results.rounds.size()) + " of " + std::to_string(results.states()) +
                       (options_.is_pairs() ? " pairs of states " : " states ") +
                       (options_.stop ? "stopped" : "killed") + ": " + std::to_string(failed) + " failed";
    if (other != 0) {
        text += ", " + std::to_string(other) + " not reproducible";
    }
    return text + "; " + std::to_string(results.steps) + " instructions, " + seconds_text(results.seconds);
}

void Report::progress(Results const& results)
{
    if (options_.quiet) {
        return;
    }
    bool const  terminal = isatty(STDERR_FILENO) == 1;
    std::size_t done     = results.rounds.size();
    if (!terminal && results.seconds - said_ < between_lines) {
        return;
    }
    double spent = 0;
    for (Round const& round : results.rounds) {
        spent += round.seconds;
    }
    std::string left;
    if (done > 0) {
        left = ", about " +
               seconds_text(spent / static_cast<double>(done) * static_cast<double>(results.chosen - done)) + " left";
    }
    said_ = results.seconds;
    open_ = terminal;
    (void)std::fprintf(stderr, "%s%zu of %llu states, %llu failed%s%s", terminal ? "\r\033[K" : "", done,
                       static_cast<unsigned long long>(results.chosen),
                       static_cast<unsigned long long>(results.failed()), left.c_str(), terminal ? "" : "\n");
    (void)std::fflush(stderr);
}

std::string Report::replay(Results const& results) const
{
    std::string text;
    for (std::size_t i = 0; i < results.words.size(); ++i) {
        Change const& change = results.words[i];
        text += std::to_string(i + 1) + "  " + change.text();
        if (change.offset < Change::unnamed) {
            text += "  " + hex(change.before) + " -> " + hex(change.after);
        }
        text += "  " + results.functions[i] + (i + 1 == options_.replay[0] ? "   <-- " : "") + "\n";
    }
    for (Round const& round : results.rounds) {
        text += text_of(results, round);
    }
    return text;
}

int Report::finish(Results const& results)
{
    if (open_) {
        (void)std::fputs("\r\033[K", stderr);
    }
    int exit = Passed;
    for (Round const& round : results.rounds) {
        exit = is_wrong(round) ? Failed : exit;
        if (options_.replay.empty() && (is_wrong(round) || (!options_.quiet && !round.not_reproducible.empty()))) {
            (void)std::fputs(text_of(results, round).c_str(), stdout);
        }
    }
    if (!options_.replay.empty()) {
        (void)std::fputs(replay(results).c_str(), stdout);
    }
    for (std::string const& note : results.notes) {
        (void)std::printf("note: %s\n", note.c_str());
    }
    if (!options_.quiet || exit != Passed) {
        (void)std::printf("%s\n", summary(results).c_str());
    }
    if (!options_.json.empty()) {
        write(options_.json, json(results, exit), false);
    }
    if (!options_.junit.empty()) {
        write(options_.junit, junit(results), false);
    }
    if (!options_.markdown.empty()) {
        write(options_.markdown, markdown(results), true);
    }
    return exit;
}

} // namespace kickmsg_sweep
