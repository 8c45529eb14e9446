/// What a test of this program counted: printed, and appended as a line of JSON to the file KICKMSG_STRESS_JSON, at once,
/// so that a test that dies later does not take it along.
#pragma once

#include <cstdint>
#include <string>

namespace kickmsg_stress {

/// The number that an environment variable holds, or `otherwise`.
uint64_t number_from(char const* variable, uint64_t otherwise);
/// KICKMSG_STRESS_SEED, or 1.
uint64_t seed();
/// How much of everything: KICKMSG_STRESS_SHARE percent of what a test does in the main job, or 10.
uint64_t share_of(uint64_t full);

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
    std::string test_;
    std::string line_;
    std::string words_;
};

} // namespace kickmsg_stress
