// What is written for programs: JSON, JUnit's XML, Markdown.
#include "Report.h"

#include <nlohmann/json.hpp>

namespace kickmsg_sweep {

namespace {

using Json = nlohmann::ordered_json;

/// Raised when a field changes its meaning or goes. New fields do not raise it.
constexpr int json_version = 1;

/// For XML: what is no text of it is a question mark.
std::string escaped(std::string const& text)
{
    std::string safe;
    for (char const one : text) {
        switch (one) {
        case '&':
            safe += "&amp;";
            break;
        case '<':
            safe += "&lt;";
            break;
        case '>':
            safe += "&gt;";
            break;
        case '"':
            safe += "&quot;";
            break;
        default:
            safe += (static_cast<unsigned char>(one) < 0x20 && one != '\n' && one != '\t') ||
                            static_cast<unsigned char>(one) > 0x7e
                        ? '?'
                        : one;
        }
    }
    return safe;
}

std::string joined(Findings const& found)
{
    std::string text;
    for (std::string const& one : found) {
        text += (text.empty() ? "" : "\n") + one;
    }
    return text;
}

} // namespace

std::string Report::json(Results const& results, int exit) const
{
    Json document     = {{"schema", "kickmsg.sweep"},
                         {"version", json_version},
                         {"program", options_.program.words},
                         {"mode", options_.is_pairs() ? "pairs"
                                  : options_.stop     ? "stop"
                                                      : "kill"},
                         {"exit", exit},
                         {"states", results.states()},
                         {"chosen", results.chosen},
                         {"failed", results.failed()},
                         {"not_reproducible", results.not_reproducible()},
                         {"instructions", results.steps},
                         {"seed", options_.seed},
                         {"shard", options_.shard},
                         {"shards", options_.shards},
                         {"seconds", results.seconds},
                         {"notes", results.notes}};
    document["words"] = Json::array();
    for (std::size_t i = 0; i < results.words.size(); ++i) {
        document["words"].push_back({{"state", i + 1},
                                     {"region", results.words[i].region},
                                     {"word", results.words[i].word},
                                     {"function", results.functions[i]}});
    }
    document["rounds"] = Json::array();
    for (Round const& round : results.rounds) {
        Json one = {
            {"state", round.state}, {"found", round.found}, {"function", round.function}, {"seconds", round.seconds}};
        one["second"]           = options_.is_pairs() ? Json(round.second) : Json();
        one["not_reproducible"] = round.not_reproducible.empty() ? Json() : Json(round.not_reproducible);
        one["output"]           = round.output;
        one["beside"]           = round.beside;
        document["rounds"].push_back(one);
    }
    return document.dump(1, ' ', true, Json::error_handler_t::replace) + "\n";
}

std::string Report::name_of(Round const& round) const
{
    return "state " + state_of(round);
}

std::string Report::junit(Results const& results) const
{
    uint64_t wrong = 0, skipped = 0;
    for (Round const& round : results.rounds) {
        wrong += is_wrong(round) ? 1 : 0;
        skipped += !is_wrong(round) && !round.not_reproducible.empty() ? 1 : 0;
    }
    std::string text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"kickmsg-sweep " +
                       escaped(options_.program.text()) + "\" tests=\"" + std::to_string(results.rounds.size()) +
                       "\" failures=\"" + std::to_string(wrong) + "\" errors=\"0\" skipped=\"" +
                       std::to_string(skipped) + "\" time=\"" + std::to_string(results.seconds) + "\">\n";
    for (Round const& round : results.rounds) {
        text += "  <testcase classname=\"" + escaped(options_.program.text()) + "\" name=\"" + name_of(round) + ": " +
                escaped(where(results, round)) + "\" time=\"" + std::to_string(round.seconds) + "\"";
        if (is_wrong(round)) {
            std::string const what = round.found.empty() ? round.not_reproducible : round.found[0];
            text += "><failure message=\"" + escaped(what) + "\">" + escaped(text_of(results, round)) +
                    "</failure></testcase>\n";
        } else if (!round.not_reproducible.empty()) {
            text += "><skipped message=\"not reproducible: " + escaped(round.not_reproducible) + "\"/></testcase>\n";
        } else {
            text += "/>\n";
        }
    }
    return text + "</testsuite>\n";
}

std::string Report::markdown(Results const& results) const
{
    std::string text = "### kickmsg-sweep `" + options_.program.text() + "`\n\n" + summary(results) + "\n\n";
    bool        any  = false;
    for (Round const& round : results.rounds) {
        if (!round.found.empty() || !round.not_reproducible.empty()) {
            text += any ? "" : "| state | where | what |\n|---|---|---|\n";
            any = true;
            std::string what =
                round.found.empty() ? "not reproducible: " + round.not_reproducible : joined(round.found);
            for (std::size_t at = 0; (at = what.find('\n', at)) != std::string::npos; at += 4) {
                what.replace(at, 1, "<br>");
            }
            text += "| " + state_of(round) + " | " + where(results, round) + " | " + what + " |\n";
        }
    }
    for (std::string const& note : results.notes) {
        text += (any ? "\n- " : "- ") + note + "\n";
        any = false;
    }
    return text + "\n";
}

} // namespace kickmsg_sweep
