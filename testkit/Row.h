/// What the environment asks of a run, and where its numbers go.
#pragma once

#include <cstdint>
#include <string>

namespace kickmsg_testkit {

/// The number that an environment variable holds, or `otherwise`.
uint64_t number_from(char const* variable, uint64_t otherwise);

/// One row of a table of results: appended at the end of the scope to the file that an environment variable names, as a line
/// of JSON, so that a test that dies later does not take it along. Nothing is written without the variable.
class Row {
public:
    explicit Row(char const* variable);
    Row(Row const&)            = delete;
    Row& operator=(Row const&) = delete;
    ~Row();

    Row& add(char const* key, uint64_t value);
    Row& add(char const* key, std::string const& value);
    /// What is added from here on is a table of its own under this key.
    Row& begin(char const* key);

private:
    void add_key(char const* key);

    char const* variable_;
    std::string line_ = "{";
    std::string end_  = "}\n";
};

} // namespace kickmsg_testkit
