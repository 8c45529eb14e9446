/// The note of what a publisher is delivering, overwritten by somebody else: nothing of the living is taken, nothing is held up, and
/// what it hides comes back when it is gone.
#include "raw_region.h"
#include "support.h"

#include "kickmsg/core/Words.h"

#include <random>

using namespace kickmsg_test;
using kickmsg::Publisher;
using kickmsg::Subscriber;
using Claim      = kickmsg::core::ClaimWord;
using References = kickmsg::core::References<kickmsg::detail::Policy>;

namespace {

constexpr uint32_t pool = 64; ///< of which a publisher keeps 8

struct Noted {
    Noted() : region(make(name, config())), publisher(region), subscriber(region), raw(name) {}

    static kickmsg::channel::Config config()
    {
        auto cfg           = small_config(pool, 8);
        cfg.max_publishers = 2;
        return cfg;
    }

    /// In the record of everybody, in use or not.
    void note(uint64_t word)
    {
        for (uint32_t record = 0; record < raw.layout().record_count(); ++record) {
            raw.layout().record(record).publishing.store(word);
        }
    }
    std::size_t taken()
    {
        auto const report = region.recover();
        return report.participants + report.rings + report.entries + report.references + report.slots +
               region.reclaim_orphaned_slots();
    }
    void expect_traffic()
    {
        send(publisher, ++sent);
        EXPECT_EQ(receive_all(subscriber), std::vector<uint64_t>{sent});
    }

    Name                  name;
    kickmsg::SharedRegion region;
    Publisher             publisher;
    Subscriber            subscriber;
    RawRegion             raw;
    uint64_t              sent = 0;
};

} // namespace

TEST(PublishingNote, OfRandomBitsTakesNothingFromTheLiving)
{
    Noted           noted;
    std::mt19937_64 random(1);
    for (int turn = 0; turn < 2000; ++turn) {
        uint64_t const bits = random();
        auto const     kind = static_cast<Claim::Kind>(bits % 6);
        auto const slot = static_cast<uint32_t>(bits >> 8) & (turn % 4 == 0 ? 2 * pool - 1 : kickmsg::core::no_slot);
        uint64_t const word = turn % 2 != 0 ? bits : Claim::make(kind, 0, slot);
        noted.note(word);
        noted.expect_traffic();
        noted.note(word);
        EXPECT_EQ(noted.taken(), 0U) << std::hex << word;
        EXPECT_EQ(noted.region.diagnose().orphaned_slots, 0U);
    }
    noted.note(0);
    auto const stats = noted.region.stats();
    EXPECT_EQ(stats.corrupt, 0U);
    EXPECT_EQ(stats.pool_kept, 8U);
    EXPECT_EQ(stats.pool_free, pool - 8U);
    EXPECT_EQ(allocatable(noted.name), pool - 8U);
}

TEST(PublishingNote, OfSomebodyWhoPublishesNothingHidesAnOrphanWhileItStands)
{
    Noted noted;
    noted.expect_traffic();
    auto& slot = noted.raw.layout().slot(0);
    ASSERT_EQ(References::holders(slot.references.load()), References::kept) << "the only message was in it";
    slot.references.fetch_or(References::ring(0)); // an orphan
    noted.note(Claim::make(Claim::Publish, 0, 0));
    EXPECT_EQ(noted.taken(), 0U);
    EXPECT_EQ(noted.region.stats().pool_kept, 0U);
    noted.note(Claim::make(Claim::Publish, 0, pool)); // no slot
    EXPECT_EQ(noted.taken(), 0U) << "no slot went back to the pool";
    EXPECT_EQ(noted.region.stats().pool_kept, 1U) << "but nothing hides the orphan any more";
    EXPECT_EQ(noted.region.stats().pool_free, pool - 1U);
    EXPECT_EQ(noted.region.stats().corrupt, 0U);
}

TEST(PublishingNote, IsOverwrittenByTheNextMessage)
{
    Noted noted;
    noted.note(~uint64_t{0});
    noted.expect_traffic();
    uint32_t noted_still = 0;
    for (uint32_t record = 0; record < noted.raw.layout().record_count(); ++record) {
        noted_still += noted.raw.layout().record(record).publishing.load() != 0 ? 1 : 0;
    }
    EXPECT_EQ(noted_still, noted.raw.layout().record_count() - 1);
}
