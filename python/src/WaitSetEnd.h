/// A WaitSet.
#pragma once

#include "SubscriberEnd.h"
#include "kickmsg/WaitSet.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace kickmsg {
namespace python {

class WaitSetEnd : public Owner<WaitSet> {
public:
    WaitSetEnd() : Owner("wait set", WaitSet()) {}

    /// What may be called while another thread waits.
    /// Errors: InvalidHandleError.
    WaitSet& shared()
    {
        if (!is_usable()) {
            check(false);
        }
        return *raw_;
    }
    void close()
    {
        end();
        members_.clear();
    }

    /// Returns: (keys, whether it was woken).
    nb::object wait_for(std::optional<double> timeout);
    SetInUse   in_use() const
    {
        return waits_;
    }

    /// From here on `member`, whose Python object is kept, is in the set.
    template <class End>
    void note(End& member)
    {
        members_.emplace_back(&member, nb::borrow(nb::find(member)));
        member.join(waits_);
    }
    void forget(Handle const& member)
    {
        members_.erase(
            std::remove_if(members_.begin(), members_.end(), [&](auto const& each) { return each.first == &member; }),
            members_.end());
    }

private:
    /// A wait uses its members: no other thread may be in one of them.
    void refuse_if_member_in_use() const;

    std::vector<std::pair<Handle const*, nb::object>> members_;
    std::shared_ptr<bool>                             waits_ = std::make_shared<bool>(false);
};

} // namespace python
} // namespace kickmsg
