/// A Server, and requests that are to be answered.
#pragma once

#include "SubscriberEnd.h"
#include "kickmsg/Server.h"

#include <optional>
#include <vector>

namespace kickmsg {
namespace python {

class ServerEnd : public Owner<Server> {
public:
    ServerEnd(std::string name, Server&& made) : Owner("server of " + std::move(name), std::move(made)) {}

    void       close();
    void       interrupt();
    nb::object receive(nb::handle self, std::optional<double> timeout);
    void       join(SetInUse set)
    {
        set_ = std::move(set);
    }
    /// Errors: ThreadError where another thread is in it, or waits for its set.
    void refuse_if_busy() const;
    /// Ends a request; later, where another thread is in the server.
    void drop(Server::Request&& request);

private:
    SetInUse                     set_;
    std::vector<Server::Request> dropped_;
};

/// A request, read in place.
class RequestEnd : public Pinned {
public:
    static constexpr bool is_read_only = true;

    RequestEnd(nb::object owner, ServerEnd& server, Server::Request&& request)
        : owner_(std::move(owner)), server_(server), raw_(std::move(request))
    {
    }
    RequestEnd(RequestEnd const&)            = delete;
    RequestEnd& operator=(RequestEnd const&) = delete;
    ~RequestEnd();

    Bytes       bytes() const noexcept;
    std::size_t length() const noexcept
    {
        return raw_ ? raw_->len() : 0;
    }
    bool is_open() const noexcept
    {
        return raw_ && *raw_;
    }
    bool is_wanted() const;
    /// Returns: whether its client gets it: false when that has died, or waits no more.
    bool answer(nb::handle data);
    void release();

    nb::object decode; ///< how `value` is made of it; null: its bytes
    nb::object encode; ///< how an answer is made of a value; null: it is bytes

private:
    nb::object                     owner_; ///< the Python object of server_
    ServerEnd&                     server_;
    std::optional<Server::Request> raw_;
};

} // namespace python
} // namespace kickmsg
