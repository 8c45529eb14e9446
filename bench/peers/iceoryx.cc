/// iceoryx 2: a publisher and a subscriber in each end, polled; written in place into the loaned chunk.
#include "peers.h"
#include "roudi.h"

#include "iceoryx_hoofs/log/logmanager.hpp"
#include "iceoryx_posh/popo/untyped_publisher.hpp"
#include "iceoryx_posh/popo/untyped_subscriber.hpp"
#include "iceoryx_posh/runtime/posh_runtime.hpp"
#include "iceoryx_versions.hpp"

#include <cstdlib>
#include <optional>

namespace kickmsg {
namespace bench {
namespace {

constexpr uint64_t queue_capacity = 8;

class Iceoryx {
public:
    static char const* name()
    {
        return "iceoryx";
    }
    static Promises promises()
    {
        return {"none", "the oldest is lost when a queue is full", "yes: the daemon cleans up after the dead", true,
                "many publishers and subscribers"};
    }

    void open(PeerCase const& what, End end, Line const& other)
    {
        what_                  = what;
        bool const        ping = end == End::Ping;
        std::string const own  = what.tag.substr(1) + (ping ? "_ping" : "_pong");
        iox::log::LogManager::GetLogManager().SetDefaultLogLevel(iox::log::LogLevel::kWarn,
                                                                 iox::log::LogLevelOutput::kHideLogLevel);
        iox::runtime::PoshRuntime::initRuntime(iox::RuntimeName_t(iox::cxx::TruncateToCapacity, own.c_str()));
        iox::popo::PublisherOptions  out;
        iox::popo::SubscriberOptions in;
        in.queueCapacity = queue_capacity;
        out_.emplace(iox::capro::ServiceDescription{"kickmsg", "bench", ping ? "ping" : "pong"}, out);
        in_.emplace(iox::capro::ServiceDescription{"kickmsg", "bench", ping ? "pong" : "ping"}, in);
        // the daemon connects the two every 100 ms
        if (!wait_for([this] { return in_->getSubscriptionState() == iox::SubscribeState::SUBSCRIBED; }) ||
            !wait_for([this] { return out_->hasSubscribers(); })) {
            throw std::runtime_error("publisher and subscriber did not find each other");
        }
        static_cast<void>(other);
    }

    bool send(uint64_t sequence)
    {
        auto const chunk = out_->loan(static_cast<uint32_t>(what_.size));
        if (chunk.has_error()) {
            return false;
        }
        write_payload(chunk.value(), what_.touched(), sequence);
        out_->publish(chunk.value());
        return true;
    }

    Got receive(uint64_t sequence)
    {
        void const* payload = spin_until(what_.oversubscribed, [this]() -> void const* {
            auto const taken = in_->take();
            return taken.has_error() ? nullptr : taken.value();
        });
        if (payload == nullptr) {
            return Got::Timeout;
        }
        auto const* const header = iox::mepoo::ChunkHeader::fromUserPayload(payload);
        Got const         got =
            header->userPayloadSize() == what_.size ? judge_payload(payload, what_.touched(), sequence) : Got::Wrong;
        in_->release(payload);
        return got;
    }

private:
    template <class Holds>
    static bool wait_for(Holds holds)
    {
        return spin_until(true, holds);
    }

    PeerCase                                    what_;
    std::optional<iox::popo::UntypedPublisher>  out_;
    std::optional<iox::popo::UntypedSubscriber> in_;
};

} // namespace

Peer peer_iceoryx()
{
    Peer peer = peer_of<Iceoryx>(ICEORYX_LATEST_RELEASE_VERSION, {{true, false, spin_zero_copy}});
    if (find_roudi().empty()) {
        peer.absent = "iox-roudi (Debian: iceoryx) is not in PATH";
    }
    peer.hold     = [](PeerCase const& what) { return std::make_shared<RouDi>(what.size); };
    peer.settings = [](PeerCase const&) {
        return "queue of " + std::to_string(queue_capacity) + ", DISCARD_OLDEST_DATA, no history, " +
               std::to_string(RouDi::chunks) +
               " chunks in the pool, iox-roudi started for the round without monitoring";
    };
    end_by_exit(peer);
    return peer;
}

} // namespace bench
} // namespace kickmsg
