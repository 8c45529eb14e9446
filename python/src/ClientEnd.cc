#include "ClientEnd.h"

namespace kickmsg {
namespace python {

namespace {

/// A CallError, which knows its status.
[[noreturn]] void fail(CallStatus status)
{
    nb::object const error = nb::module_::import_("kickmsg._errors").attr("call_error")(status, text_of(status));
    PyErr_SetObject(error.type().ptr(), error.ptr());
    throw nb::python_error();
}

nb::object answer_of(Client::Response&& response)
{
    if (!response) {
        fail(response.status());
    }
    return nb::cast(new ResponseEnd(std::move(response)), nb::rv_policy::take_ownership);
}

} // namespace

Bytes ResponseEnd::bytes() const noexcept
{
    if (!raw_ || raw_->data() == nullptr) {
        return {nullptr, 0, "kickmsg: the response was released, or inherited through fork() (ask in this process)"};
    }
    return {const_cast<void*>(raw_->data()), raw_->len()}; // lent read-only
}

Client& ClientEnd::receiving()
{
    Client& client = raw();
    if (set_ && *set_) {
        throw Refusal("ThreadError", name(), "another thread waits for the set that it is in", "ask in that thread");
    }
    dropped_.clear();
    return client;
}

void ClientEnd::close()
{
    if (is_usable()) {
        receiving();
    }
    end();
}

void ClientEnd::interrupt()
{
    interrupt_wait();
}

void ClientEnd::drop(Client::Call&& call)
{
    if (is_in_use() || (set_ && *set_)) {
        dropped_.push_back(std::move(call));
    } else {
        Client::Call const ended = std::move(call);
    }
}

/// Where there is no room it waits for that.
Client::Call ClientEnd::try_start(void const* data, std::size_t length, Deadline const& deadline)
{
    Client&      client = receiving();
    Client::Call call   = client.start(data, length);
    if (call.status() == CallStatus::NoRoom && !deadline.is_over()) {
        wait(*this, deadline, polled_slice, [&](nanoseconds left) {
            call = client.start(data, length, left);
            return call.status() == CallStatus::NoRoom ? std::nullopt : std::optional<bool>(true);
        });
    }
    return call;
}

Client::Call ClientEnd::start(nb::handle data, std::optional<double> timeout)
{
    Argument const request(data);
    Client::Call   call = try_start(request.data(), request.length(), Deadline(timeout));
    if (!call) {
        fail(call.status());
    }
    return call;
}

Client::Response ClientEnd::wait_for(Client::Call& call, Deadline const& deadline)
{
    receiving();
    Client::Response response = call.poll();
    if (response.status() == CallStatus::Waiting && !deadline.is_over()) {
        wait(*this, deadline, polled_slice, [&](nanoseconds left) {
            response = call.wait(left);
            return call ? std::nullopt : std::optional<bool>(true);
        });
    }
    return response;
}

/// As Client::call(), in slices: another server is asked where one ended before it took the request.
nb::object ClientEnd::call(nb::handle data, std::optional<double> timeout)
{
    Argument const request(data);
    Deadline const deadline(timeout);
    for (;;) {
        Client::Call call = try_start(request.data(), request.length(), deadline);
        if (!call) {
            fail(call.status());
        }
        Client::Response response = wait_for(call, deadline);
        if (call) {
            bool const is_interrupted = response.status() == CallStatus::Interrupted && !deadline.is_over();
            fail(is_interrupted ? CallStatus::Interrupted : CallStatus::TimedOut);
        }
        if (response.status() != CallStatus::Unserved) {
            return answer_of(std::move(response));
        }
    }
}

bool ClientEnd::wait_for_server(std::optional<double> timeout)
{
    Client&        client = receiving();
    Deadline const deadline(timeout);
    if (client.has_server()) {
        return true;
    }
    return wait(*this, deadline, polled_slice,
                [&](nanoseconds left) {
                    return client.wait_for_server(left) ? std::optional<bool>(true) : std::nullopt;
                })
        .has_value();
}

nb::object CallEnd::wait_for(std::optional<double> timeout)
{
    Client::Response response = client_.wait_for(raw_, Deadline(timeout));
    if (raw_) {
        return nb::none();
    }
    nb::object made                     = answer_of(std::move(response));
    nb::cast<ResponseEnd&>(made).decode = decode;
    return made;
}

bool CallEnd::cancel()
{
    client_.receiving();
    return raw_.cancel();
}

} // namespace python
} // namespace kickmsg
