/// What a WaitSet, its subscribers and its threads share.
///
/// No wake is lost. Whatever a wait has to notice changes a word after it has changed what the wait looks at; the wait reads the words, looks, and
/// sleeps only while the words are what it read:
///
///   wait                                     add, remove, wake, a lookout
///   r1 = bell            (acquire)           entries, or woken = 1
///   r2 = entries, woken                      bell + 1            (release), wake
///   sleep while bell == r1
///
/// Forbidden: r2 without the change, and asleep. If r1 is the value after the change, r2 is after it by acquire; if it is one before, the sleep does not
/// begin, or is ended. A publisher's message is that of core/Doorbell.h: a mark, another look, and a sleep on the region's word as it was before the mark.
#pragma once

#include "Attachment.h"
#include "Follower.h"
#include "Lookout.h"
#include "kickmsg/WaitSet.h"
#include "kickmsg/os/Readable.h"

#include <array>
#include <mutex>

namespace kickmsg {
namespace detail {

/// The descriptor or event that a set gives out, and the thread that makes it readable.
class SetHandle {
public:
    /// `look`: as of Lookout. Errors: those of os::Readable and Lookout.
    explicit SetHandle(std::function<bool()> look) : lookout([this] { set(); }, std::move(look))
    {
        set();
    }
    void set() noexcept
    {
        std::lock_guard<std::mutex> const mine(lock_);
        if (!is_set_) {
            is_set_ = true;
            readable.set();
        }
    }
    void reset() noexcept
    {
        std::lock_guard<std::mutex> const mine(lock_);
        if (is_set_) {
            is_set_ = false;
            readable.reset();
        }
    }

    os::Readable readable;

private:
    std::mutex lock_; ///< of what follows
    bool       is_set_ = false;

public:
    Lookout lookout; ///< ends first
};

/// Threads: as WaitSet says. wait() is made by one thread; all under `lock_` may be touched by any.
class WaitSetState : public std::enable_shared_from_this<WaitSetState> {
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

    /// Errors: as WaitSet::add().
    void                  add(SubscriberState& subscriber, uint64_t key);
    std::size_t           size() const noexcept;
    WaitSet::Ready        wait(std::chrono::nanoseconds timeout) noexcept;
    void                  wake() noexcept;
    WaitSet::NativeHandle native_handle();

    // By an Attachment.
    void take_out(Attachment& attachment) noexcept;
    void move(Attachment& attachment, SubscriberState& next) noexcept;
    bool is_empty(Attachment const& attachment) const noexcept;

private:
    void        ring() noexcept;
    bool        look(Moment moment, bool is_last) noexcept;
    void        wake_up() noexcept;
    void        collect(Moment moment) noexcept;
    bool        arm() noexcept;
    void        disarm() noexcept;
    void        settle() noexcept;
    void        post_lookouts(std::size_t begin) noexcept;
    void        sleep(std::chrono::nanoseconds slice) noexcept;
    void        answer(bool woken) noexcept;
    void        forget_watches() noexcept;
    bool        is_due() noexcept;
    std::size_t near() const noexcept;
    void        provide_lookouts(std::size_t entries);

    os::Birth             birth_;
    std::atomic<uint32_t> bell_{0};  ///< the word of the set itself
    std::atomic<uint32_t> woken_{0}; ///< by wake()

    mutable std::mutex                       lock_;
    std::vector<std::shared_ptr<Attachment>> entries_;
    Watches                                  watches_; ///< of the bell, and then of each entry, as they were armed last
    std::vector<std::unique_ptr<Lookout>>    lookouts_;
    std::unique_ptr<SetHandle>               handle_;
    std::vector<uint64_t>                    room_;                 ///< for keys, when there are not enough any more
    bool                                     is_armed_     = false; ///< publishers may see marks
    bool                                     is_asleep_    = false; ///< on words of `watches_`
    bool                                     is_forgotten_ = false; ///< `watches_`, as soon as nobody sleeps on them

    // Of the thread that waits.
    std::vector<uint64_t>                    keys_; ///< what the last wait found
    WaitSet::Ready                           found_;
    std::size_t                              first_    = 0;     ///< where the last look began
    uint32_t                                 rung_     = 0;     ///< `bell_`, before the last look
    bool                                     is_quiet_ = false; ///< the last wait found nothing
    SetHandle*                               slept_by_ = nullptr;
    std::size_t                              asleep_   = 0;
    std::array<os::Awaited, os::words_limit> asleep_on_;
};

} // namespace detail
} // namespace kickmsg
