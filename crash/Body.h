/// A victim's life in three parts, and what it reports to the process that watches it; whatever it is killed by.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

namespace kickmsg_crash {

/// What a victim reports to the process that watches it: lives in memory of both.
struct Report {
    static constexpr std::size_t most_values = 64;

    uint32_t prepared  = 0;
    uint32_t completed = 0; ///< the operation came to its end
    int64_t  result    = 0; ///< of the operation, as the body says
    uint32_t count     = 0;
    uint64_t values[most_values]{}; ///< what it received
    char     error[120]{};          ///< why it gave up

    void add(uint64_t value)
    {
        if (count < most_values) {
            values[count++] = value;
        }
    }
};

/// The three parts of a victim's life; each in the child.
struct Body {
    std::function<void(Report&)> prepare; ///< opens, joins …: not swept
    std::function<void(Report&)> act;     ///< the operation that is swept
    std::function<void(Report&)> finish;  ///< after it, not swept: proves that nothing was taken from it; leaves
};

/// What becomes of a victim at its state.
enum class Fate { Finished, Stopped, Killed };

/// Where in shared memory to look for changes.
struct Watched {
    unsigned char const* begin = nullptr;
    std::size_t          size  = 0;
};

} // namespace kickmsg_crash
