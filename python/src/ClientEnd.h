/// A Client, its calls and their answers.
#pragma once

#include "SubscriberEnd.h"
#include "kickmsg/Client.h"

#include <optional>
#include <vector>

namespace kickmsg {
namespace python {

/// An answer, read in place. It outlives its client.
class ResponseEnd : public Pinned {
public:
    static constexpr bool is_read_only = true;

    explicit ResponseEnd(Client::Response&& response) : raw_(std::move(response)) {}

    Bytes       bytes() const noexcept;
    std::size_t length() const noexcept
    {
        return raw_ ? raw_->len() : 0;
    }
    void release()
    {
        refuse_if_lent("the response");
        raw_.reset();
    }

    nb::object decode; ///< how `value` is made of it; null: its bytes

private:
    std::optional<Client::Response> raw_;
};

class ClientEnd : public Owner<Client> {
public:
    ClientEnd(std::string name, Client&& made) : Owner("client of " + std::move(name), std::move(made)) {}

    /// As raw(), for a call that may receive.
    Client& receiving();
    void    close();
    void    interrupt();

    /// Returns: a Response. Errors: CallError.
    nb::object call(nb::handle data, std::optional<double> timeout);
    /// Errors: CallError where it is not out.
    Client::Call start(nb::handle data, std::optional<double> timeout);
    /// Sleeps for the answer, until it is there, the call has ended, or the time is over.
    Client::Response wait_for(Client::Call& call, Deadline const& deadline);
    bool             wait_for_server(std::optional<double> timeout);
    /// Cancels a call; later, where another thread is in the client.
    void drop(Client::Call&& call);
    void join(SetInUse set)
    {
        set_ = std::move(set);
    }

private:
    Client::Call try_start(void const* data, std::size_t length, Deadline const& deadline);

    SetInUse                  set_;
    std::vector<Client::Call> dropped_;
};

/// A call that is out.
class CallEnd {
public:
    CallEnd(nb::object owner, ClientEnd& client, Client::Call&& call)
        : owner_(std::move(owner)), client_(client), raw_(std::move(call))
    {
    }
    CallEnd(CallEnd const&)            = delete;
    CallEnd& operator=(CallEnd const&) = delete;
    ~CallEnd()
    {
        client_.drop(std::move(raw_));
    }

    /// Returns: a Response, or None while it is out. Errors: CallError when it ended otherwise.
    nb::object wait_for(std::optional<double> timeout);
    bool       cancel();
    CallStatus status() const noexcept
    {
        return raw_.status();
    }

    nb::object decode; ///< of its answer

private:
    nb::object   owner_; ///< the Python object of client_
    ClientEnd&   client_;
    Client::Call raw_;
};

} // namespace python
} // namespace kickmsg
