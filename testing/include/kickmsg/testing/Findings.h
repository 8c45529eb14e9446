/// What a check has found, in words; of no test framework: EXPECT_TRUE(found.ok()) << found, or INFO(to_string(found)); CHECK(found.ok()).
#pragma once

#include <cstddef>
#include <iosfwd>
#include <string>
#include <vector>

namespace kickmsg {
namespace testing {

/// One thing that is not as it has to be.
struct Finding {
    std::string object;   ///< what it is about: a region, with its slash, or a program
    std::string expected; ///< what has to be
    std::string found;    ///< what is
    std::string remedy;   ///< what to do about it
};

/// Returns: "object: expected ..., found ... (what to do)" of `finding`.
std::string to_string(Finding const& finding);

/// All that a check has found. Nothing is good.
///
/// Threads: as a standard container.
class Findings {
public:
    /// Returns: whether nothing was found.
    bool ok() const noexcept
    {
        return all_.empty();
    }
    /// Returns: ok().
    explicit operator bool() const noexcept
    {
        return ok();
    }
    /// Returns: how many there are.
    std::size_t size() const noexcept
    {
        return all_.size();
    }
    /// Returns: the findings, in the order in which they were made.
    /// @{
    std::vector<Finding>::const_iterator begin() const noexcept
    {
        return all_.begin();
    }
    std::vector<Finding>::const_iterator end() const noexcept
    {
        return all_.end();
    }
    /// @}
    /// Returns: whether one of them has these `words` in its text.
    bool mention(std::string const& words) const;

    /// Adds a `finding`, or `more` of them.
    /// @{
    void add(Finding finding);
    void add(Findings const& more);
    /// @}

private:
    std::vector<Finding> all_;
};

/// Returns: the texts of all `findings`, a line each; "nothing was found" when there are none.
std::string to_string(Findings const& findings);

/// Writes to_string() of a `finding` or of `findings` to `out`.
/// Returns: `out`.
/// @{
std::ostream& operator<<(std::ostream& out, Finding const& finding);
std::ostream& operator<<(std::ostream& out, Findings const& findings);
/// @}

} // namespace testing
} // namespace kickmsg
