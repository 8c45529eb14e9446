/// A Subscriber, and views of its messages.
#pragma once

#include "Pinned.h"
#include "Waiting.h"
#include "kickmsg/Subscriber.h"

#include <memory>
#include <optional>

namespace kickmsg {
namespace python {

/// A message that is read in place. It outlives its subscriber.
class ViewEnd : public Pinned {
public:
    static constexpr bool is_read_only = true;

    explicit ViewEnd(Subscriber::SampleView&& view) : view_(std::move(view)) {}

    Bytes bytes() const noexcept;
    bool  is_valid() const noexcept
    {
        return view_ && view_->valid();
    }
    std::size_t length() const noexcept
    {
        return view_ ? view_->len() : 0;
    }
    /// Errors: InvalidHandleError.
    Subscriber::SampleView const& raw() const;
    /// Errors: BufferError while somebody has the bytes.
    void release();

    nb::object decode; ///< how `value` is made of it; null: its bytes

private:
    std::optional<Subscriber::SampleView> view_;
};

/// Whether a thread waits for the set that an end is in: then nobody else receives.
using SetInUse = std::shared_ptr<bool const>;

class SubscriberEnd : public Owner<Subscriber> {
public:
    SubscriberEnd(std::string name, Subscriber&& made) : Owner("subscriber of " + std::move(name), std::move(made))
    {
        raw_->return_on_signals(true);
    }

    /// As raw(), for a call that receives.
    Subscriber& receiving();
    void        close();
    void        interrupt();

    /// Returns: (bytes, position, info), or None.
    nb::object receive(std::optional<double> timeout);
    /// Returns: a View, or None.
    nb::object receive_view(std::optional<double> timeout);

    void join(SetInUse set)
    {
        set_ = std::move(set);
    }

private:
    SetInUse set_;
};

} // namespace python
} // namespace kickmsg
