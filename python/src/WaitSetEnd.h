/// A WaitSet.
#pragma once

#include "SubscriberEnd.h"
#include "kickmsg/WaitSet.h"

#include <memory>
#include <optional>

namespace kickmsg {
namespace python {

class WaitSetEnd : public Handle {
public:
    WaitSetEnd() : Handle("wait set"), raw_(std::in_place) {}

    /// What may be called while another thread waits.
    /// Errors: InvalidHandleError.
    WaitSet& shared()
    {
        if (!raw_ || !*raw_) {
            check(false);
        }
        return *raw_;
    }
    /// Errors: InvalidHandleError, ThreadError.
    WaitSet& raw()
    {
        check(raw_ && *raw_);
        return *raw_;
    }
    void close()
    {
        if (raw_ && *raw_) {
            check(true);
        }
        note_closed();
        raw_.reset();
    }

    /// Returns: (keys, whether it was woken).
    nb::object wait_for(std::optional<double> timeout);
    SetInUse   in_use() const
    {
        return waits_;
    }

private:
    std::optional<WaitSet> raw_;
    std::shared_ptr<bool>  waits_ = std::make_shared<bool>(false);
};

} // namespace python
} // namespace kickmsg
