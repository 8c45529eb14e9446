/// The serving end of a service.
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
class ServerState;
struct RequestAccess;
} // namespace detail

/// Receives the requests of a service, one after the other, and answers each to the client that asked, and to nobody else.
///
/// Threads:  one thread each, its requests included; up to max_servers of one name, in any processes: each request goes to one of them. interrupt() from any.
///           Move-only.
/// Progress: as Subscriber and Publisher: it waits for no client, alive or dead.
/// Crash:    dying anywhere loses nothing that recover() does not bring back. Its clients see it within 20 ms: CallStatus::Unserved
///           where it had not taken their request, ServerGone where it may have. A client that dies costs it nothing: what it answers then is
///           dropped.
/// Errors:   those of requests are values; a Server that was moved from, and one that a child inherited (fork, clone), is unusable:
///           `if (!server)`.
///
/// It is made by Node::serve(), and stays in the regions that it joined: where their names lead elsewhere, stale() says so.
class KICKMSG_API Server {
public:
    /// A request, read in place, and the right to answer it once. It may be kept, and answered in any order; as many as
    /// clients have out. It holds its slot, and its server's records, until it is answered and destroyed.
    ///
    /// Threads: that of its server.
    /// Errors:  one that was answered, moved from or inherited is unusable: `if (!request)`.
    class KICKMSG_API Request {
    public:
        /// Takes over what `other` is, and leaves it unusable.
        /// @{
        Request(Request&& other) noexcept;
        Request& operator=(Request&& other) noexcept;
        /// @}
        Request(Request const&)            = delete;
        Request& operator=(Request const&) = delete;
        /// Where it was not answered, its client gets CallStatus::Refused.
        ~Request();

        /// Returns: whether it is to be answered.
        explicit operator bool() const noexcept;
        /// Returns: what was asked; null in a forked child. It stays readable after the answer.
        void const* data() const noexcept;
        /// Returns: its length, in bytes.
        std::size_t len() const noexcept;

        /// Returns: whether its client lives and still waits for this answer.
        /// Cost:    one system call.
        bool wanted() const noexcept;

        /// Answers with a copy of the `length` bytes at `data`.
        /// Returns: the bytes sent; -EPIPE when its client has left, or has died and was recovered, -ECANCELED when it waits no more: the answer
        ///          is dropped, and the request done with. Of one that has died and was not recovered yet nobody reads the answer: wanted() asks. -EAGAIN when no slot could be had: it is still to be answered. -EMSGSIZE above
        ///          max_response_size, -EINVAL when it was answered before, -EBADF for an unusable one or when its server has ended.
        [[nodiscard]] int32_t answer(void const* data, std::size_t length) noexcept;
        /// Lends a slot for an answer of `length` bytes, to be written in place; each request may have one. A second call takes its place.
        /// Returns: the bytes, at a multiple of payload_alignment; null when it is too long, no slot could be had, or there is nothing to answer.
        [[nodiscard]] void* allocate(std::size_t length) noexcept;
        /// Answers with what allocate() lent, all of it or the first `length` bytes.
        /// Returns: as answer(); -EINVAL also when nothing is allocated.
        /// @{
        [[nodiscard]] int32_t publish() noexcept;
        [[nodiscard]] int32_t publish(std::size_t length) noexcept;
        /// @}

    private:
        friend class detail::ServerState;
        friend struct detail::RequestAccess;
        KICKMSG_HIDDEN      Request(detail::ServerState& state, Subscriber::SampleView&& view) noexcept;
        KICKMSG_HIDDEN void take(Request& other) noexcept;
        KICKMSG_HIDDEN bool is_open() const noexcept;

        detail::ServerState*                  state_ = nullptr; ///< null: done with
        std::optional<Subscriber::SampleView> view_;
        uint64_t                              asker_           = 0; ///< the owner word of its client's ring
        uint64_t                              number_          = 0; ///< of the call
        uint64_t                              loan_generation_ = 0;
        std::size_t                           allocated_       = 0; ///< bytes, of the slot that is lent
        uint32_t                              ring_            = 0; ///< its client's
        uint32_t                              length_          = 0; ///< of the request
        uint32_t                              loan_slot_       = 0;
        bool                                  is_lent_         = false;
    };

    /// Takes over what `other` is and holds, and leaves it unusable.
    /// @{
    Server(Server&& other) noexcept;
    Server& operator=(Server&& other) noexcept;
    /// @}
    Server(Server const&)            = delete;
    Server& operator=(Server const&) = delete;
    /// Leaves the service. Clients whose requests it has not taken get CallStatus::Unserved. Requests that are out cannot be answered any more.
    ~Server();

    /// Returns: whether this handle can serve: false when it was moved from, or inherited through fork().
    explicit operator bool() const noexcept;

    /// Takes the next request. Those whose client has died or waits no more are passed over.
    /// Returns: the request; nullopt when there is none.
    std::optional<Request> try_receive() noexcept;
    /// The same, sleeping up to `timeout`, as Subscriber::receive_view().
    /// Returns: as try_receive(); nullopt when the time was over, with errno ETIMEDOUT, or when it was interrupted, with errno EINTR.
    std::optional<Request> receive(std::chrono::nanoseconds timeout) noexcept;
    /// The same for a `timeout` of any unit: saturated().
    /// Returns: as receive().
    template <class Rep, class Period>
    std::optional<Request> receive(std::chrono::duration<Rep, Period> timeout) noexcept
    {
        return receive(saturated(timeout));
    }

    /// Ends the present receive(), or the next one: as Subscriber::interrupt().
    /// Threads: any, and handlers of signals; not while the server is moved or destroyed.
    void interrupt() noexcept;
    /// Puts it into `set` under `key`: ready when a request waits. As WaitSet::add().
    /// Errors: as WaitSet::add().
    void add_to(WaitSet& set, uint64_t key);
    /// Takes it out of `set`.
    void remove_from(WaitSet& set) noexcept;

    /// Returns: how many messages were passed over because they were no requests: a publisher of another kind sent them.
    uint64_t malformed() const noexcept;
    /// Returns: whether the name of the service no longer leads here: new clients do not find this server.
    /// Cost:    two system calls.
    bool stale() const noexcept;

private:
    friend class Node;
    KICKMSG_HIDDEN Server(SharedRegion const& requests, SharedRegion const& responses);
    KICKMSG_HIDDEN detail::ServerState* usable() const noexcept;

    struct Leave {
        KICKMSG_HIDDEN void operator()(detail::ServerState* state) const noexcept;
    };
    std::unique_ptr<detail::ServerState, Leave> state_;
};

} // namespace kickmsg
