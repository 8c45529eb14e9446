/// The asking end of a service.
#pragma once

#include "kickmsg/Duration.h"
#include "kickmsg/Export.h"
#include "kickmsg/Service.h"
#include "kickmsg/Subscriber.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

namespace kickmsg {

class WaitSet;

namespace detail {
class ClientState;
struct ClientAccess;
} // namespace detail

/// Asks the servers of a service. Each request goes to one living server, the one with the fewest waiting; its answer comes to this client, and
/// to nobody else. Several calls may be out at once, and are answered in any order.
///
/// Threads:  one thread each, with its calls and loans; up to max_clients of one name, in any processes. A Response may be dropped from any thread, interrupt()
///           called from any. Move-only.
/// Progress: as Publisher and Subscriber. While it waits for an answer it asks, at most every 20 ms, for the proof of life of the server that has the
///           request: a system call. So a server that dies or leaves is reported within 20 ms, whatever the time-out; one that is stopped or slow
///           costs the time that was given.
/// Crash:    dying anywhere leaves nothing that recover() does not bring back; its servers drop what they answer then.
/// Errors:   values, as CallStatus says; what is not Answered was served once at most. A Client that was moved from, and one that a child
///           inherited (fork, clone), is unusable: `if (!client)`.
///
/// It is made by Node::client(), and stays in the regions that it joined: where their names lead elsewhere, stale() says so.
class KICKMSG_API Client {
public:
    /// What came of a call: an answer, read in place, or a status. It keeps its slot until it is dropped, and counts as one of
    /// max_calls until then; it may outlive its client. In a forked child there is no answer to read.
    class KICKMSG_API Response {
    public:
        /// One without an answer: Unusable.
        Response() noexcept = default;

        /// Returns: whether here is an answer.
        explicit operator bool() const noexcept
        {
            return status_ == CallStatus::Answered;
        }
        /// Returns: what became of the call.
        CallStatus status() const noexcept
        {
            return status_;
        }
        /// Returns: the answer; null where there is none, and in a forked child.
        void const* data() const noexcept
        {
            return view_ ? view_->data() : nullptr;
        }
        /// Returns: its length, in bytes.
        std::size_t len() const noexcept
        {
            return length_;
        }

    private:
        friend class detail::ClientState;
        CallStatus                            status_ = CallStatus::Unusable;
        std::size_t                           length_ = 0;
        std::optional<Subscriber::SampleView> view_;
    };

    /// A call that is out. Dropped, it is cancelled. It may outlive its client, which cancels it.
    class KICKMSG_API Call {
    public:
        /// None.
        Call() noexcept = default;
        /// Takes over what `other` is, and leaves it unusable.
        /// @{
        Call(Call&& other) noexcept;
        Call& operator=(Call&& other) noexcept;
        /// @}
        Call(Call const&)            = delete;
        Call& operator=(Call const&) = delete;
        /// As cancel().
        ~Call();

        /// Returns: whether it is out: false where the request went nowhere (status()), its answer was taken, or it was cancelled.
        explicit operator bool() const noexcept;
        /// Returns: Waiting while it is out, else why it is not: NoServer, NoRoom, TooLong, Unusable; or how it ended. It looks at nothing.
        CallStatus status() const noexcept
        {
            return status_;
        }

        /// Takes the answer. A look in vain asks for its server's life now and then: at most every 20 ms.
        /// Returns: the answer, or how the call ended; Waiting while it is still out.
        [[nodiscard]] Response poll() noexcept;
        /// The same, sleeping up to `timeout` for it: zero or less is poll(), nanoseconds::max() waits for as long as its server lives.
        /// Returns: as poll(); TimedOut when the time was over, or Interrupted: it is still out then.
        [[nodiscard]] Response wait(std::chrono::nanoseconds timeout) noexcept;
        /// The same for a `timeout` of any unit: saturated().
        /// Returns: as wait().
        template <class Rep, class Period>
        [[nodiscard]] Response wait(std::chrono::duration<Rep, Period> timeout) noexcept
        {
            return wait(saturated(timeout));
        }
        /// Ends it. A request that no server has taken is taken back, and never served. Of one that was taken the server learns
        /// (Server::Request::wanted()), and a late answer is dropped; until then it counts as one of max_calls.
        /// Returns: whether the request was taken back.
        bool cancel() noexcept;

    private:
        friend class detail::ClientState;
        KICKMSG_HIDDEN void take(Call& other) noexcept;

        detail::ClientState* state_  = nullptr; ///< null: not out
        uint64_t             number_ = 0;
        CallStatus           status_ = CallStatus::Unusable;
    };

    /// A slot for a request, to be written in place. Dropped, it goes back. It may outlive its client, and cannot be sent then.
    class KICKMSG_API Loan {
    public:
        /// None.
        Loan() noexcept = default;
        /// Takes over what `other` is, and leaves it without a slot.
        /// @{
        Loan(Loan&& other) noexcept;
        Loan& operator=(Loan&& other) noexcept;
        /// @}
        Loan(Loan const&)            = delete;
        Loan& operator=(Loan const&) = delete;
        /// Gives the slot back where it was not sent.
        ~Loan();

        /// Returns: whether there is a slot to write to; false in a forked child.
        explicit operator bool() const noexcept;
        /// Returns: the slot's bytes, at a multiple of payload_alignment; they are those of an older request until they are written. Null without a slot.
        void* data() const noexcept;
        /// Returns: as many as were asked for.
        std::size_t size() const noexcept
        {
            return length_;
        }
        /// Sends the request, as Client::start() with the `timeout`, and ends the loan where that succeeds; otherwise it may be tried again.
        /// Returns: the call.
        [[nodiscard]] Call start(std::chrono::nanoseconds timeout = std::chrono::nanoseconds(0)) noexcept;

    private:
        friend class detail::ClientState;
        KICKMSG_HIDDEN void take(Loan& other) noexcept;
        KICKMSG_HIDDEN void give_back() noexcept;

        detail::ClientState* state_      = nullptr;
        void*                data_       = nullptr;
        std::size_t          length_     = 0;
        uint64_t             generation_ = 0;
        uint32_t             slot_       = 0;
    };

    /// Takes over what `other` is and holds, and leaves it unusable.
    /// @{
    Client(Client&& other) noexcept;
    Client& operator=(Client&& other) noexcept;
    /// @}
    Client(Client const&)            = delete;
    Client& operator=(Client const&) = delete;
    /// Cancels the calls that are out, and leaves the service. Responses stay valid.
    ~Client();

    /// Returns: whether this handle can ask: false when it was moved from, or inherited through fork().
    explicit operator bool() const noexcept;

    /// Asks with a copy of the `length` bytes at `data`, and sleeps up to `timeout` for the answer: zero or less looks once, nanoseconds::max() waits for as
    /// long as a server lives that has it. Where a server dies or leaves before it took the request, another one is asked in the time that is
    /// left; Unserved is not answered while there is one. When the time is over the call is cancelled.
    /// Returns: the answer, or what became of the call. NoServer at once when there is none.
    [[nodiscard]] Response call(void const* data, std::size_t length, std::chrono::nanoseconds timeout) noexcept;
    /// The same for `length` bytes at `data` and a `timeout` of any unit: saturated().
    /// Returns: as call().
    template <class Rep, class Period>
    [[nodiscard]] Response call(void const* data, std::size_t length,
                                std::chrono::duration<Rep, Period> timeout) noexcept
    {
        return call(data, length, saturated(timeout));
    }

    /// Sends a request with a copy of the `length` bytes at `data`, and does not wait for its answer. Where there is no room for it, it waits for that, up to
    /// `timeout`, as Publisher::send_until() does.
    /// Returns: the call; one that is not out says why: Call::status().
    [[nodiscard]] Call start(void const* data, std::size_t length,
                             std::chrono::nanoseconds timeout = std::chrono::nanoseconds(0)) noexcept;
    /// Lends a slot for a request of `length` bytes. Several may be out at once.
    /// Returns: the loan; one without a slot when it is too long, no slot could be had, or the client is unusable.
    [[nodiscard]] Loan loan(std::size_t length) noexcept;

    /// Returns: whether a living server takes requests. Cost: a system call for each server.
    bool has_server() noexcept;
    /// Waits until has_server(), at most `timeout`; nanoseconds::max() waits for ever, zero or less looks once.
    /// Progress: it looks again and again, and sleeps in between: 50 us, then as long as it has waited already, 10 ms at most.
    /// Returns: whether there is one.
    bool wait_for_server(std::chrono::nanoseconds timeout) noexcept;
    /// The same for a `timeout` of any unit: saturated().
    /// Returns: as above.
    template <class Rep, class Period>
    bool wait_for_server(std::chrono::duration<Rep, Period> timeout) noexcept
    {
        return wait_for_server(saturated(timeout));
    }

    /// Returns: the calls that count towards max_calls: those that are out, those cancelled whose server has not let go of them yet, and answers that
    ///          are held.
    std::size_t outstanding() const noexcept;

    /// Ends the present wait for an answer, or the next one: as Subscriber::interrupt().
    /// Threads: any, and handlers of signals; not while the client is moved or destroyed.
    void interrupt() noexcept;
    /// Puts it into `set` under `key`: ready when an answer waits; then poll the calls. That a server has died makes it not ready: poll now
    /// and then. As WaitSet::add().
    /// Errors: as WaitSet::add().
    void add_to(WaitSet& set, uint64_t key);
    /// Takes it out of `set`.
    void remove_from(WaitSet& set) noexcept;

    /// Returns: whether the name of the service no longer leads here: new servers do not hear this client.
    /// Cost:    two system calls.
    bool stale() const noexcept;

private:
    friend class Node;
    friend struct detail::ClientAccess;
    KICKMSG_HIDDEN Client(SharedRegion const& requests, SharedRegion const& responses);
    KICKMSG_HIDDEN detail::ClientState* usable() const noexcept;

    struct Leave {
        KICKMSG_HIDDEN void operator()(detail::ClientState* state) const noexcept;
    };
    std::unique_ptr<detail::ClientState, Leave> state_;
};

} // namespace kickmsg
