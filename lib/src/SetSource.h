/// What a wait set waits for.
#pragma once

#include "Attachment.h"
#include "Watch.h"

#include <cstdint>
#include <memory>

namespace kickmsg {
namespace detail {

enum class Moment;

/// What an arming has come to.
enum class Armed {
    No,     ///< there is news: no sleep
    Own,    ///< it is waited for by a watch of its own
    Shared, ///< by that of another source of this set, armed before in the same turn
};

/// A subscriber or a reader, as its set knows it.
///
/// Threads: what is virtual is called under the lock of the set; attachment() is its owner's.
class SetSource {
public:
    SetSource()                            = default;
    SetSource(SetSource const&)            = delete;
    SetSource& operator=(SetSource const&) = delete;

    /// Whether there is something to do for who owns it.
    virtual bool is_ready(Moment moment) noexcept = 0;
    /// Announces that the set is about to sleep, for the `turn`th time. `watch`: becomes its own where it needs one.
    virtual Armed arm(Watch& watch, uint64_t turn) noexcept = 0;
    /// Takes the announcement back.
    virtual void disarm() noexcept = 0;
    /// Whether it has had news since it was armed that Watch::is_due() does not tell.
    virtual bool is_late() const noexcept = 0;
    /// It comes into `set`. Returns: whether a sleep of that has a word more from now on. Errors: Error InUse.
    virtual bool put_into(WaitSetState const& set) = 0;
    /// It is in no set from now on. Returns: whether a sleep of its set has a word less.
    virtual bool taken_out() noexcept = 0;

    void attach(std::shared_ptr<Attachment> attachment) noexcept
    {
        attachment_ = std::move(attachment);
    }
    /// Null: it has never been in a set, or another source has its place.
    std::shared_ptr<Attachment> const& attachment() const noexcept
    {
        return attachment_;
    }

protected:
    ~SetSource() = default;

    /// Its place goes to `next`.
    void hand_over(SetSource& next) noexcept
    {
        next.attachment_ = std::move(attachment_);
        if (next.attachment_) {
            next.attachment_->move_to(next);
        }
    }
    /// By who ends it.
    void leave_set() noexcept
    {
        if (attachment_) {
            attachment_->leave();
        }
    }

private:
    std::shared_ptr<Attachment> attachment_;
};

} // namespace detail
} // namespace kickmsg
