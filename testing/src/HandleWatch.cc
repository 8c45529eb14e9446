#include "kickmsg/testing/HandleWatch.h"

#include "words.h"

#include "TestSeams.h"
#include "kickmsg/Error.h"

#include <atomic>
#include <cerrno>
#include <new>
#include <sys/mman.h>

namespace kickmsg {
namespace testing {

namespace {

std::atomic<bool> is_watched{false};

/// Of a page that forked children have in common with this process.
kickmsg::detail::InertUses* shared_counts()
{
    void* const page =
        mmap(nullptr, sizeof(kickmsg::detail::InertUses), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED) { // NOLINT(performance-no-int-to-ptr)
        throw Error(ErrorCode::LimitReached, "HandleWatch", "no memory that children share", errno);
    }
    return new (page) kickmsg::detail::InertUses;
}

} // namespace

struct HandleWatch::Shared {
    Shared() : counts(shared_counts())
    {
        if (is_watched.exchange(true)) {
            munmap(counts, sizeof(*counts));
            throw Error(ErrorCode::InUse, "HandleWatch", "another one counts already", Remedy{"end that one first"});
        }
        kickmsg::detail::count_inert_uses(counts);
    }
    Shared(Shared const&)            = delete;
    Shared& operator=(Shared const&) = delete;
    ~Shared()
    {
        kickmsg::detail::count_inert_uses(nullptr);
        munmap(counts, sizeof(*counts));
        is_watched.store(false);
    }

    kickmsg::detail::InertUses* const counts;
};

HandleWatch::HandleWatch() : shared_(std::make_unique<Shared>()) {}
HandleWatch::~HandleWatch() = default;

uint64_t HandleWatch::inherited() const noexcept
{
    return shared_->counts->inherited.load();
}

uint64_t HandleWatch::moved_from() const noexcept
{
    return shared_->counts->moved_from.load();
}

Findings HandleWatch::findings() const
{
    Findings findings;
    if (inherited() != 0) {
        findings.add({"handles", "no call on a handle that came through fork()", count(inherited(), "call"),
                      "open the region anew in the child, and make its handles there"});
    }
    if (moved_from() != 0) {
        findings.add({"handles", "no call on a handle that was moved from", count(moved_from(), "call"),
                      "use the handle that it was moved to"});
    }
    return findings;
}

} // namespace testing
} // namespace kickmsg
