/// What every command is given, and how one is declared.
#pragma once

#include "Exit.h"
#include "Output.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace CLI {
class App;
class Option;
} // namespace CLI

namespace kickmsg_tools {

/// The command line of a run, as far as all commands share it.
struct Context {
    bool        json = false;
    std::string prefix; ///< of Nodes; empty when none was given
    Exit        exit = Done;

    /// The prefix that names without one belong to: --prefix, else KICKMSG_PREFIX, else "kickmsg".
    std::string node_prefix() const;
    /// What the names of the regions of interest begin with: of --prefix, else nothing, which is all.
    std::string beginning() const;
};

/// An option or argument that has been added, for what else there is to say of it. Of CLI11 only this file's source sees more.
class Option {
public:
    explicit Option(CLI::Option& option) noexcept : option_(option) {}
    Option* operator->() noexcept
    {
        return this;
    }
    Option& required();
    Option& type_name(char const* name);
    Option& positive();
    Option& hidden(); ///< from --help, the manual page and the completions
    Option& one_of(std::vector<std::string> const& words);

private:
    CLI::Option& option_;
};

/// A command that has been declared.
class Command {
public:
    explicit Command(CLI::App& app) noexcept : app_(&app) {}

    void   group(char const* name);
    void   footer(char const* text);
    Option add_option(char const* name, std::string& value, char const* text);
    Option add_option(char const* name, std::vector<std::string>& values, char const* text);
    /// From 0 on, and not infinite.
    Option add_option(char const* name, double& value, char const* text);
    Option add_option(char const* name, uint64_t& value, char const* text);
    Option add_flag(char const* name, bool& value, char const* text);
    /// Returns: how often the option was given.
    std::size_t count(char const* name) const;

private:
    CLI::App* app_;
};

/// Declares the command `name`, with the options that all have; `run` is called when it is chosen. Returns: it, for its own options.
Command declare(CLI::App& app, Context& context, std::string const& name, std::string const& text,
                std::function<void()> run);
/// The same without these options.
Command declare(CLI::App& app, std::string const& name, std::string const& text, std::function<void()> run);

/// The groups of --help and of the manual page.
constexpr char const* seeing    = "Seeing";
constexpr char const* listening = "Listening and speaking";
constexpr char const* mending   = "Mending";
constexpr char const* helping   = "Helping";

// One for each command, each in a file of its own.
void declare_bw(CLI::App& app, Context& context);
void declare_call(CLI::App& app, Context& context);
void declare_completion(CLI::App& app, Context& context);
void declare_delay(CLI::App& app, Context& context);
void declare_diagnose(CLI::App& app, Context& context);
void declare_doctor(CLI::App& app, Context& context);
void declare_echo(CLI::App& app, Context& context);
void declare_get(CLI::App& app, Context& context);
void declare_hz(CLI::App& app, Context& context);
void declare_info(CLI::App& app, Context& context);
void declare_list(CLI::App& app, Context& context);
void declare_prune(CLI::App& app, Context& context);
void declare_pub(CLI::App& app, Context& context);
void declare_recover(CLI::App& app, Context& context);
void declare_schema(CLI::App& app, Context& context);
void declare_schema_diff(CLI::App& app, Context& context);
void declare_set(CLI::App& app, Context& context);
void declare_stats(CLI::App& app, Context& context);
void declare_top(CLI::App& app, Context& context);
void declare_unlink(CLI::App& app, Context& context);
void declare_values(CLI::App& app, Context& context);
void declare_watch(CLI::App& app, Context& context);
void declare_who(CLI::App& app, Context& context);

} // namespace kickmsg_tools
