/// What the environment asks of a run, and where its numbers go.
#pragma once

#include "Row.h"

namespace kickmsg_stress {

using kickmsg_testkit::number_from;

/// KICKMSG_STRESS_SEED, or 1.
uint64_t seed();
/// How much of everything: KICKMSG_STRESS_SHARE percent of what a test does in the main job, or 10.
uint64_t share_of(uint64_t full);

/// What a test of this program counted: printed, and a row of the file KICKMSG_STRESS_JSON.
class Row {
public:
    explicit Row(std::string const& test);
    Row(Row const&)            = delete;
    Row& operator=(Row const&) = delete;
    ~Row();

    Row& add(char const* what, uint64_t count);
    /// The same, and a failure of the test when it is zero: the run has shown nothing of it.
    Row& require(char const* what, uint64_t count);

private:
    kickmsg_testkit::Row row_;
    std::string          test_;
    std::string          words_;
};

} // namespace kickmsg_stress
