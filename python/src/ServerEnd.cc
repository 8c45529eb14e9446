#include "ServerEnd.h"

#include <cerrno>

namespace kickmsg {
namespace python {

void ServerEnd::close()
{
    if (is_usable()) {
        refuse_if_busy();
    }
    end();
}

void ServerEnd::interrupt()
{
    interrupt_wait();
}

void ServerEnd::refuse_if_busy() const
{
    check(true);
    if (set_ && *set_) {
        throw Refusal("ThreadError", name(), "another thread waits for the set that it is in", "serve in that thread");
    }
}

void ServerEnd::drop(Server::Request&& request)
{
    if (is_in_use() || (set_ && *set_)) {
        dropped_.push_back(std::move(request));
    } else {
        Server::Request const ended = std::move(request);
    }
}

nb::object ServerEnd::receive(nb::handle self, std::optional<double> timeout)
{
    Server& server = raw();
    refuse_if_busy();
    dropped_.clear();
    Deadline const deadline(timeout);
    auto           request = server.try_receive();
    if (!request && !deadline.is_over()) {
        request = wait(*this, deadline, polled_slice, [&](nanoseconds left) { return server.receive(left); });
        dropped_.clear();
    }
    if (!request) {
        return nb::none();
    }
    return nb::cast(new RequestEnd(nb::borrow(self), *this, std::move(*request)), nb::rv_policy::take_ownership);
}

RequestEnd::~RequestEnd()
{
    if (raw_) {
        server_.drop(std::move(*raw_));
    }
}

Bytes RequestEnd::bytes() const noexcept
{
    if (!raw_ || raw_->data() == nullptr) {
        return {nullptr, 0, "kickmsg: the request was released, or inherited through fork() (receive in this process)"};
    }
    return {const_cast<void*>(raw_->data()), raw_->len()}; // lent read-only
}

bool RequestEnd::is_wanted() const
{
    server_.refuse_if_busy();
    return raw_ && raw_->wanted();
}

bool RequestEnd::answer(nb::handle data)
{
    Argument const message(data);
    server_.raw();
    server_.refuse_if_busy();
    int32_t const sent = raw_ ? raw_->answer(message.data(), message.length()) : -EINVAL;
    switch (sent) {
    case -EPIPE:
    case -ECANCELED:
        return false;
    case -EAGAIN:
        throw Refusal("NoSlotError", server_.name(), "no slot for an answer could be had",
                      "answer later, or release responses");
    case -EMSGSIZE:
        throw Refusal("TooLongError", server_.name(),
                      std::to_string(message.length()) + " bytes are more than max_response_size",
                      "answer less, or raise ServiceConfig.max_response_size when the service is made anew");
    case -EINVAL:
        throw Error(ErrorCode::InvalidHandle, "request", "it was answered already", Remedy{"receive another one"});
    case -EBADF:
        throw Error(ErrorCode::InvalidHandle, "request", "its server has ended, or it was inherited through fork()",
                    Remedy{"receive another one"});
    default:
        return true;
    }
}

void RequestEnd::release()
{
    refuse_if_lent("the request");
    if (raw_) {
        Server::Request ended = std::move(*raw_);
        raw_.reset();
        server_.drop(std::move(ended));
    }
}

} // namespace python
} // namespace kickmsg
