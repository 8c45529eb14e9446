#include "Row.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>

namespace kickmsg_stress {

uint64_t number_from(char const* variable, uint64_t otherwise)
{
    char const* const given = std::getenv(variable);
    return given != nullptr && *given != '\0' ? std::strtoull(given, nullptr, 10) : otherwise;
}

uint64_t seed()
{
    return number_from("KICKMSG_STRESS_SEED", 1);
}

uint64_t share_of(uint64_t full)
{
    uint64_t const part = full * number_from("KICKMSG_STRESS_SHARE", 10) / 100;
    return part != 0 ? part : 1;
}

Row::Row(std::string const& test) : test_(test), line_("{\"test\": \"" + test + "\", \"counts\": {")
{
    add("seed", seed());
}

Row& Row::add(char const* what, uint64_t count)
{
    line_ += (words_.empty() ? "\"" : ", \"") + std::string(what) + "\": " + std::to_string(count);
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
    char const* const file = std::getenv("KICKMSG_STRESS_JSON");
    if (file != nullptr && *file != '\0') {
        std::ofstream(file, std::ios::app) << line_ << "}}\n";
    }
}

} // namespace kickmsg_stress
