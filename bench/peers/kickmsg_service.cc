/// Ours in requests and responses: a Client that polls its call, a Server that polls for the request; both written in place.
#include "peers.h"

#include "kickmsg/Client.h"
#include "kickmsg/Node.h"
#include "kickmsg/Server.h"

#include <optional>

namespace kickmsg {
namespace bench {
namespace {

constexpr char const* service_name = "calls";

ServiceConfig sizes(PeerCase const& what)
{
    ServiceConfig config;
    config.max_clients       = 1;
    config.max_servers       = 1;
    config.max_request_size  = what.size;
    config.max_response_size = what.size;
    return config;
}

/// Both ends in one adapter, as run_end() has them: the measuring one asks, the other one answers.
class Calling {
public:
    static char const* name()
    {
        return own_name;
    }
    static Promises promises()
    {
        return {};
    }

    void open(PeerCase const& what, End end, Line const& other)
    {
        what_ = what;
        Node node(end == End::Ping ? "asking" : "serving", what.tag.substr(1));
        if (end == End::Pong) {
            server_.emplace(node.serve(service_name, sizes(what)));
            other.tell('s'); // served
            other.hear('j'); // joined
            return;
        }
        other.hear('s');
        client_.emplace(node.client(service_name, sizes(what)));
        node.unlink_service(service_name); // whatever happens from here on, no name stays behind
        other.tell('j');
    }

    bool send(uint64_t sequence)
    {
        return client_ ? ask(sequence) : answer(sequence);
    }

    Got receive(uint64_t sequence)
    {
        return client_ ? take_response(sequence) : take_request(sequence);
    }

private:
    bool ask(uint64_t sequence)
    {
        auto loan = client_->loan(what_.size);
        if (!loan) {
            return false;
        }
        write_payload(loan.data(), what_.size, sequence);
        call_ = loan.start();
        return static_cast<bool>(call_);
    }

    Got take_response(uint64_t sequence)
    {
        auto const taken = spin_until(what_.oversubscribed, [this]() -> std::optional<Client::Response> {
            Client::Response response = call_.poll();
            if (response.status() == CallStatus::Waiting) {
                return std::nullopt;
            }
            return response;
        });
        if (!taken || !*taken) {
            return Got::Timeout;
        }
        return taken->len() == what_.size ? judge_payload(taken->data(), what_.size, sequence) : Got::Wrong;
    }

    Got take_request(uint64_t sequence)
    {
        request_ = spin_until(what_.oversubscribed, [this] { return server_->try_receive(); });
        if (!request_) {
            return Got::Timeout;
        }
        return request_->len() == what_.size ? judge_payload(request_->data(), what_.size, sequence) : Got::Wrong;
    }

    bool answer(uint64_t sequence)
    {
        void* const slot = request_->allocate(what_.size);
        if (slot == nullptr) {
            return false;
        }
        write_payload(slot, what_.size, sequence);
        bool const answered = request_->publish() == static_cast<int32_t>(what_.size);
        request_.reset();
        return answered;
    }

    PeerCase                       what_;
    std::optional<Client>          client_;
    std::optional<Server>          server_;
    std::optional<Server::Request> request_;
    Client::Call                   call_;
};

} // namespace

Round kickmsg_service(Placement const& placement, Budget const& budget)
{
    PeerCase what;
    what.oversubscribed    = budget.oversubscribed;
    static Peer const peer = [] {
        Peer made = peer_of<Calling>("", {});
        made.hold = hold_names({"_service_calls_requests", "_service_calls_responses"});
        return made;
    }();
    return measure_peer(peer, what, placement, budget);
}

} // namespace bench
} // namespace kickmsg
