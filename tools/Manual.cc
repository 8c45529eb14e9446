#include "Manual.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <vector>

namespace kickmsg_tools {

char const* const exit_codes =
    "Exit codes: 0 done, nothing is wrong; 1 done, and something was found, nothing matched, or the two differ; 2 it "
    "could not be "
    "done or looked at (stderr says why, and what to do); 64 the command line cannot be understood. Of a call "
    "also: 3 nobody serves it, 4 no answer in time, 5 its server died or left, 6 refused.";

namespace {

using Options  = std::vector<CLI::Option const*>;
using Commands = std::vector<CLI::App const*>;

Options options_of(CLI::App const& app)
{
    Options all;
    for (CLI::Option const* const option : app.get_options()) {
        if (!option->get_group().empty()) {
            all.push_back(option);
        }
    }
    return all;
}

Commands commands_of(CLI::App const& app)
{
    Commands all;
    for (CLI::App const* const command : app.get_subcommands([](CLI::App const*) { return true; })) {
        if (!command->get_group().empty()) {
            all.push_back(command);
        }
    }
    return all;
}

std::string replaced(std::string text, std::string const& from, std::string const& to)
{
    for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
        text.replace(at, from.size(), to);
    }
    return text;
}

/// Text that troff takes for nothing else.
std::string roff(std::string const& text)
{
    std::string safe = replaced(replaced(text, "\\", "\\e"), "-", "\\-");
    safe             = replaced(safe, "\n", "\n.br\n");
    return !safe.empty() && (safe[0] == '.' || safe[0] == '\'') ? "\\&" + safe : safe;
}

bool takes_value(CLI::Option const& option)
{
    return option.get_items_expected_max() > 0 && !option.get_type_name().empty();
}

std::vector<std::string> flags_of(CLI::Option const& option)
{
    std::vector<std::string> flags;
    for (std::string const& name : option.get_snames()) {
        flags.push_back("-" + name);
    }
    for (std::string const& name : option.get_lnames()) {
        flags.push_back("--" + name);
    }
    return flags;
}

std::string joined(std::vector<std::string> const& words, std::string const& between)
{
    std::string text;
    for (std::string const& word : words) {
        text += (text.empty() ? "" : between) + word;
    }
    return text;
}

std::string positionals(CLI::App const& command)
{
    std::string text;
    for (CLI::Option const* const option : options_of(command)) {
        if (option->get_positional()) {
            std::string const name = option->get_name(true);
            text += option->get_required() ? " " + name : " [" + name + "]";
        }
    }
    return text;
}

std::string manual_of_option(CLI::Option const& option)
{
    std::string const names = option.get_positional() ? option.get_name(true) : joined(flags_of(option), ", ");
    std::string const type  = option.get_type_name(); // its checks behind a colon
    std::string const value =
        !option.get_positional() && takes_value(option) ? " " + type.substr(0, type.find(':')) : "";
    return ".RS\n.TP\n.B " + roff(names + value) + "\n" + roff(option.get_description()) + "\n.RE\n";
}

std::string manual_of_command(CLI::App const& command)
{
    std::string text =
        ".TP\n.B " + roff(command.get_name() + positionals(command)) + "\n" + roff(command.get_description()) + "\n";
    if (!command.get_footer().empty()) {
        text += ".br\n" + roff(command.get_footer()) + "\n";
    }
    for (CLI::Option const* const option : options_of(command)) {
        std::string const name = option->get_name();
        if (name != "--help" && name != "-h,--help" && name != "--json" && name != "--prefix") {
            text += manual_of_option(*option);
        }
    }
    return text;
}

std::vector<std::string> groups_of(Commands const& commands)
{
    std::vector<std::string> groups;
    for (CLI::App const* const command : commands) {
        if (std::find(groups.begin(), groups.end(), command->get_group()) == groups.end()) {
            groups.push_back(command->get_group());
        }
    }
    return groups;
}

std::string capital(std::string text)
{
    std::transform(text.begin(), text.end(), text.begin(),
                   [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    return text;
}

/// What lists the names that the first argument of a command may be; empty where it is none.
std::string names_of(CLI::App const& command)
{
    std::string const arguments = positionals(command);
    bool const        topic     = arguments.find("TOPIC") != std::string::npos;
    bool const        service   = arguments.find("SERVICE") != std::string::npos;
    return topic     ? "kickmsg list --names 2>/dev/null"
           : service ? "kickmsg list --names 2>/dev/null | sed -n \"s,^requests/,,p\""
                     : "";
}

std::vector<std::string> all_flags(CLI::App const& command)
{
    std::vector<std::string> all;
    for (CLI::Option const* const option : options_of(command)) {
        for (std::string const& flag : flags_of(*option)) {
            all.push_back(flag);
        }
    }
    return all;
}

/// Names of topics are anybody's words: they are compared and quoted, and never expanded.
std::string bash(CLI::App const& app)
{
    std::vector<std::string> names;
    std::string              cases;
    for (CLI::App const* const command : commands_of(app)) {
        names.push_back(command->get_name());
        std::string const shells = command->get_name() == "completion" ? " bash zsh fish" : "";
        cases += "        " + command->get_name() + ") words=\"" + joined(all_flags(*command), " ") + shells + "\"" +
                 (names_of(*command).empty() ? "" : "; names='" + names_of(*command) + "'") + " ;;\n";
    }
    return "# bash completion of kickmsg, generated by: kickmsg completion bash\n"
           "_kickmsg() {\n"
           "    local words='' names='' word current=${COMP_WORDS[COMP_CWORD]}\n"
           "    if [ \"$COMP_CWORD\" = 1 ]; then words=\"" +
           joined(names, " ") +
           " --help --version\"; fi\n"
           "    if [ \"$COMP_CWORD\" -gt 1 ]; then case ${COMP_WORDS[1]} in\n" +
           cases +
           "    esac; fi\n"
           "    COMPREPLY=()\n"
           "    for word in $words; do\n"
           "        [[ $word == \"$current\"* ]] && COMPREPLY+=(\"$word\")\n"
           "    done\n"
           "    [ -n \"$names\" ] && while IFS= read -r word; do\n"
           "        [[ $word == \"$current\"* ]] && COMPREPLY+=(\"$(printf %q \"$word\")\")\n"
           "    done < <(eval \"$names\")\n"
           "}\n"
           "complete -F _kickmsg kickmsg\n";
}

std::string quoted(std::string const& text)
{
    return "'" + replaced(text, "'", "'\\''") + "'";
}

std::string zsh(CLI::App const& app)
{
    std::string commands, cases;
    for (CLI::App const* const command : commands_of(app)) {
        commands +=
            "        " + quoted(command->get_name() + ":" + replaced(command->get_description(), ":", "\\:")) + "\n";
        cases += "        " + command->get_name() + ") compadd -- " + joined(all_flags(*command), " ");
        cases += names_of(*command).empty() ? "" : " ${(f)\"$(" + names_of(*command) + ")\"}";
        cases += command->get_name() == "completion" ? " bash zsh fish" : "";
        cases += " ;;\n";
    }
    return "#compdef kickmsg\n"
           "# zsh completion of kickmsg, generated by: kickmsg completion zsh\n"
           "_kickmsg() {\n"
           "    local -a commands=(\n" +
           commands +
           "    )\n"
           "    if (( CURRENT == 2 )); then _describe command commands; return; fi\n"
           "    case $words[2] in\n" +
           cases +
           "    esac\n"
           "}\n"
           "compdef _kickmsg kickmsg\n";
}

std::string fish(CLI::App const& app)
{
    std::string text = "# fish completion of kickmsg, generated by: kickmsg completion fish\n"
                       "complete -c kickmsg -f\n";
    for (CLI::App const* const command : commands_of(app)) {
        std::string const here = "complete -c kickmsg -n '__fish_seen_subcommand_from " + command->get_name() + "'";
        text += "complete -c kickmsg -n __fish_use_subcommand -a " + command->get_name() + " -d " +
                quoted(command->get_description()) + "\n";
        for (CLI::Option const* const option : options_of(*command)) {
            for (std::string const& name : option->get_lnames()) {
                text += here + " -l " + name + (takes_value(*option) ? " -r" : "") + " -d " +
                        quoted(option->get_description()) + "\n";
            }
        }
        text += names_of(*command).empty() ? "" : here + " -a '(" + names_of(*command) + ")'\n";
        text += command->get_name() == "completion" ? here + " -a 'bash zsh fish'\n" : "";
    }
    return text;
}

} // namespace

std::string manual_of(CLI::App const& app, std::string const& version)
{
    std::string text =
        ".TH KICKMSG 1 \"\" " + roff("\"" + version + "\"") + " \"User Commands\"\n.SH NAME\nkickmsg \\- " +
        roff(app.get_description()) +
        "\n.SH SYNOPSIS\n.B kickmsg\n.I command\n[\\fIargument\\fR ...] [\\fIoption\\fR ...]\n.SH DESCRIPTION\n";
    text +=
        "What sees takes part in nothing: it takes no record, delays nobody, and is safe on regions that are damaged.\n"
        "TOPIC is the name of a topic, of a broadcast channel, OWNER/TAG of a mailbox, or the name of a region with "
        "its slash.\n";
    Commands const commands = commands_of(app);
    for (std::string const& group : groups_of(commands)) {
        text += ".SH " + roff(capital(group)) + "\n";
        for (CLI::App const* const command : commands) {
            text += command->get_group() == group ? manual_of_command(*command) : "";
        }
    }
    text += ".SH OPTIONS OF EVERY COMMAND\n";
    for (CLI::Option const* const option : options_of(*commands.front())) {
        std::string const name = option->get_name();
        text += name == "--json" || name == "--prefix" ? manual_of_option(*option) : "";
    }
    text += ".SH EXIT STATUS\n" + roff(exit_codes) +
            "\n.SH ENVIRONMENT\n.TP\n.B KICKMSG_PREFIX\nThe prefix where none is given.\n.TP\n.B NO_COLOR\nNo colours, "
            "also on a "
            "terminal.\n";
    return text;
}

std::string completion_of(CLI::App const& app, std::string const& shell)
{
    return shell == "bash" ? bash(app) : shell == "zsh" ? zsh(app) : fish(app);
}

} // namespace kickmsg_tools
