/// Patience with other processes that are changing what a name leads to.
#pragma once

#include "kickmsg/Error.h"
#include "kickmsg/os/Time.h"

#include <chrono>
#include <exception>
#include <optional>
#include <string>

namespace kickmsg {
namespace detail {

/// What the attempts of one call to get to a region have met. Where another process is between two steps of replacing or naming
/// one, the call looks again, up to a limit, and then says so.
struct Attempts {
    std::exception_ptr   failure;  ///< why the last one failed, when that is an error
    std::optional<Error> occupied; ///< the last one met a region that the living use

    /// Whether to let a running process that is replacing the region go first: once.
    bool polite() const noexcept
    {
        return number_ == 0;
    }
    bool next() noexcept
    {
        return ++number_ < limit;
    }
    static void pause()
    {
        sleep(std::chrono::milliseconds(1));
    }
    [[noreturn]] void refuse(std::string const& name) const
    {
        if (failure) {
            std::rethrow_exception(failure);
        }
        throw Error(ErrorCode::InUse, name, "others have been replacing this region for about a second",
                    Remedy{"let them go on, or end the one that is stopped, and call again"});
    }

private:
    static constexpr int limit = 1000;

    int number_ = 0;
};

} // namespace detail
} // namespace kickmsg
