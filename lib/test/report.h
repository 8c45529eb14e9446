/// A region of nobody but a test, and the words of it, to give each the value that a report is asked about.
#pragma once

#include "Lifecycle.h"
#include "raw_region.h"
#include "support.h"

namespace kickmsg_test {

using kickmsg::core::OwnerWord;

constexpr uint64_t nobody = 1000000; ///< an incarnation that no participant has

struct Report {
    kickmsg::detail::Layout& layout()
    {
        return raw.layout();
    }
    void own(uint32_t ring, OwnerWord::State state, uint32_t record, uint64_t incarnation)
    {
        layout().ring(ring).owner.store(OwnerWord::make(state, record, incarnation));
    }
    kickmsg::RingStats ring(uint32_t index)
    {
        return region.stats().rings.at(index);
    }
    uint64_t living()
    {
        return region.stats().participants.at(0).incarnation;
    }

    Name                  name;
    kickmsg::SharedRegion region = make(name, small_config(12, 4, 3));
    RawRegion             raw{name};
};

} // namespace kickmsg_test
