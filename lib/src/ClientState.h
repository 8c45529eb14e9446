/// What a Client, its calls and its loans share.
#pragma once

#include "Poster.h"
#include "ServiceAccess.h"
#include "ServiceGeometry.h"
#include "ServiceMessages.h"
#include "WaitBudget.h"
#include "kickmsg/Client.h"

#include <optional>
#include <utility>

namespace kickmsg {
namespace detail {

/// Lives as long as its Client, its calls and its loans; the ring of responses ends with the Client.
///
/// Each call has a place, of 64 at most. It is used until the answer is taken, the request is taken back, or its server is gone: so no two calls
/// share a place while an answer to either may come, and the bits of `cancelled` in the ring's header say which are not waited for. The
/// ring has a place for each answer.
///
/// Threads: one.
class ClientState {
public:
    using Call     = Client::Call;
    using Loan     = Client::Loan;
    using Response = Client::Response;

    ClientState(SharedRegion const& requests, SharedRegion const& responses)
        : poster_(ServiceAccess::state(requests)), responses_(std::in_place, responses),
          me_(ServiceAccess::address(*responses_)),
          most_(room_within<RequestNote>(static_cast<std::size_t>(poster_.mapping().geometry().max_payload_size))),
          limit_(std::min(
              {answers().mapping().geometry().max_views, answers().mapping().geometry().ring_capacity, calls_limit}))
    {
        show_cancelled(0);
    }
    ClientState(ClientState const&)            = delete;
    ClientState& operator=(ClientState const&) = delete;

    bool is_own() const noexcept
    {
        return poster_.is_own();
    }
    bool has_left() const noexcept
    {
        return !responses_.has_value();
    }
    Subscriber& responses() noexcept
    {
        return *responses_;
    }
    /// Bytes of the longest request.
    std::size_t most() const noexcept
    {
        return most_;
    }
    bool is_stale() const noexcept
    {
        return responses_->stale() || !poster_.mapping().memory().is_linked();
    }

    Response call(void const* data, std::size_t length, std::chrono::nanoseconds timeout) noexcept;
    Call     start(void const* data, std::size_t length, WaitBudget& budget) noexcept;
    Call     start(Loan& loan, WaitBudget& budget) noexcept;
    Loan     lend(std::size_t length) noexcept;
    void     give_back(Loan& loan) noexcept;
    Response wait(Call& call, WaitBudget& budget, bool sleeps) noexcept;
    /// Returns: whether the request was taken back.
    bool cancel(Call& call) noexcept;

    bool has_server() noexcept;
    /// Calls that are out, answers that are held, loans.
    uint32_t outstanding() noexcept
    {
        return core::count_bits(used_) + answers().views_out() - stored_ + loans_;
    }
    static Response without_answer(CallStatus status) noexcept;

    /// The Client ends.
    void leave() noexcept;
    void let_go() noexcept
    {
        if (--uses_ == 0) {
            delete this;
        }
    }

private:
    struct Place {
        uint64_t                              number = 0; ///< 0: not used
        core::Address                         server;
        core::Receipt                         receipt;
        bool                                  is_cancelled = false;
        CallStatus                            status       = CallStatus::Waiting;
        std::size_t                           length       = 0; ///< of the answer
        std::optional<Subscriber::SampleView> answer;
    };
    /// When a server was last asked for its proof of life.
    struct Asked {
        uint64_t owner = 0;
        uint64_t at_ns = 0;
        bool     lives = true;
    };

    SubscriberState& answers() const noexcept
    {
        return ServiceAccess::state(*responses_);
    }
    Place& place_of(uint64_t number) noexcept
    {
        return places_[number % calls_limit];
    }
    void show_cancelled(uint64_t places) noexcept;

    CallStatus try_start(core::Loan& loan, std::size_t length, Call& call) noexcept;
    /// Tries until it is not refused for want of room, or the time is over.
    template <class Try>
    CallStatus until_there_is_room(WaitBudget& budget, Try attempt) noexcept;
    bool       has_place() noexcept;
    uint64_t   free_number() noexcept;
    CallStatus post(core::Loan& loan, std::size_t length, uint64_t number) noexcept;
    /// Of the living servers that are not `avoided`, the one with the fewest requests waiting; of several the one whose turn it is.
    core::Address choose(uint32_t avoided) noexcept;

    /// Takes what has come.
    void receive() noexcept;
    void accept(Subscriber::SampleView&& view) noexcept;
    /// Settles all calls at `server` that it has not answered, if it is gone. Returns: whether it is.
    bool settle_if_gone(core::Address server, bool asks) noexcept;
    bool is_gone(core::Address const& server, bool asks) noexcept;
    /// Until the server of a call is to be asked again.
    std::chrono::nanoseconds until_asked(Place const& place) noexcept;
    void                     reap() noexcept;
    void                     finish(Place& place, CallStatus status) noexcept;
    void                     free(Place& place) noexcept;
    Response                 take(Call& call, Place& place) noexcept;
    void                     end(Call& call, CallStatus status) noexcept;
    void                     end(Loan& loan) noexcept;
    /// So it was refused; nothing is out.
    static Call refused(CallStatus status) noexcept;

    Poster                    poster_;
    std::optional<Subscriber> responses_; ///< none: the Client has ended
    core::Address             me_;
    std::size_t               most_;
    uint32_t                  limit_;
    uint32_t                  stored_    = 0; ///< answers that have come, and were not taken
    uint32_t                  loans_     = 0;
    uint32_t                  uses_      = 1;
    uint32_t                  turn_      = 0; ///< the ring that is looked at first
    uint32_t                  polls_     = 0;
    uint64_t                  used_      = 0; ///< places, a bit each
    uint64_t                  cancelled_ = 0; ///< likewise: those that a server may still have
    uint64_t                  calls_     = 0;
    Place                     places_[calls_limit];
    Asked                     asked_[channel::subscriber_limit];
};

} // namespace detail
} // namespace kickmsg
