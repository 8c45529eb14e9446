/// PrivatePrefix: names of a test's own, and nothing left of them.
#include "support.h"

#include "kickmsg/Discovery.h"

#include <optional>

using namespace kickmsg_kit;
using kickmsg::Publisher;

namespace {

std::string variable()
{
    char const* const value = std::getenv("KICKMSG_PREFIX");
    return value != nullptr ? value : "unset";
}

} // namespace

TEST(PrivatePrefix, NodesHaveItUntilItEndsAndThenTheOneBefore)
{
    std::string const before = variable();
    {
        kit::PrivatePrefix const outer(base());
        EXPECT_EQ(kickmsg::Node("a").prefix(), outer.str());
        {
            kit::PrivatePrefix const inner(base());
            EXPECT_NE(inner.str(), outer.str());
            EXPECT_EQ(kickmsg::Node("b").prefix(), inner.str());
        }
        EXPECT_EQ(kickmsg::Node("c").prefix(), outer.str());
    }
    EXPECT_EQ(variable(), before);
}

TEST(PrivatePrefix, ARegionThatNobodyUsesIsRemovedAndNoFinding)
{
    kit::PrivatePrefix prefix(base());
    kickmsg::Node("a").advertise("topic", small_config());
    EXPECT_EQ(kickmsg::list(prefix.str()).size(), 1U);
    kit::Findings const found = prefix.end();
    EXPECT_TRUE(found.ok()) << found;
    EXPECT_TRUE(kickmsg::list(prefix.str()).empty());
}

TEST(PrivatePrefix, WhoStillTakesPartAtItsEndIsReportedAndTheRegionIsRemovedAllTheSame)
{
    kit::Findings            found;
    std::string              name;
    std::optional<Publisher> publisher;
    {
        kit::PrivatePrefix const prefix(base(), [&found](kit::Findings const& what) { found = what; });
        name = prefix.str();
        publisher.emplace(kickmsg::Node("a").advertise("topic", small_config()));
    }
    EXPECT_TRUE(found.mention("expected nobody to take part any more, found publisher of pid ")) << found;
    EXPECT_TRUE(kickmsg::list(name).empty());
}

TEST(PrivatePrefix, AnEmptyBaseIsAnError)
{
    EXPECT_THROW(kit::PrivatePrefix(""), kickmsg::Error);
}
