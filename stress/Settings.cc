#include "Settings.h"

#include <gtest/gtest.h>

#include <cstdio>

namespace kickmsg_stress {

uint64_t seed()
{
    return number_from("KICKMSG_STRESS_SEED", 1);
}

uint64_t share_of(uint64_t full)
{
    uint64_t const part = full * number_from("KICKMSG_STRESS_SHARE", 10) / 100;
    return part != 0 ? part : 1;
}

Row::Row(std::string const& test) : row_("KICKMSG_STRESS_JSON"), test_(test)
{
    row_.add("test", test).begin("counts");
    add("seed", seed());
}

Row& Row::add(char const* what, uint64_t count)
{
    row_.add(what, count);
    words_ += "  " + std::string(what) + " " + std::to_string(count);
    return *this;
}

Row& Row::require(char const* what, uint64_t count)
{
    EXPECT_GT(count, 0U) << test_ << ": no " << what << ": the run has shown nothing of it";
    return add(what, count);
}

Row::~Row()
{
    std::printf("%s:%s\n", test_.c_str(), words_.c_str());
    std::fflush(stdout);
}

} // namespace kickmsg_stress
