/// A process of its own that overwrites words of a region while another works in it: forked once, before there is any
/// handle, and given one list of changes after another.
#pragma once

#include "traffic.h"

#include <array>
#include <atomic>
#include <string>
#include <sys/types.h>

namespace kickmsg_fuzz {

class Mutator {
public:
    static constexpr std::size_t changes_most = 24;

    /// Forks. The child ends with the calling thread.
    Mutator();
    Mutator(Mutator const&)            = delete;
    Mutator& operator=(Mutator const&) = delete;

    /// Reads a list of changes: their number, then each one.
    void read(Input& input);
    /// Returns when the child has overwritten each word of the list at least once, and continues.
    void begin(std::string const& name);
    /// Returns when the child has let go of the region.
    void end();

    /// Times that it has gone through its list, in all.
    uint64_t rounds() const noexcept
    {
        return job_->rounds.load(std::memory_order_relaxed);
    }

private:
    /// In memory that both processes share.
    struct Job {
        std::atomic<bool>                stop;
        std::atomic<uint64_t>            rounds;
        std::array<Change, changes_most> changes;
        std::size_t                      count;
        std::array<char, 256>            name;
    };

    [[noreturn]] void serve(int end);
    void              expect(char sign);

    Job*  job_;
    int   line_  = -1; ///< to the child: a byte starts a job, two come back
    pid_t child_ = -1;
};

} // namespace kickmsg_fuzz
