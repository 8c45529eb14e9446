/// The steps by which the wait of a set, its sources, its threads and other threads of the program meet.
///
/// No wake is lost. Whatever a wait has to notice changes a word after it has changed what the wait looks at; the wait reads the words, looks, and
/// sleeps only while the words are what it read: core/SetBell.h for what others do to the set; a publisher's message is that of core/Doorbell.h: a mark,
/// another look, and a sleep on the region's word as it was before the mark; a writer's version is that of core/BoardBell.h, likewise. Readers of one
/// Blackboard share its word: it is read for the first of them that is armed, before the marks of all.
#pragma once

#include "LookoutOrders.h"
#include "kickmsg/core/SetBell.h"

#include <array>

namespace kickmsg {
namespace detail {

/// The descriptor or event that a set gives out.
///
/// Threads: any.
template <class W>
class SetFlag {
public:
    void set() noexcept
    {
        std::lock_guard<typename W::Mutex> const mine(lock_);
        if (!is_set_) {
            is_set_ = true;
            readable.set();
        }
    }
    void reset() noexcept
    {
        std::lock_guard<typename W::Mutex> const mine(lock_);
        if (is_set_) {
            is_set_ = false;
            readable.reset();
        }
    }

    typename W::Readable readable;

private:
    typename W::Mutex lock_; ///< of what follows
    bool              is_set_ = false;
};

/// W: the surroundings, those of the system (SystemWaits.h) or of the models: words, locks, sleeps, and what holds members, watches and threads.
/// Threads: as WaitSet says. look() and sleep() by one thread; all under `lock_` may be touched by any.
template <class W>
class SetProtocol {
public:
    using Armed  = typename W::Armed;
    using Member = typename W::Member;
    using Moment = typename W::Moment;
    using Watch  = typename W::Watch;

    void wake() noexcept
    {
        bell_.wake();
    }
    /// Makes the wait look again.
    void ring() noexcept
    {
        bell_.ring();
    }

    /// By a member: it leaves the set.
    void take_out(Member& member) noexcept
    {
        {
            Guard const mine(lock_);
            if (member.is_vacant()) {
                return;
            }
            if (is_armed_) {
                member.source().disarm();
            }
            member.vacate();
            entries_.erase(
                std::find_if(entries_.begin(), entries_.end(), [&](auto const& entry) { return &*entry == &member; }));
            forget_watches();
        }
        ring();
    }

    /// By a member: it is to be reported for another source from now on.
    template <class Source>
    void move(Member& member, Source& next) noexcept
    {
        {
            Guard const mine(lock_);
            if (member.is_vacant()) {
                return;
            }
            member.belong_to(next);
            forget_watches();
        }
        ring(); // nobody sleeps on the word of its new ring yet
    }

    /// By a member: its mark may be gone. The next wait sets all anew.
    void look_again() noexcept
    {
        {
            Guard const mine(lock_);
            if (!is_armed_) {
                return;
            }
        }
        ring();
    }

    bool is_empty(Member const& member) const noexcept
    {
        Guard const mine(lock_);
        return member.is_vacant();
    }

    std::size_t size() const noexcept
    {
        Guard const mine(lock_);
        return entries_.size();
    }

protected:
    using Guard  = std::lock_guard<typename W::Mutex>;
    using Handle = typename W::Handle;

    /// Errors: those of `provide`, which is called under the lock, and makes room for so many members.
    template <class Provide>
    void put_in(typename W::Entry entry, Provide const& provide)
    {
        {
            Guard const mine(lock_);
            provide(entries_.size() + 1);
            entries_.push_back(entry);
            auto& source = entry->source();
            source.attach(std::move(entry)); // under the lock: a wait that is told its key may end the source at once
        }
        ring();
    }

    /// Returns: whether the wait is over: something was found, or it was the last look. Otherwise all is ready for a sleep.
    bool look(Moment moment, bool is_last) noexcept
    {
        Guard const mine(lock_);
        bool const  woken = bell_.begin_look();
        wake_up();
        collect(handle_ ? Moment::Rested : moment);
        while (!woken && keys_.empty() && (handle_ || !is_last)) {
            if (arm()) {
                settle();
                if (!is_last) {
                    return false;
                }
                break;
            }
            collect(moment); // it came meanwhile; or news did, of a region that it cannot go to
        }
        answer(woken);
        return true;
    }

    void sleep(std::chrono::nanoseconds slice) noexcept
    {
        if (slept_by_ != nullptr) {
            slept_by_->readable.wait(slice);
        } else {
            W::wait_any(asleep_on_.data(), asleep_, slice);
        }
    }

    void disarm() noexcept
    {
        if (is_armed_) {
            is_armed_ = false;
            for (auto const& entry : entries_) {
                entry->source().disarm();
            }
        }
    }

    /// How many watches fit into the sleep that includes the bell. The lookout of the handle needs room for the word by which it is called.
    std::size_t near() const noexcept
    {
        return handle_ ? LookoutOrders<W>::room() : W::most_words();
    }

    mutable typename W::Mutex lock_;
    typename W::Entries       entries_;
    typename W::Watches       watches_; ///< of the bell, and then of the entries, as they were armed last
    typename W::Lookouts      lookouts_;
    typename W::HandlePointer handle_{};
    typename W::Keys          room_; ///< for keys, when there are not enough any more

    // Of the thread that waits.
    typename W::Keys keys_;          ///< what the last wait found
    bool             woken_ = false; ///< likewise

private:
    void wake_up() noexcept
    {
        is_asleep_ = false;
        if (is_forgotten_) {
            is_forgotten_ = false;
            watches_.clear();
        }
        if (keys_.capacity() < entries_.size()) {
            keys_.swap(room_);
        }
    }

    void collect(Moment moment) noexcept
    {
        keys_.clear();
        std::size_t const count = entries_.size();
        first_                  = first_ < count ? first_ : 0;
        for (std::size_t i = 0; i < count; ++i) {
            auto& entry = *entries_[first_ + i < count ? first_ + i : first_ + i - count];
            if (entry.source().is_ready(moment)) {
                keys_.push_back(entry.key());
            }
        }
    }

    /// Returns: false when a message or news came meanwhile.
    bool arm() noexcept
    {
        W::begin_marks();
        is_armed_ = true;
        ++turn_;
        watches_.resize(entries_.size() + 1);
        typename W::Word& own = bell_.word();
        watches_[0]           = Watch({&own, bell_.rung(), 0});
        std::size_t count     = 1;
        for (auto const& entry : entries_) {
            Armed const armed = entry->source().arm(watches_[count], turn_);
            if (armed == Armed::No) {
                return false;
            }
            count += armed == Armed::Own ? 1 : 0;
        }
        watches_.resize(count);
        return true;
    }

    /// All is armed: which thread is to sleep on what.
    void settle() noexcept
    {
        std::size_t const here = std::min(near(), watches_.size());
        post_lookouts(here);
        slept_by_ = handle_ ? &*handle_ : nullptr;
        if (handle_) {
            handle_->reset(); // before it is posted: what it reports from then on stays
            handle_->lookout.post(watches_.data(), here, is_quiet_);
        } else {
            std::transform(watches_.begin(), watches_.begin() + static_cast<std::ptrdiff_t>(here), asleep_on_.begin(),
                           [](Watch const& watch) { return watch.word; });
            asleep_    = here;
            is_asleep_ = true;
        }
    }

    void post_lookouts(std::size_t begin) noexcept
    {
        for (auto const& lookout : lookouts_) {
            std::size_t const count = std::min(LookoutOrders<W>::room(), watches_.size() - begin);
            lookout->post(watches_.data() + begin, count);
            begin += count;
        }
    }

    void answer(bool woken) noexcept
    {
        woken_           = woken;
        bool const found = woken || !keys_.empty();
        is_quiet_        = !found;
        first_ += keys_.empty() ? 0 : 1; // another one is the first next time
        if (!handle_) {
            disarm();
        } else if (found) {
            handle_->set();
            handle_->lookout.recall();
            disarm();
        }
    }

    /// They would keep regions mapped that nobody uses.
    void forget_watches() noexcept
    {
        if (is_asleep_) {
            is_forgotten_ = true;
        } else {
            watches_.clear();
        }
        for (auto const& lookout : lookouts_) {
            lookout->recall();
        }
    }

    core::SetBell<typename W::Policy> bell_;

    bool is_armed_     = false; ///< publishers may see marks
    bool is_asleep_    = false; ///< on words of `watches_`
    bool is_forgotten_ = false; ///< `watches_`, as soon as nobody sleeps on them

    // Of the thread that waits.
    std::size_t                                     first_    = 0;     ///< where the last look began
    uint64_t                                        turn_     = 0;     ///< armings
    bool                                            is_quiet_ = false; ///< the last wait found nothing
    Handle*                                         slept_by_ = nullptr;
    std::size_t                                     asleep_   = 0;
    std::array<typename W::Awaited, W::words_limit> asleep_on_{};
};

} // namespace detail
} // namespace kickmsg
