#include "Context.h"

#include "kickmsg/Node.h"

#include <CLI/CLI.hpp>

#include <cstdlib>

namespace kickmsg_tools {

namespace {

constexpr double most = 1e9; ///< seconds: as nanoseconds they fit into 64 bits

/// Returns: what is wrong with it. What is no number (nan) is not less than any.
std::string refuse_odd_number(std::string const& text)
{
    char*        end   = nullptr;
    double const value = std::strtod(text.c_str(), &end);
    bool const   fits  = end != text.c_str() && *end == '\0' && value >= 0 && value <= most;
    return fits ? "" : "'" + text + "' is no number from 0 to 1000000000";
}

} // namespace

std::string Context::node_prefix() const
{
    return prefix.empty() ? kickmsg::Node("kickmsg-tool").prefix() : prefix;
}

std::string Context::beginning() const
{
    if (prefix.empty()) {
        return {};
    }
    std::string const any = kickmsg::Node("kickmsg-tool", prefix).topic_region("x");
    return any.substr(0, any.size() - 1);
}

Option& Option::required()
{
    option_.required();
    return *this;
}

Option& Option::type_name(char const* name)
{
    option_.type_name(name);
    return *this;
}

Option& Option::positive()
{
    option_.check(CLI::PositiveNumber);
    return *this;
}

Option& Option::hidden()
{
    option_.group("");
    return *this;
}

Option& Option::one_of(std::vector<std::string> const& words)
{
    option_.check(CLI::IsMember(words));
    return *this;
}

void Command::group(char const* name)
{
    app_->group(name);
}

void Command::footer(char const* text)
{
    app_->footer(text);
}

Option Command::add_option(char const* name, std::string& value, char const* text)
{
    return Option(*app_->add_option(name, value, text));
}

Option Command::add_option(char const* name, std::vector<std::string>& values, char const* text)
{
    return Option(*app_->add_option(name, values, text));
}

Option Command::add_option(char const* name, double& value, char const* text)
{
    CLI::Option& option = *app_->add_option(name, value, text);
    option.check(refuse_odd_number);
    return Option(option);
}

Option Command::add_option(char const* name, uint64_t& value, char const* text)
{
    return Option(*app_->add_option(name, value, text));
}

Option Command::add_flag(char const* name, bool& value, char const* text)
{
    return Option(*app_->add_flag(name, value, text));
}

std::size_t Command::count(char const* name) const
{
    return app_->count(name);
}

Command declare(CLI::App& app, std::string const& name, std::string const& text, std::function<void()> run)
{
    CLI::App& command = *app.add_subcommand(name, text);
    command.final_callback(std::move(run));
    return Command(command);
}

Command declare(CLI::App& app, Context& context, std::string const& name, std::string const& text,
                std::function<void()> run)
{
    Command command = declare(app, name, text, std::move(run));
    command.add_flag("--json", context.json, "JSON in place of text: tools/README.md has the schema");
    command
        .add_option("--prefix", context.prefix,
                    "The prefix of the Nodes in question (else KICKMSG_PREFIX, else kickmsg)")
        ->type_name("PREFIX");
    return command;
}

} // namespace kickmsg_tools
