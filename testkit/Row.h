/// What the environment asks of a run, and where its numbers go.
#pragma once

#include <cstdint>
#include <string>

namespace kickmsg_crash {

/// KICKMSG_CRASH_PROCESSOR: the one that victims and their tracers share; 0 without it.
int processor();
/// KICKMSG_CRASH_SEED: of every random choice; 1 without it.
uint64_t seed();
/// The number that an environment variable holds, or `otherwise`.
uint64_t number_from(char const* variable, uint64_t otherwise);

/// One row of the table of results: appended at the end of the scope to the file KICKMSG_CRASH_JSON, as a line of JSON, so
/// that a test that dies later does not take it along. Nothing is written without the variable.
class Row {
public:
    Row(char const* kind, std::string const& subject);
    Row(Row const&)            = delete;
    Row& operator=(Row const&) = delete;
    ~Row();

    Row& add(char const* key, uint64_t value);
    Row& add(char const* key, std::string const& value);

private:
    std::string line_;
};

} // namespace kickmsg_crash
