/// What one run of the program takes place in: a fresh prefix, what was run before it, and what lives beside it.
#pragma once

#include "Companions.h"
#include "Options.h"

#include <memory>
#include <string>
#include <vector>

namespace kickmsg_sweep {

class Scene {
public:
    /// Errors: Failure, when what is to be run before it fails.
    explicit Scene(Options const& options);
    Scene(Scene const&)            = delete;
    Scene& operator=(Scene const&) = delete;
    /// Ends the companions and removes all that has the prefix.
    ~Scene();

    Surroundings& surroundings() noexcept
    {
        return in_;
    }
    Companions& companions() noexcept
    {
        return *companions_;
    }
    std::string const& prefix() const noexcept
    {
        return prefix_;
    }
    /// Returns: the names of what there is, with their slash.
    std::vector<std::string> names() const;
    /// False: a companion takes part in no region.
    bool is_complete() const noexcept
    {
        return complete_;
    }

private:
    Options const&              options_;
    std::string                 prefix_;
    Surroundings                in_;
    std::unique_ptr<Companions> companions_;
    bool                        complete_ = true;
};

} // namespace kickmsg_sweep
