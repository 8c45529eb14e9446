/// A shard of this program is one, but what its tests start is not: it gets its tests from a filter.
#include <gtest/gtest.h>

#include <cstdlib>

namespace {

class NotInherited : public testing::Environment {
public:
    void SetUp() override
    {
        for (char const* const variable : {"GTEST_TOTAL_SHARDS", "GTEST_SHARD_INDEX", "GTEST_SHARD_STATUS_FILE"}) {
            unsetenv(variable); // read already
        }
    }
};

testing::Environment* const registered = testing::AddGlobalTestEnvironment(new NotInherited);

} // namespace
