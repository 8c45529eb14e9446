/// Both ends of a service whose requests and responses are of one type each.
#pragma once

#include "kickmsg/Client.h"
#include "kickmsg/Server.h"
#include "kickmsg/TypeSchema.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <new>
#include <optional>
#include <type_traits>
#include <utility>

namespace kickmsg {

/// A ServiceConfig whose requests have room for just a `Req`, and its responses for a `Resp`, aligned as these are. Its other fields are the usual
/// ones, to be changed as you like. Any ServiceConfig may take its place.
template <class Req, class Resp>
struct TypedServiceConfig : ServiceConfig {
    /// For `Req` and `Resp`.
    TypedServiceConfig() noexcept
    {
        static_assert(detail::is_payload<Req>() && detail::is_payload<Resp>(), "");
        max_request_size  = sizeof(Req);
        max_response_size = sizeof(Resp);
        payload_alignment = std::max({payload_alignment, uint32_t{alignof(Req)}, uint32_t{alignof(Resp)}});
    }
    /// As `cfg` says.
    TypedServiceConfig(ServiceConfig const& cfg) noexcept // NOLINT(google-explicit-constructor): a ServiceConfig is one
        : ServiceConfig(cfg)
    {
    }
};

/// Answers requests of type `Req` with responses of type `Resp`, and no others: a Server with types.
///
/// Both are what TypedPublisher asks of a message; both ends are built with the same ones. That a service carries others is found when an end
/// is made: Error SchemaMismatch, naming both.
///
/// Threads, Progress, Crash, Errors: as Server.
template <class Req, class Resp>
class TypedServer {
public:
    /// A request of type `Req`, read in place, as Server::Request.
    class Request {
    public:
        /// Returns: what was asked. Only while raw() has data: not in a forked child.
        /// @{
        Req const& operator*() const noexcept
        {
            return *get();
        }
        Req const* operator->() const noexcept
        {
            return get();
        }
        /// @}
        /// Returns: the same; null where there is nothing to read.
        Req const* get() const noexcept
        {
            return static_cast<Req const*>(raw_.data());
        }
        /// Returns: whether it is to be answered.
        explicit operator bool() const noexcept
        {
            return static_cast<bool>(raw_);
        }
        /// Returns: as Server::Request::wanted().
        bool wanted() const noexcept
        {
            return raw_.wanted();
        }
        /// Answers with a copy of `response`.
        /// Returns: as Server::Request::answer().
        [[nodiscard]] int32_t answer(Resp const& response) noexcept
        {
            return raw_.answer(&response, sizeof(Resp));
        }
        /// Lends a slot with a value-initialised Resp, to be written in place.
        /// Returns: the response; null as Server::Request::allocate().
        [[nodiscard]] Resp* allocate() noexcept
        {
            static_assert(
                std::is_nothrow_default_constructible_v<Resp>,
                "kickmsg: allocate() needs a constructor without arguments that throws nothing; answer() copies");
            void* const room = raw_.allocate(sizeof(Resp));
            return room != nullptr ? ::new (room) Resp() : nullptr;
        }
        /// Answers with what allocate() lent.
        /// Returns: as Server::Request::publish().
        [[nodiscard]] int32_t publish() noexcept
        {
            return raw_.publish();
        }
        /// Returns: the request without its types.
        Server::Request& raw() noexcept
        {
            return raw_;
        }

    private:
        friend class TypedServer;
        explicit Request(Server::Request&& raw) noexcept : raw_(std::move(raw)) {}

        Server::Request raw_;
    };

    /// Returns: whether this handle can serve.
    explicit operator bool() const noexcept
    {
        return static_cast<bool>(raw_);
    }
    /// Returns: as Server::try_receive(). A request that is no Req is refused, and counted (malformed()).
    std::optional<Request> try_receive() noexcept
    {
        return receive(std::chrono::nanoseconds(0));
    }
    /// The same, sleeping up to `timeout`, as Server::receive(). After a request that is no Req it may answer none before the time is over.
    /// Returns: as try_receive().
    template <class Rep, class Period>
    std::optional<Request> receive(std::chrono::duration<Rep, Period> timeout) noexcept
    {
        auto request = raw_.receive(timeout);
        for (; request && request->len() != sizeof(Req); request = raw_.try_receive()) {
            ++malformed_;
        }
        return request ? std::optional<Request>(Request(std::move(*request))) : std::nullopt;
    }
    /// Returns: requests that were no Req, and messages that were no requests.
    uint64_t malformed() const noexcept
    {
        return malformed_ + raw_.malformed();
    }
    /// Returns: the end without its types.
    /// @{
    Server& raw() noexcept
    {
        return raw_;
    }
    Server const& raw() const noexcept
    {
        return raw_;
    }
    /// @}

private:
    friend class Node;
    explicit TypedServer(Server&& raw) noexcept : raw_(std::move(raw)) {}

    Server   raw_;
    uint64_t malformed_ = 0;
};

/// Asks with requests of type `Req`, and gets responses of type `Resp`: a Client with types, as TypedServer.
///
/// Threads, Progress, Crash, Errors: as Client. An answer that is no Resp has the status Malformed.
template <class Req, class Resp>
class TypedClient {
public:
    /// What came of a call, as Client::Response.
    class Response {
    public:
        /// One without an answer.
        Response() noexcept = default;
        /// Returns: whether here is an answer.
        explicit operator bool() const noexcept
        {
            return status() == CallStatus::Answered;
        }
        /// Returns: what became of the call.
        CallStatus status() const noexcept
        {
            return raw_ && raw_.len() != sizeof(Resp) ? CallStatus::Malformed : raw_.status();
        }
        /// Returns: the answer. Only where there is one.
        /// @{
        Resp const& operator*() const noexcept
        {
            return *get();
        }
        Resp const* operator->() const noexcept
        {
            return get();
        }
        /// @}
        /// Returns: the same; null where there is none.
        Resp const* get() const noexcept
        {
            return *this ? static_cast<Resp const*>(raw_.data()) : nullptr;
        }
        /// Returns: the answer without its type.
        Client::Response const& raw() const noexcept
        {
            return raw_;
        }

    private:
        friend class TypedClient;
        explicit Response(Client::Response&& raw) noexcept : raw_(std::move(raw)) {}

        Client::Response raw_;
    };

    /// A call that is out, as Client::Call.
    class Call {
    public:
        /// None.
        Call() noexcept = default;
        /// Returns: whether it is out.
        explicit operator bool() const noexcept
        {
            return static_cast<bool>(raw_);
        }
        /// Returns: as Client::Call::status().
        CallStatus status() const noexcept
        {
            return raw_.status();
        }
        /// Returns: as Client::Call::poll().
        [[nodiscard]] Response poll() noexcept
        {
            return Response(raw_.poll());
        }
        /// Waits up to `timeout` for the answer.
        /// Returns: as Client::Call::wait().
        template <class Rep, class Period>
        [[nodiscard]] Response wait(std::chrono::duration<Rep, Period> timeout) noexcept
        {
            return Response(raw_.wait(timeout));
        }
        /// As Client::Call::cancel().
        /// Returns: whether the request was taken back.
        bool cancel() noexcept
        {
            return raw_.cancel();
        }

    private:
        friend class TypedClient;
        explicit Call(Client::Call&& raw) noexcept : raw_(std::move(raw)) {}

        Client::Call raw_;
    };

    /// A slot with a `Req` in it, to be written in place, as Client::Loan.
    class Loan {
    public:
        /// None.
        Loan() noexcept = default;
        /// Returns: whether there is a slot to write to.
        explicit operator bool() const noexcept
        {
            return static_cast<bool>(raw_);
        }
        /// Returns: what is to be asked. Only while the loan has a slot.
        /// @{
        Req& operator*() const noexcept
        {
            return *request_;
        }
        Req* operator->() const noexcept
        {
            return request_;
        }
        /// @}
        /// Sends the request, as Client::Loan::start() with the `timeout`.
        /// Returns: the call.
        [[nodiscard]] Call start(std::chrono::nanoseconds timeout = std::chrono::nanoseconds(0)) noexcept
        {
            return Call(raw_.start(timeout));
        }

    private:
        friend class TypedClient;
        Loan(Client::Loan&& raw, Req* request) noexcept : raw_(std::move(raw)), request_(request) {}

        Client::Loan raw_;
        Req*         request_ = nullptr;
    };

    /// Returns: whether this handle can ask.
    explicit operator bool() const noexcept
    {
        return static_cast<bool>(raw_);
    }
    /// Asks with a copy of `request`, and waits up to `timeout` for the answer.
    /// Returns: as Client::call().
    template <class Rep, class Period>
    [[nodiscard]] Response call(Req const& request, std::chrono::duration<Rep, Period> timeout) noexcept
    {
        return Response(raw_.call(&request, sizeof(Req), timeout));
    }
    /// Sends a copy of `request`, as Client::start() with the `timeout`.
    /// Returns: the call.
    [[nodiscard]] Call start(Req const&               request,
                             std::chrono::nanoseconds timeout = std::chrono::nanoseconds(0)) noexcept
    {
        return Call(raw_.start(&request, sizeof(Req), timeout));
    }
    /// Lends a slot with a value-initialised Req.
    /// Returns: the loan; one without a slot as Client::loan().
    [[nodiscard]] Loan loan() noexcept
    {
        static_assert(std::is_nothrow_default_constructible_v<Req>,
                      "kickmsg: loan() needs a constructor without arguments that throws nothing; start() copies");
        Client::Loan slot = raw_.loan(sizeof(Req));
        Req* const   made = slot ? ::new (slot.data()) Req() : nullptr;
        return Loan(std::move(slot), made);
    }
    /// Returns: the end without its types.
    /// @{
    Client& raw() noexcept
    {
        return raw_;
    }
    Client const& raw() const noexcept
    {
        return raw_;
    }
    /// @}

private:
    friend class Node;
    explicit TypedClient(Client&& raw) noexcept : raw_(std::move(raw)) {}

    Client raw_;
};

} // namespace kickmsg
