/// How many have died in an execution, and what recoveries brought back: they count only what was dead.
#pragma once

#include "Layout.h"

namespace kickmsg_models {

class Toll {
public:
    void died() noexcept
    {
        ++deaths_;
    }
    /// A slot was lost before the first thread began, with nobody's death to show for it.
    void slot_lost() noexcept
    {
        slot_lost_ = true;
    }
    void add(core::RecoveryCounts const& found) noexcept
    {
        participants_ += found.participants;
        others_ += found.rings + found.entries + found.references + found.slots + found.schema;
    }
    void check() const
    {
        expect(participants_ <= deaths_, "more participants were recovered than have died");
        expect(deaths_ != 0 || slot_lost_ || others_ == 0, "something was brought back, and nobody had died");
    }

private:
    unsigned deaths_       = 0;
    bool     slot_lost_    = false;
    uint64_t participants_ = 0;
    uint64_t others_       = 0;
};

} // namespace kickmsg_models
