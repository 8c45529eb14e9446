/// What a Server and its requests share.
#pragma once

#include "Poster.h"
#include "ServiceAccess.h"
#include "ServiceGeometry.h"
#include "ServiceMessages.h"
#include "kickmsg/Server.h"

#include <cerrno>
#include <optional>
#include <utility>

namespace kickmsg {
namespace detail {

/// Lives as long as its Server, or a request that is still to be answered. The ring of requests ends with the Server.
///
/// Threads: one.
class ServerState {
public:
    using Request = Server::Request;

    ServerState(SharedRegion const& requests, SharedRegion const& responses)
        : answers_(ServiceAccess::state(responses)), requests_(std::in_place, requests),
          most_(room_within<ResponseNote>(static_cast<std::size_t>(answers_.mapping().geometry().max_payload_size)))
    {
    }
    ServerState(ServerState const&)            = delete;
    ServerState& operator=(ServerState const&) = delete;

    bool is_own() const noexcept
    {
        return answers_.is_own();
    }
    Subscriber& requests() noexcept
    {
        return *requests_;
    }
    bool is_stale() const noexcept
    {
        return requests_->stale() || !answers_.mapping().memory().is_linked();
    }
    /// Bytes of the longest answer.
    std::size_t most() const noexcept
    {
        return most_;
    }
    uint64_t malformed() const noexcept
    {
        return malformed_;
    }

    /// Returns: the next request, whose client waits for it.
    std::optional<Request> try_receive() noexcept
    {
        for (uint32_t left = requests_->capacity(); left != 0; --left) {
            auto view = requests_->try_receive_view();
            if (!view) {
                break;
            }
            if (auto request = accept(std::move(*view))) {
                return request;
            }
        }
        return std::nullopt;
    }
    std::optional<Request> receive(std::chrono::nanoseconds timeout) noexcept;

    /// Of a request that is still to be answered.
    void begin(Request& request) noexcept
    {
        request.state_ = this;
        ++uses_;
    }
    bool wants(Request const& request) noexcept
    {
        return is_waiting(request) && answers_.lives(asker_of(request));
    }
    int32_t answer(Request& request, void const* data, std::size_t length) noexcept;
    void*   allocate(Request& request, std::size_t length) noexcept;
    int32_t publish(Request& request, std::size_t length) noexcept;
    /// Without an answer.
    void drop(Request& request) noexcept
    {
        if (is_own()) {
            tell(request, ResponseNote::Refusal);
        }
        end(request);
    }

    /// The Server ends.
    void leave() noexcept
    {
        if (is_own() && answers_.mapping().may_end()) {
            for (uint32_t left = requests_->capacity(); left != 0 && refuse_next(); --left) {
            }
        }
        requests_.reset();
        let_go();
    }
    bool has_left() const noexcept
    {
        return !requests_.has_value();
    }

private:
    static core::Address asker_of(Request const& request) noexcept
    {
        return {request.ring_, request.asker_};
    }

    std::optional<Request> accept(Subscriber::SampleView&& view) noexcept;
    bool                   refuse_next() noexcept;
    /// By what it says in shared memory: its ring is its own, and it has not cancelled the call.
    bool is_waiting(Request const& request) noexcept
    {
        // relaxed: a hint on what is worth an answer
        uint64_t const cancelled = answers_.layout().ring(request.ring_).cancelled.load(std::memory_order_relaxed);
        return answers_.is_there(asker_of(request)) && (cancelled >> request.number_ % calls_limit & 1U) == 0;
    }
    /// Of a message that is refused: why.
    int32_t reason(Request& request) noexcept;
    int32_t post(Request& request, core::Loan loan, std::size_t length, ResponseNote::Kind kind) noexcept;
    /// A few words in place of an answer, as far as there is a slot for them.
    void       tell(Request& request, ResponseNote::Kind kind) noexcept;
    core::Loan loan_of(Request& request) noexcept;
    void       lend_to(Request& request, core::Loan const& loan, std::size_t length) noexcept;
    void       give_back(Request& request) noexcept;
    /// Nothing is to be answered any more.
    void end(Request& request) noexcept
    {
        if (is_own()) {
            give_back(request);
        }
        request.state_ = nullptr;
        let_go();
    }
    void let_go() noexcept
    {
        if (--uses_ == 0) {
            delete this;
        }
    }

    Poster                    answers_;
    std::optional<Subscriber> requests_; ///< none: the Server has ended
    std::size_t               most_;
    uint64_t                  malformed_ = 0;
    uint32_t                  uses_      = 1;
};

} // namespace detail
} // namespace kickmsg
