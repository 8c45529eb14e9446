/// What is said of a sweep: on the terminal, as JSON (kickmsg.sweep, version 1), as JUnit's XML, as Markdown.
#pragma once

#include "Options.h"
#include "Results.h"

#include <string>

namespace kickmsg_sweep {

class Report {
public:
    explicit Report(Options const& options) : options_(options) {}

    /// How far it is, on stderr: in place on a terminal, else now and then.
    void progress(Results const& results);
    /// All of it on stdout, and into the files that were asked for.
    /// Errors: Failure, when a file cannot be written.
    /// Returns: how to end.
    int finish(Results const& results);

private:
    std::string name_of(Round const& round) const;
    std::string state_of(Round const& round) const;
    std::string where(Results const& results, Round const& round) const;
    std::string again(Round const& round) const;
    std::string text_of(Results const& results, Round const& round) const;
    std::string summary(Results const& results) const;
    std::string replay(Results const& results) const;
    std::string json(Results const& results, int exit) const;
    std::string junit(Results const& results) const;
    std::string markdown(Results const& results) const;
    bool        is_wrong(Round const& round) const
    {
        return !round.found.empty() || (options_.strict && !round.not_reproducible.empty());
    }

    Options const& options_;
    double         said_ = 0; ///< seconds
    bool           open_ = false;
};

} // namespace kickmsg_sweep
