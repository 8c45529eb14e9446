#include "PublisherEnd.h"

#include <cerrno>

namespace kickmsg {
namespace python {

Publisher& PublisherEnd::raw_without_loan()
{
    Publisher& publisher = raw();
    if (loan_ != nullptr) {
        loan_->refuse_if_lent("the loan");
        loan_->cut();
    }
    return publisher;
}

void PublisherEnd::close()
{
    if (is_usable()) {
        check(true);
    }
    if (loan_ != nullptr) {
        loan_->refuse_if_lent("the loan");
        loan_->cut();
    }
    end();
}

bool PublisherEnd::accepted(int32_t answer, std::size_t length) const
{
    if (answer >= 0) {
        return true;
    }
    if (answer == -EMSGSIZE) {
        throw Refusal("TooLongError", name(), std::to_string(length) + " bytes are more than max_payload_size",
                      "send less, or raise Config.max_payload_size when the region is made anew");
    }
    if (answer != -EAGAIN) {
        throw Error(ErrorCode::InvalidHandle, name(), "it can send no more", Remedy{"make another one"});
    }
    return false;
}

int32_t PublisherEnd::send(nb::handle data)
{
    Argument const message(data);
    Publisher&     publisher = raw_without_loan();
    int32_t        answer    = 0;
    if (message.length() < long_copy) {
        answer = publisher.send(message.data(), message.length());
    } else {
        InUse const                  use(*this);
        nb::gil_scoped_release const others;
        answer = publisher.send(message.data(), message.length());
    }
    if (!accepted(answer, message.length())) {
        throw Refusal("NoSlotError", name(), "views and other publishers hold every slot of the pool",
                      "release views, or raise Config.pool_size when the region is made anew");
    }
    return answer;
}

bool PublisherEnd::try_send(nb::handle data, std::optional<double> timeout)
{
    Argument const message(data);
    Publisher&     publisher = raw_without_loan();
    Deadline const deadline(timeout);
    int32_t        answer = publisher.try_send(message.data(), message.length());
    if (answer == -EAGAIN && !deadline.is_over()) {
        wait(*this, deadline, polled_slice, [&](nanoseconds left) {
            answer = publisher.send_until(message.data(), message.length(), left);
            return answer == -EAGAIN ? std::nullopt : std::optional<bool>(true);
        });
    }
    bool const is_accepted = accepted(answer, message.length());
    if (is_accepted) {
        wait_for_pending(deadline);
    }
    return is_accepted;
}

void PublisherEnd::wait_for_pending(Deadline const& deadline)
{
    if (raw_->pending() != 0 && !deadline.is_over()) {
        wait(*this, deadline, polled_slice,
             [&](nanoseconds left) { return raw_->flush_until(left) == 0 ? std::optional<bool>(true) : std::nullopt; });
    }
}

bool PublisherEnd::flush(std::optional<double> timeout)
{
    Publisher& publisher = raw();
    if (publisher.flush_until(nanoseconds(0)) != 0) {
        wait_for_pending(Deadline(timeout));
    }
    return publisher.pending() == 0;
}

LoanEnd::LoanEnd(nb::object owner, PublisherEnd& publisher, void* data, std::size_t length)
    : owner_(std::move(owner)), publisher_(&publisher), data_(data), length_(length)
{
    publisher.loan_ = this;
}

LoanEnd::~LoanEnd()
{
    if (publisher_ != nullptr) {
        if (!publisher_->is_in_use()) { // else its next call gives the slot back
            publisher_->raw_->abandon();
        }
        cut();
    }
}

/// In a forked child the slot is its parent's.
Bytes LoanEnd::bytes() const noexcept
{
    if (publisher_ == nullptr || !*publisher_->raw_) {
        return {nullptr, 0,
                "kickmsg: the loan was published, given back, or inherited through fork() (take another one)"};
    }
    return {data_, length_};
}

void LoanEnd::cut() noexcept
{
    publisher_->loan_ = nullptr;
    publisher_        = nullptr;
}

PublisherEnd& LoanEnd::ready(std::optional<std::size_t> length) const
{
    if (publisher_ == nullptr) {
        throw Error(ErrorCode::InvalidHandle, "loan", "it was published or given back", Remedy{"take another one"});
    }
    publisher_->raw();
    refuse_if_lent("the loan");
    if (length.value_or(0) > length_) {
        throw Refusal("TooLongError", "loan of " + publisher_->name(),
                      std::to_string(*length) + " bytes are more than the loan has", "take a longer one");
    }
    return *publisher_;
}

void LoanEnd::write(nb::handle data, std::size_t offset)
{
    Argument const from(data);
    Bytes const    room = bytes();
    if (room.data == nullptr) {
        ready(std::nullopt);
    }
    if (offset > room.length || from.length() > room.length - offset) {
        throw nb::value_error("kickmsg: the loan has no room for that");
    }
    InUse const use(*publisher_); // or another thread might publish it half written
    copy(static_cast<char*>(room.data) + offset, from.data(), from.length());
}

std::size_t LoanEnd::publish(std::optional<std::size_t> length)
{
    Publisher&        publisher = ready(length).raw();
    std::size_t const reached   = publisher.publish(length.value_or(length_));
    cut();
    return reached;
}

bool LoanEnd::try_publish(std::optional<std::size_t> length, std::optional<double> timeout)
{
    PublisherEnd&     end  = ready(length);
    std::size_t const size = length.value_or(length_);
    Deadline const    deadline(timeout);
    int32_t           answer = end.raw().try_publish(size);
    if (answer == -EAGAIN && !deadline.is_over()) {
        wait(end, deadline, polled_slice, [&](nanoseconds left) {
            answer = end.raw_->publish_until(size, left);
            return answer == -EAGAIN ? std::nullopt : std::optional<bool>(true);
        });
    }
    bool const is_accepted = end.accepted(answer, size);
    if (is_accepted) {
        cut();
        end.wait_for_pending(deadline);
    }
    return is_accepted;
}

/// In a forked child there is nothing to give back.
void LoanEnd::abandon()
{
    if (publisher_ == nullptr) {
        return;
    }
    refuse_if_lent("the loan");
    if (*publisher_->raw_) {
        publisher_->raw().abandon();
    }
    cut();
}

} // namespace python
} // namespace kickmsg
