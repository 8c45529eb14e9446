/// What a WaitSet, its sources and its threads share: the steps of SetProtocol, over the system.
#pragma once

#include "Follower.h"
#include "Lookout.h"
#include "SetProtocol.h"
#include "kickmsg/WaitSet.h"

namespace kickmsg {
namespace detail {

/// The descriptor or event that a set gives out, and the thread that makes it readable.
class SetHandle : public SetFlag<SystemWaits> {
public:
    /// `look`: as of Lookout. Errors: those of os::Readable and Lookout.
    explicit SetHandle(std::function<bool()> look) : lookout([this] { set(); }, std::move(look))
    {
        set();
    }

    Lookout lookout; ///< ends first
};

/// Threads: as WaitSet says.
class WaitSetState : public SetProtocol<SystemWaits>, public std::enable_shared_from_this<WaitSetState> {
public:
    WaitSetState() : birth_(os::Birth::now())
    {
        watches_.reserve(1);
    }
    WaitSetState(WaitSetState const&)            = delete;
    WaitSetState& operator=(WaitSetState const&) = delete;

    bool is_own() const noexcept
    {
        return birth_.is_own();
    }
    bool may_end() const noexcept
    {
        return birth_.may_end();
    }
    /// The set ends: nobody is in it any more, and it has no threads.
    void close() noexcept;

    /// `what`: the source, in the words of the interface. Errors: as WaitSet::add().
    void                  add(SetSource& source, char const* what, uint64_t key);
    WaitSet::Ready        wait(std::chrono::nanoseconds timeout) noexcept;
    WaitSet::NativeHandle native_handle();
    /// Under the lock, by the place of a source that leaves.
    void let_go(SetSource& source) noexcept;

private:
    bool is_due() noexcept;
    void provide_room(std::size_t count);
    void provide_word(SetSource& source);
    /// `sources`: words that a sleep has beside its own.
    void provide_lookouts(std::size_t sources);

    os::Birth   birth_;
    std::size_t words_ = 0; ///< that a sleep has of the entries; under the lock
};

} // namespace detail
} // namespace kickmsg
