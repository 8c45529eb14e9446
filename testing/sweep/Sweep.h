/// The rounds of a sweep: one whole run to see which states there are, then one for each state that was chosen.
#pragma once

#include "Options.h"
#include "Results.h"
#include "Scene.h"
#include "Symbols.h"

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace kickmsg_sweep {

class Sweep {
public:
    /// `progress`: called before each round with what there is so far.
    Sweep(Options const& options, std::function<void(Results const&)> progress);

    /// Errors: Failure, when the program cannot be run, ends otherwise than it should by itself, or takes part in nothing.
    Results run();

    /// Returns: `count` numbers below `states`, or all where it is 0; one in `every`; of those the part of the shard. In order.
    static std::vector<uint64_t> choose(uint64_t states, uint64_t count, Options const& options);

private:
    struct Survey {
        std::vector<Change>               words;
        std::map<std::string, Attendance> needed;
        uint64_t                          steps = 0;
    };
    Victim::Plan  plan(bool names) const;
    Victim::Hooks hooks(Observer& observer, Watch& watch, bool counts) const;
    Survey        survey(Presence presence, std::map<std::string, Attendance> const& needed);
    void          survey_second();
    void          expect_begun(bool begun, Victim const& victim, Scene& scene) const;
    void          expect_end(Victim& victim, Victim::Reached reached, Scene& scene, Watch const& watch) const;

    Round round(uint64_t state);
    Round pair(uint64_t state, uint64_t second);
    void  meet(Victim& victim, uint64_t state, Round& round);
    void  stop(Victim& victim, Observer& observer, Findings& found) const;
    /// What is asked when those who are to die are dead.
    void examine(Scene& scene, Observer& observer, Round& round);
    void check(Scene& scene, Round& round) const;
    void note(std::string const& text);

    Options                             options_;
    std::function<void(Results const&)> progress_;
    Presence                            presence_;
    std::map<std::string, Attendance>   needed_;
    Results                             results_;
    Symbols                             symbols_;
};

} // namespace kickmsg_sweep
