#include "Scene.h"

#include "Failure.h"
#include "Waits.h"
#include "kickmsg/Discovery.h"

#include <unistd.h>

namespace kickmsg_sweep {

namespace {

std::string fresh_prefix(std::string const& begin)
{
    static unsigned count = 0;
    return begin + "_" + std::to_string(getpid()) + "_" + std::to_string(++count);
}

} // namespace

Scene::Scene(Options const& options)
    : options_(options), prefix_(fresh_prefix(options.prefix)), in_(!options.replay.empty())
{
    in_.set("KICKMSG_PREFIX", prefix_);
    in_.set("LD_BIND_NOW", "1"); // no instruction of the dynamic linker between two changes
    for (std::string const& command : options_.before) {
        int const code = run(Command::of_shell(command), in_);
        if (code != 0) {
            throw Failure("--before '" + command + "' ended with exit code " + std::to_string(code) + ": " +
                              in_.output(),
                          "run it by itself first");
        }
    }
    companions_ = std::make_unique<Companions>(options_.beside, in_);
    complete_   = options_.beside.empty() || companions_->wait_until_joined(prefix_);
    for (std::string const& ended : companions_->ended()) {
        throw Failure("--beside " + ended + ", before the program began: " + in_.output(), "run it by itself first");
    }
}

Scene::~Scene()
{
    try {
        companions_.reset();
        kickmsg::prune(prefix_ + "_");
        for (std::string const& name : names()) {
            kickmsg::SharedMemory::unlink(name);
        }
    } catch (kickmsg::Error const&) {
        // the names are of this process; what is left says so
    }
    Waits::clear();
}

std::vector<std::string> Scene::names() const
{
    return kickmsg::SharedMemory::names("/" + prefix_ + "_");
}

} // namespace kickmsg_sweep
