// What Replacement and Removal ask of their surroundings, over the name and the files of a Machine.
#pragma once

#include "Machine.h"

namespace kickmsg_models {

/// What a system can do about a replacer that does not move: on Linux, its file is taken away, and where the directory may
/// be listed, those of others, too; elsewhere it is waited for.
enum class System { Disarms, DisarmsUnlisted, Waits };

class Surroundings {
public:
    /// `calls_away`: the living are no obstacle while the region is provisional. `fresh`: what a replacer `incarnation` puts in the place of `region`; of a pruner, which `removes` it, a number of the attempt.
    Surroundings(Machine& machine, System system, unsigned region, unsigned fresh = nowhere, uint64_t incarnation = 0,
                 bool removes = false, bool calls_away = false) noexcept
        : machine_(machine), system_(system), region_(region), fresh_(fresh), incarnation_(incarnation),
          removes_(removes), calls_away_(calls_away)
    {
    }

    bool arm()
    {
        is_armed_ = system_ != System::Waits;
        if (is_armed_ && !planted("armed-after-retiring")) {
            place();
        }
        return true;
    }
    bool disarm(uint64_t incarnation)
    {
        if (system_ == System::Waits) {
            return !machine_.is_held(region_, replacer(incarnation)) && !planted("dead-replacer-is-waited-for");
        }
        unsigned const place = machine_.waiting_place(region_, incarnation);
        if (place != 0 && !planted("overtaken-stays-armed")) {
            machine_.unlink(place);
        }
        return true;
    }
    /// Returns: false when it has been disarmed.
    bool take_name()
    {
        if (system_ == System::Waits) {
            removes_ ? machine_.remove(region_) : machine_.rename_in_place(fresh_);
            return true;
        }
        if (planted("armed-after-retiring")) {
            place();
        }
        unsigned const place = machine_.waiting_place(region_, incarnation_);
        return removes_ ? machine_.take_away(place) : machine_.rename(place);
    }
    /// Whether what is to have the name can have none any more, unless it has it now.
    bool is_armed() const noexcept
    {
        return is_armed_;
    }
    bool is_anyone_alive()
    {
        if (calls_away_ && (planted("settled-not-asked") || machine_.provision(region_).is_open())) {
            return false;
        }
        return !planted("no-second-asking") && machine_.is_held(region_, core::low_bits(32));
    }
    bool is_linked()
    {
        return planted("replacer-trusts-the-name") || machine_.is_linked(region_);
    }
    bool is_alive(uint64_t incarnation)
    {
        return machine_.is_held(region_, participant(incarnation)) && !planted("removal-without-right");
    }

private:
    void place()
    {
        unsigned const place = machine_.waiting_place(region_, incarnation_, fresh_);
        while (!machine_.link(fresh_, place)) {
            machine_.unlink(place);
        }
    }

    Machine& machine_;
    System   system_;
    unsigned region_;
    unsigned fresh_;
    uint64_t incarnation_;
    bool     removes_;
    bool     calls_away_;
    bool     is_armed_ = false;
};

using Replacement = core::Replacement<Policy, Surroundings>;
using Removal     = core::Removal<Policy, Surroundings>;

} // namespace kickmsg_models
