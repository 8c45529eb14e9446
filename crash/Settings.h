/// What the environment asks of a run, and where its numbers go.
#pragma once

#include "Row.h"

namespace kickmsg_crash {

using kickmsg_testkit::number_from;

/// KICKMSG_CRASH_PROCESSOR: the one that victims and their tracers share; 0 without it.
inline int processor()
{
    static int const one = static_cast<int>(number_from("KICKMSG_CRASH_PROCESSOR", 0));
    return one;
}

/// KICKMSG_CRASH_SEED: of every random choice; 1 without it.
inline uint64_t seed()
{
    return number_from("KICKMSG_CRASH_SEED", 1);
}

/// One row of the table of results, in the file KICKMSG_CRASH_JSON.
class Row : public kickmsg_testkit::Row {
public:
    Row(char const* kind, std::string const& subject) : kickmsg_testkit::Row("KICKMSG_CRASH_JSON")
    {
        add("kind", std::string(kind)).add("subject", subject);
    }
};

} // namespace kickmsg_crash
