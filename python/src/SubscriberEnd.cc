#include "SubscriberEnd.h"

#include <cerrno>

namespace kickmsg {
namespace python {

Bytes ViewEnd::bytes() const noexcept
{
    if (!is_valid()) {
        return {nullptr, 0, "kickmsg: the view was released, or inherited through fork() (receive in this process)"};
    }
    return {const_cast<void*>(view_->data()), view_->len()}; // lent read-only
}

Subscriber::SampleView const& ViewEnd::raw() const
{
    if (!is_valid()) {
        throw Error(ErrorCode::InvalidHandle, "view", view_ ? "it was inherited through fork()" : "it was released",
                    Remedy{"receive another one"});
    }
    return *view_;
}

void ViewEnd::release()
{
    refuse_if_lent("the view");
    view_.reset();
}

Subscriber& SubscriberEnd::receiving()
{
    Subscriber& subscriber = raw();
    if (set_ && *set_) {
        throw Refusal("ThreadError", name(), "another thread waits for the set that it is in",
                      "receive in that thread");
    }
    return subscriber;
}

void SubscriberEnd::close()
{
    end();
}

void SubscriberEnd::interrupt()
{
    interrupt_wait();
}

namespace {

nb::object sample(void const* data, std::size_t length, uint64_t position, SampleInfo const& info)
{
    return nb::make_tuple(copied(data, length), position, info);
}

std::optional<Subscriber::SampleRef> at_once(Subscriber& subscriber, SampleInfo& info)
{
    errno     = 0;
    auto copy = subscriber.try_receive(info);
    if (!copy && errno == ENOMEM) {
        throw std::bad_alloc();
    }
    return copy;
}

} // namespace

/// A view where there can be one: it is copied once, and its length is known before.
nb::object SubscriberEnd::receive(std::optional<double> timeout)
{
    Subscriber& subscriber = receiving();
    if (auto const view = subscriber.try_receive_view()) {
        return sample(view->data(), view->len(), view->ring_pos(), view->info());
    }
    SampleInfo     info;
    Deadline const deadline(timeout);
    auto const     copy = deadline.is_over() ? at_once(subscriber, info)
                                             : wait(*this, deadline, signalled_slice,
                                                    [&](nanoseconds left) { return subscriber.receive(left, info); });
    if (!copy) {
        return nb::none();
    }
    InUse const use(*this); // the copy is the subscriber's until the next call
    return sample(copy->data(), copy->len(), copy->ring_pos(), info);
}

nb::object SubscriberEnd::receive_view(std::optional<double> timeout)
{
    Subscriber&    subscriber = receiving();
    Deadline const deadline(timeout);
    auto           view = subscriber.try_receive_view();
    if (!view && !deadline.is_over()) {
        view = wait(*this, deadline, signalled_slice, [&](nanoseconds left) { return subscriber.receive_view(left); });
    }
    return view ? nb::cast(new ViewEnd(std::move(*view)), nb::rv_policy::take_ownership) : nb::object(nb::none());
}

} // namespace python
} // namespace kickmsg
