/// Which names lead to one region, and how long a name lasts on Windows.
#include "support.h"

#include <memory>

using namespace kickmsg_test;
using kickmsg::SharedRegion;

namespace {

#if defined(_WIN32)
KICKMSG_CHILD(makes_a_region)
{
    auto const region = make(texts[0]);
    self.pause();
    return 0;
}
#endif

} // namespace

TEST(RegionNames, ThatDifferInOneLetterKeepApart)
{
    for (auto const& suffixes : std::vector<std::vector<std::string>>{
             {"case", "Case", "CASE"}, {"a%41", "aA", "aa"}, {"b\\c", "b%5cc", "b c"}, {"\xc3\xa4", "\xc3\x84", "a"}}) {
        std::vector<std::unique_ptr<Name>> names;
        std::vector<SharedRegion>          regions;
        for (std::size_t i = 0; i < suffixes.size(); ++i) {
            names.push_back(std::make_unique<Name>(suffixes[i]));
            regions.push_back(make(*names.back(), small_config(16 + static_cast<uint32_t>(i))));
        }
        for (std::size_t i = 0; i < suffixes.size(); ++i) {
            EXPECT_EQ(SharedRegion::open(*names[i]).info().pool_size, 16U + i) << suffixes[i];
        }
    }
}

#if defined(_WIN32) // elsewhere the file stays until it is unlinked
TEST(RegionNames, EndWithTheLastUser)
{
    Name const name;
    {
        auto const region = make(name);
        auto const kept   = keep(name);
    }
    EXPECT_EQ(error_of([&] { SharedRegion::open(name); }).code(), kickmsg::ErrorCode::NotFound);
    EXPECT_FALSE(kickmsg::SharedMemory::unlink(name)) << "nothing is left to remove";
    EXPECT_EQ(make(name, small_config(32)).info().pool_size, 32U);
}

TEST(RegionNames, EndWithTheLastUserThatIsKilled)
{
    Name const name;
    Child      child(makes_a_region, {name});
    child.wait_ready();
    EXPECT_EQ(SharedRegion::open(name).info().pool_size, 64U);
    child.kill();
    EXPECT_EQ(error_of([&] { SharedRegion::open(name); }).code(), kickmsg::ErrorCode::NotFound);
}
#endif
