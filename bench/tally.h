/// Counts the checks of a self-test, and prints a line for each.
#pragma once

#include <cstdio>
#include <string>

namespace kickmsg {
namespace bench {

class Tally {
public:
    explicit Tally(bool quiet) : quiet_(quiet) {}

    void check(bool holds, std::string const& what)
    {
        failed_ += holds ? 0 : 1;
        ++checks_;
        if (!quiet_) {
            std::printf("%s %s\n", holds ? "PASS" : "FAIL", what.c_str());
        }
    }
    int failed() const
    {
        return failed_;
    }
    int checks() const
    {
        return checks_;
    }

private:
    bool quiet_;
    int  failed_ = 0;
    int  checks_ = 0;
};

/// Checks the histogram against exact quantiles, and that the checks see a planted off-by-one.
/// Returns: the number of failed checks; prints a line for each check.
int histogram_selftest();

} // namespace bench
} // namespace kickmsg
