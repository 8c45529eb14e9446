/// What a subscriber knows of the set that it is in.
#pragma once

#include <cstdint>
#include <memory>

namespace kickmsg {
namespace detail {

class SubscriberState;
class WaitSetState;

/// One subscriber's place in one set, held by both. Whichever of them ends first takes it out; from then on it is empty.
///
/// Threads: any; all but the pointer to the set is under the set's lock.
class Attachment {
public:
    Attachment(std::shared_ptr<WaitSetState> set, SubscriberState& subscriber, uint64_t key) noexcept
        : set_(std::move(set)), subscriber_(&subscriber), key_(key)
    {
    }

    /// By the subscriber: it ends, or is taken out.
    void leave() noexcept;
    /// By the subscriber: it has taken back its mark, by which publishers know of the set, too.
    void unmarked() noexcept;
    /// By the subscriber: it has moved to another region, and has another state from now on.
    void move_to(SubscriberState& next) noexcept;
    bool is_empty() const noexcept;
    bool is_of(WaitSetState const& set) const noexcept
    {
        return set_.get() == &set;
    }

    // By the set.
    bool is_vacant() const noexcept
    {
        return subscriber_ == nullptr;
    }
    void vacate() noexcept
    {
        subscriber_ = nullptr;
    }
    void belong_to(SubscriberState& subscriber) noexcept
    {
        subscriber_ = &subscriber;
    }
    SubscriberState& subscriber() const noexcept
    {
        return *subscriber_;
    }
    uint64_t key() const noexcept
    {
        return key_;
    }

private:
    std::shared_ptr<WaitSetState> set_;
    SubscriberState*              subscriber_; ///< null: empty
    uint64_t                      key_;
};

} // namespace detail
} // namespace kickmsg
