/// What the examples share and a program of yours does not need: a second process, a name prefix, a verdict.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <functional>
#include <stdexcept>
#include <string>

namespace example {

/// Begins every region name, so that two runs at once can stay apart.
inline std::string prefix()
{
    char const* const given = std::getenv("KICKMSG_TEST_PREFIX");
    return given != nullptr && *given != '\0' ? given : "kickmsg_example";
}

inline void require(bool holds, std::string const& what)
{
    if (!holds) {
        throw std::runtime_error(what);
    }
}

/// Returns: 0 when `body` comes to its end; 1, with a message, when it throws.
inline int run(std::function<void()> const& body)
{
    try {
        body();
        return 0;
    } catch (std::exception const& error) {
        std::fprintf(stderr, "failed: %s\n", error.what());
        return 1;
    }
}

/// Calls `action` at the end of the scope, whichever way it is left.
class AtEnd {
public:
    explicit AtEnd(std::function<void()> action) : action_(std::move(action)) {}
    AtEnd(AtEnd const&)            = delete;
    AtEnd& operator=(AtEnd const&) = delete;
    ~AtEnd()
    {
        action_();
    }

private:
    std::function<void()> action_;
};

} // namespace example

#if defined(_WIN32)
#include "process_windows.h"
#else
#include "process_posix.h"
#endif
