/// SetProtocol and LookoutOrders over the system.
#pragma once

#include "SetSource.h"
#include "kickmsg/os/Readable.h"
#include "os/WaitHooks.h"

#include <memory>
#include <mutex>
#include <vector>

namespace kickmsg {
namespace detail {

class Lookout;
class SetHandle;

struct SystemWaits {
    using Policy   = detail::Policy;
    using Word     = std::atomic<uint32_t>;
    using Awaited  = os::Awaited;
    using Mutex    = std::mutex;
    using Readable = os::Readable;
    using Moment   = detail::Moment;
    using Watch    = detail::Watch;
    using Watches  = detail::Watches;
    using Armed    = detail::Armed;
    using Member   = Attachment;
    using Entry    = std::shared_ptr<Attachment>;
    using Entries  = std::vector<Entry>;
    using Keys     = std::vector<uint64_t>;
    using Lookouts = std::vector<std::unique_ptr<Lookout>>;
    using Handle   = SetHandle;

    using HandlePointer = std::unique_ptr<SetHandle>;

    static constexpr std::size_t words_limit = os::words_limit;

    static std::size_t most_words() noexcept
    {
        return os::most_words();
    }
    static void wake(Word& word, uint32_t sleepers) noexcept
    {
        os::wake(word, sleepers);
    }
    static void wait(Awaited const& word, std::chrono::nanoseconds slice) noexcept
    {
        os::wait(*word.word, word.expected, word.sleeper, slice);
    }
    static void wait_any(Awaited const* words, std::size_t count, std::chrono::nanoseconds slice) noexcept
    {
        os::wait_any(words, count, slice);
    }
    static void begin_marks() noexcept
    {
        os::begin_marks();
    }
};

} // namespace detail
} // namespace kickmsg
