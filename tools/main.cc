/// kickmsg, the operator's tool: sees, questions and mends a running system from a terminal.
#include "Context.h"
#include "Manual.h"
#include "kickmsg/Error.h"
#include "kickmsg/Version.h"

#include <CLI/CLI.hpp>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <exception>
#include <unistd.h>

namespace kickmsg_tools {
namespace {

std::string version_text()
{
    return "kickmsg " + std::to_string(KICKMSG_VERSION_MAJOR) + "." + std::to_string(KICKMSG_VERSION_MINOR) + "." +
           std::to_string(KICKMSG_VERSION_PATCH);
}

void declare_all(CLI::App& app, Context& context)
{
    for (auto* const declare_one :
         {declare_list,    declare_info,        declare_stats,    declare_top,    declare_who,       declare_watch,
          declare_schema,  declare_schema_diff, declare_echo,     declare_hz,     declare_bw,        declare_delay,
          declare_pub,     declare_call,        declare_diagnose, declare_values, declare_get,       declare_set,
          declare_recover, declare_prune,       declare_unlink,   declare_doctor, declare_completion}) {
        declare_one(app, context);
    }
}

int complain(Failure const& failure)
{
    (void)std::fprintf(stderr, "%s\n", printable(failure.what()).c_str());
    return failure.code();
}

/// Help that was asked for is no error.
int answer(CLI::App const& app, CLI::ParseError const& error)
{
    int const code = app.exit(error);
    return code == 0 ? Done : Usage;
}

int run(int argc, char** argv)
{
    Context  context;
    CLI::App app("Sees, questions and mends the topics of Kickmsg on this machine.", "kickmsg");
    app.set_version_flag("--version", version_text());
    app.require_subcommand(0, 1);
    bool manual = false;
    app.add_flag("--man", manual, "")->group("");
    declare_all(app, context);
    app.footer(exit_codes); // after the commands, which would have it, too
    try {
        app.parse(argc, argv);
        if (manual) {
            write(manual_of(app, version_text()));
        } else if (app.get_subcommands().empty()) {
            write(app.help());
            return Usage;
        }
    } catch (CLI::ParseError const& error) {
        return answer(app, error);
    } catch (Failure const& failure) {
        return complain(failure);
    } catch (kickmsg::Error const& error) {
        (void)std::fprintf(stderr, "%s\n", printable(error.what()).c_str());
        return CouldNot;
    } catch (std::exception const& error) {
        remark(std::string("unexpected: ") + error.what() + " (report it)");
        return CouldNot;
    }
    return context.exit;
}

/// What could not be written was not done; a reader that has gone has all it wanted.
int judged(int code)
{
    int const error = output_error();
    if (error == 0 || error == EPIPE) {
        return code;
    }
    remark(std::string("the output cannot be written: ") + std::strerror(error) + " (make room for it)");
    return CouldNot;
}

} // namespace
} // namespace kickmsg_tools

int main(int argc, char** argv)
{
    (void)std::signal(SIGPIPE, SIG_IGN); // a reader that has seen enough is no fault: the handles are given back
    int const code = kickmsg_tools::run(argc, argv);
    if (kickmsg_tools::output_error() == EINTR) {
        _exit(code); // a signal ended the wait for a reader that does not read: not once more
    }
    kickmsg_tools::flush();
    return kickmsg_tools::judged(code);
}
