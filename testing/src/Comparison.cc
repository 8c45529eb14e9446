#include "kickmsg/testing/Comparison.h"

#include <algorithm>
#include <string>
#include <utility>

namespace kickmsg {
namespace testing {

namespace {

class Comparison {
public:
    explicit Comparison(std::string region) : region_(std::move(region)) {}

    void expect_equal(uint64_t found, uint64_t expected, std::string const& what)
    {
        if (found != expected) {
            findings_.add({region_, what + " " + std::to_string(expected) + " as the model says", std::to_string(found),
                           "look for a call that only one of the two has seen, or that answers otherwise"});
        }
    }

    void compare_ring(Model::Ring const& ring, RingStats const& stats)
    {
        std::string const where = "ring " + std::to_string(stats.index) + ": ";
        RingState const   state = ring.live ? RingState::Live : ring.views != 0 ? RingState::Draining : RingState::Free;
        expect_equal(static_cast<uint64_t>(stats.state), static_cast<uint64_t>(state), where + "RingState");
        if (ring.live) {
            expect_equal(stats.position, ring.tail, where + "position");
            expect_equal(stats.received, ring.received, where + "received");
            expect_equal(stats.lost, ring.lost, where + "lost");
            expect_equal(stats.unread, ring.unread.size(), where + "unread");
        }
    }

    Findings const& findings() const
    {
        return findings_;
    }

private:
    std::string region_;
    Findings    findings_;
};

} // namespace

Findings compare(Model const& model, SharedRegion const& region)
{
    RegionStats const stats = region.stats();
    Comparison        comparison(region.name());
    comparison.expect_equal(stats.pool_free, model.free_slots(), "free slots");
    comparison.expect_equal(stats.pool_kept, model.kept_slots(), "kept slots");
    comparison.expect_equal(stats.sent, model.sent, "messages sent");
    comparison.expect_equal(stats.rings.size(), model.rings.size(), "rings");
    for (std::size_t i = 0; i < std::min(stats.rings.size(), model.rings.size()); ++i) {
        comparison.compare_ring(model.rings[i], stats.rings[i]);
    }
    return comparison.findings();
}

} // namespace testing
} // namespace kickmsg
