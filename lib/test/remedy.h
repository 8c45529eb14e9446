/// What every error text of the library ends with: what to do, in brackets, beginning with a verb.
#pragma once

#include "kickmsg/Error.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <string>

namespace kickmsg_test {

inline std::string remedy_in(std::string const& text)
{
    std::size_t const begin = text.rfind(" (");
    bool const        ends  = !text.empty() && text.back() == ')' && begin != std::string::npos;
    return ends ? text.substr(begin + 2, text.size() - begin - 3) : "";
}

inline void expect_remedy(kickmsg::Error const& error)
{
    static char const* const verbs[] = {"allow",  "call",   "choose", "close", "create", "end",
                                        "free",   "let",    "mount",  "open",  "raise",  "release",
                                        "remove", "rename", "run",    "see",   "start",  "use"};
    std::string const        remedy  = remedy_in(error.what());
    std::string const        verb    = remedy.substr(0, remedy.find(' '));
    EXPECT_TRUE(std::find(std::begin(verbs), std::end(verbs), verb) != std::end(verbs))
        << "no remedy at the end: " << error.what();
    EXPECT_EQ(std::string(error.what()).find("kickmsg: " + error.object() + ": "), 0U) << error.what();
    EXPECT_EQ(std::string(error.what()).find('?'), std::string::npos) << "a guess: " << error.what();
}

} // namespace kickmsg_test
