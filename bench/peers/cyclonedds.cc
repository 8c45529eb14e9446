/// Cyclone DDS, its C interface: over UDP on the loopback interface, and over the shared memory of iceoryx.
///
/// The type is an array of octets of the row's size, described here by hand as its IDL compiler would.
#include "peers.h"
#ifdef KICKMSG_PEER_ROUDI
#include "roudi.h"
#endif

#include <dds/dds.h>
#include <dds/ddsc/dds_loan_api.h>
#include <dds/version.h>

#include <vector>

namespace kickmsg {
namespace bench {
namespace {

constexpr int32_t depth = 8;

dds_entity_t must(dds_entity_t result, char const* what)
{
    if (result < 0) {
        throw std::runtime_error(std::string(what) + ": " + dds_strretcode(-result));
    }
    return result;
}

/// Beside everybody else's domains, and the same for both ends.
dds_domainid_t domain_of(PeerCase const& what)
{
    return 100 + static_cast<dds_domainid_t>(std::hash<std::string>()(what.tag) % 100);
}

std::string configuration(bool shared)
{
    return std::string("<CycloneDDS><Domain><General><Interfaces><NetworkInterface name=\"lo\"/></Interfaces>"
                       "<AllowMulticast>false</AllowMulticast><MaxMessageSize>65500B</MaxMessageSize></General>"
                       "<Discovery><ParticipantIndex>auto</ParticipantIndex><MaxAutoParticipantIndex>9</"
                       "MaxAutoParticipantIndex>"
                       "<Peers><Peer address=\"127.0.0.1\"/></Peers></Discovery><SharedMemory><Enable>") +
           (shared ? "true" : "false") + "</Enable></SharedMemory></Domain></CycloneDDS>";
}

template <bool shared>
class Cyclone {
public:
    static char const* name()
    {
        return shared ? "cyclonedds-shm" : "cyclonedds";
    }
    static Promises promises()
    {
        return {shared ? "none" : "two, through the kernel, and more within the library",
                "none while the writer's history of 8 lasts (reliable, keep last)", "yes, after the lease ends", shared,
                "many publishers and subscribers, on other machines as well"};
    }
    ~Cyclone()
    {
        dds_delete(domain_);
    }

    void open(PeerCase const& what, End end, Line const& other)
    {
        what_ = what;
        buffer_.assign(what.size, 0);
        bool const ping = end == End::Ping;
        domain_         = must(dds_create_domain(domain_of(what), configuration(shared).c_str()), "no domain");
        dds_entity_t const participant =
            must(dds_create_participant(domain_of(what), nullptr, nullptr), "no participant");
        dds_qos_t* const qos = dds_create_qos();
        dds_qset_reliability(qos, DDS_RELIABILITY_RELIABLE, DDS_SECS(static_cast<int64_t>(answer_limit)));
        dds_qset_history(qos, DDS_HISTORY_KEEP_LAST, depth);
        dds_qset_durability(qos, DDS_DURABILITY_VOLATILE);
        out_ =
            must(dds_create_writer(participant, topic(participant, ping ? "ping" : "pong"), qos, nullptr), "no writer");
        in_ =
            must(dds_create_reader(participant, topic(participant, ping ? "pong" : "ping"), qos, nullptr), "no reader");
        dds_delete_qos(qos);
        waitset_ = must(dds_create_waitset(participant), "no wait set");
        must(dds_set_status_mask(in_, DDS_DATA_AVAILABLE_STATUS), "no status");
        must(dds_waitset_attach(waitset_, in_, 0), "cannot wait");
        wait_for_match();
        if (shared && !dds_is_loan_available(out_)) {
            throw std::runtime_error("this build of Cyclone DDS lends no shared memory");
        }
        static_cast<void>(other);
    }

    bool send(uint64_t sequence)
    {
        void* sample = buffer_.data();
        if (shared && dds_loan_sample(out_, &sample) != DDS_RETCODE_OK) {
            return false;
        }
        write_payload(sample, what_.touched(), sequence);
        return dds_write(out_, sample) == DDS_RETCODE_OK;
    }

    Got receive(uint64_t sequence)
    {
        for (;;) {
            void*             sample = nullptr;
            dds_sample_info_t info;
            int32_t const     taken = dds_take(in_, &sample, &info, 1, 1);
            if (taken < 0) {
                return Got::Timeout;
            }
            if (taken == 1) {
                Got const got = info.valid_data ? judge_payload(sample, what_.touched(), sequence) : Got::Wrong;
                dds_return_loan(in_, &sample, 1);
                return got;
            }
            if (dds_waitset_wait(waitset_, nullptr, 0, DDS_SECS(static_cast<int64_t>(answer_limit))) <= 0) {
                return Got::Timeout;
            }
        }
    }

private:
    dds_entity_t topic(dds_entity_t participant, char const* ending) const
    {
        static uint32_t const        operations[] = {DDS_OP_ADR | DDS_OP_TYPE_ARR | DDS_OP_SUBTYPE_1BY, 0,
                                                     static_cast<uint32_t>(what_.size), DDS_OP_RTS};
        dds_topic_descriptor_t const type         = {static_cast<uint32_t>(what_.size),
                                                     1,
                                                     DDS_TOPIC_FIXED_SIZE,
                                                     0,
                                                     "Octets",
                                                     nullptr,
                                                     2,
                                                     operations,
                                                     "",
                                                     {nullptr, 0},
                                                     {nullptr, 0},
                                                     0};
        return must(dds_create_topic(participant, &type, (what_.tag.substr(1) + ending).c_str(), nullptr, nullptr),
                    "no topic");
    }

    void wait_for_match() const
    {
        bool const matched = spin_until(true, [this] {
            dds_publication_matched_status_t  out = {};
            dds_subscription_matched_status_t in  = {};
            dds_get_publication_matched_status(out_, &out);
            dds_get_subscription_matched_status(in_, &in);
            return out.current_count == 1 && in.current_count == 1;
        });
        if (!matched) {
            throw std::runtime_error("writer and reader did not find each other");
        }
    }

    PeerCase                   what_;
    dds_entity_t               domain_  = 0;
    dds_entity_t               out_     = 0;
    dds_entity_t               in_      = 0;
    dds_entity_t               waitset_ = 0;
    std::vector<unsigned char> buffer_;
};

std::string const quality = "reliable, volatile, keep last 8, wait set, domain of its own, type of fixed size; ";

} // namespace

Peer peer_cyclonedds()
{
    Peer peer     = peer_of<Cyclone<false>>(DDS_VERSION, {{false, true, middleware}});
    peer.settings = [](PeerCase const&) {
        return quality + "unicast on the loopback interface, datagrams up to 65500 bytes";
    };
    return peer;
}

#ifdef KICKMSG_PEER_ROUDI
Peer peer_cyclonedds_shm()
{
    Peer peer     = peer_of<Cyclone<true>>(DDS_VERSION, {{true, true, middleware}});
    peer.hold     = [](PeerCase const& what) { return std::make_shared<RouDi>(what.size); };
    peer.settings = [](PeerCase const&) {
        return quality + "written in place into a loan, iox-roudi started for the round";
    };
    if (find_roudi().empty()) {
        peer.absent = "iox-roudi (Debian: iceoryx) is not in PATH";
    }
    end_by_exit(peer);
    return peer;
}
#endif

} // namespace bench
} // namespace kickmsg
