/// kickmsg completion SHELL: the completion script of a shell.
#include "Context.h"
#include "Manual.h"

namespace kickmsg_tools {

void declare_completion(CLI::App& app, Context& /*context*/)
{
    static std::string shell;
    Command            command = declare(app, "completion", "Writes the completion script of a shell",
                                         [&app] { write(completion_of(app, shell)); });
    command.group(helping);
    command.add_option("SHELL", shell, "bash, zsh or fish")->required().one_of({"bash", "zsh", "fish"});
}

} // namespace kickmsg_tools
