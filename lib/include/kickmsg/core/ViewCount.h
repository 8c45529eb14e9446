/// The lifetime of what a subscriber and its views share: the last of them to go deletes it. In the process, not in
/// shared memory.
///
/// The count is biased: the receiving thread counts what it lends without an atomic operation, returns count up, and
/// leaving takes off all that was lent. From then on the word is minus the views still out.
///
/// Threads:   lend() and leave() by the receiving thread; give_back() by any.
/// Invariant: exactly one call of leave() and give_back() returns true, after all others have made theirs.
/// Proof: lib/test/Receiver_test.cc, lib/test/View_test.cc; models views_count; sweep drop_view, drop_after_leaving; budget receive/view
#pragma once

#include <atomic>
#include <cstdint>

namespace kickmsg {
namespace core {

template <class P>
class ViewCount {
public:
    /// Counts a view that is lent; not after leave().
    void lend() noexcept
    {
        ++lent_;
    }

    /// A view is dropped. Returns: whether this was the last use; then the caller deletes.
    bool give_back() noexcept
    {
        return change(1);
    }

    /// The subscriber leaves, once. Returns: as give_back().
    bool leave() noexcept
    {
        return change(-lent_);
    }

private:
    /// Nothing of this object is touched after the addition: another thread may delete it.
    bool change(int64_t by) noexcept
    {
        // edge VIEWS (acq_rel): every use of what is shared happens before the last one's deletion
        return returned_.fetch_add(by, std::memory_order_acq_rel) + by == 0;
    }

    int64_t                              lent_ = 0;
    typename P::template atomic<int64_t> returned_{0};
};

} // namespace core
} // namespace kickmsg
