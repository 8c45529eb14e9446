/// A region against its model.
#pragma once

#include "kickmsg/Region.h"
#include "kickmsg/testing/Findings.h"
#include "kickmsg/testing/Model.h"

namespace kickmsg {
namespace testing {

/// Compares what `region` reports of itself with `model`, when both have seen the same calls: free and kept slots, messages sent, and of each ring its
/// state, position, what was received, lost and is unread.
/// Threads: as SharedRegion::stats(), while nobody sends or receives.
/// Returns: what differs.
/// Errors:  as SharedRegion::stats().
Findings compare(Model const& model, SharedRegion const& region);

} // namespace testing
} // namespace kickmsg
