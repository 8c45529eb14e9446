/// Fast DDS: data sharing, written in place into a loan and read in place; its shared memory transport for the rest.
#include "peers.h"

#include <fastdds/dds/core/LoanableSequence.hpp>
#include <fastdds/dds/domain/DomainParticipant.hpp>
#include <fastdds/dds/domain/DomainParticipantFactory.hpp>
#include <fastdds/dds/publisher/DataWriter.hpp>
#include <fastdds/dds/publisher/Publisher.hpp>
#include <fastdds/dds/subscriber/DataReader.hpp>
#include <fastdds/dds/subscriber/SampleInfo.hpp>
#include <fastdds/dds/subscriber/Subscriber.hpp>
#include <fastdds/dds/topic/TopicDataType.hpp>
#include <fastdds/dds/topic/TypeSupport.hpp>
#include <fastdds/rtps/transport/shared_mem/SharedMemTransportDescriptor.h>

#include <cstring>

namespace kickmsg {
namespace bench {
namespace {

namespace dds = eprosima::fastdds::dds;

constexpr int32_t  depth         = 8;
constexpr uint32_t encapsulation = 4; ///< bytes in front of every serialized sample

/// An array of octets of one size.
class Octets : public dds::TopicDataType {
public:
    explicit Octets(std::size_t size) : size_(static_cast<uint32_t>(size))
    {
        setName("Octets");
        m_typeSize = size_ + encapsulation;
    }
    bool serialize(void* data, eprosima::fastrtps::rtps::SerializedPayload_t* payload) override
    {
        unsigned char const header[encapsulation] = {0, DEFAULT_ENCAPSULATION, 0, 0};
        std::memcpy(payload->data, header, encapsulation);
        std::memcpy(payload->data + encapsulation, data, size_);
        payload->encapsulation = DEFAULT_ENCAPSULATION;
        payload->length        = m_typeSize;
        return true;
    }
    bool deserialize(eprosima::fastrtps::rtps::SerializedPayload_t* payload, void* data) override
    {
        if (payload->length != m_typeSize) {
            return false;
        }
        std::memcpy(data, payload->data + encapsulation, size_);
        return true;
    }
    std::function<uint32_t()> getSerializedSizeProvider(void*) override
    {
        return [this] { return m_typeSize; };
    }
    void* createData() override
    {
        return new unsigned char[size_];
    }
    void deleteData(void* data) override
    {
        delete[] static_cast<unsigned char*>(data);
    }
    bool getKey(void*, eprosima::fastrtps::rtps::InstanceHandle_t*, bool) override
    {
        return false;
    }
    bool is_bounded() const override
    {
        return true;
    }
    bool is_plain() const override
    {
        return true;
    }
    bool construct_sample(void*) const override
    {
        return true; // octets need no construction
    }

private:
    uint32_t size_;
};

struct Octet {
    unsigned char first;
};

template <class Handle>
Handle* must(Handle* made, char const* what)
{
    if (made == nullptr) {
        throw std::runtime_error(std::string("Fast DDS gives ") + what);
    }
    return made;
}

template <class Qos>
Qos quality(Qos qos)
{
    qos.reliability().kind                         = dds::RELIABLE_RELIABILITY_QOS;
    qos.durability().kind                          = dds::VOLATILE_DURABILITY_QOS;
    qos.history().kind                             = dds::KEEP_LAST_HISTORY_QOS;
    qos.history().depth                            = depth;
    qos.resource_limits().max_samples              = depth;
    qos.resource_limits().max_instances            = 1;
    qos.resource_limits().max_samples_per_instance = depth;
    qos.resource_limits().allocated_samples        = depth;
    qos.endpoint().history_memory_policy           = eprosima::fastrtps::rtps::PREALLOCATED_MEMORY_MODE;
    qos.data_sharing().automatic();
    return qos;
}

class FastDds {
public:
    static char const* name()
    {
        return "fastdds";
    }
    static Promises promises()
    {
        return {"none", "none while the writer's history of 8 lasts (reliable, keep last)", "yes, after the lease ends",
                false, "many publishers and subscribers, on other machines as well"};
    }
    ~FastDds()
    {
        if (participant_ != nullptr) {
            participant_->delete_contained_entities();
            dds::DomainParticipantFactory::get_instance()->delete_participant(participant_);
        }
    }

    void open(PeerCase const& what, End end, Line const& other)
    {
        what_                          = what;
        bool const                ping = end == End::Ping;
        dds::DomainParticipantQos qos;
        qos.transport().use_builtin_transports = false;
        qos.transport().user_transports.push_back(
            std::make_shared<eprosima::fastdds::rtps::SharedMemTransportDescriptor>());
        auto const domain = 100 + static_cast<uint32_t>(std::hash<std::string>()(what.tag) % 100);
        participant_ =
            must(dds::DomainParticipantFactory::get_instance()->create_participant(domain, qos), "no participant");
        dds::TypeSupport type(new Octets(what.size));
        type.register_type(participant_);
        auto const topic = [&](char const* ending) {
            return must(participant_->create_topic(what.tag.substr(1) + ending, "Octets", dds::TOPIC_QOS_DEFAULT),
                        "no topic");
        };
        auto* const publisher  = must(participant_->create_publisher(dds::PUBLISHER_QOS_DEFAULT), "no publisher");
        auto* const subscriber = must(participant_->create_subscriber(dds::SUBSCRIBER_QOS_DEFAULT), "no subscriber");
        out_ = must(publisher->create_datawriter(topic(ping ? "ping" : "pong"), quality(dds::DataWriterQos())),
                    "no writer");
        in_  = must(subscriber->create_datareader(topic(ping ? "pong" : "ping"), quality(dds::DataReaderQos())),
                    "no reader");
        wait_for_match();
        static_cast<void>(other);
    }

    bool send(uint64_t sequence)
    {
        void* sample = nullptr;
        // the oldest of the history is lent again as soon as the reader has acknowledged it
        bool const lent = spin_until(true, [&] { return out_->loan_sample(sample) == ReturnCode_t::RETCODE_OK; });
        if (!lent) {
            return false;
        }
        write_payload(sample, what_.touched(), sequence);
        return out_->write(sample);
    }

    Got receive(uint64_t sequence)
    {
        if (!in_->wait_for_unread_message({static_cast<int32_t>(answer_limit), 0})) {
            return Got::Timeout;
        }
        dds::LoanableSequence<Octet> samples;
        dds::SampleInfoSeq           infos;
        if (in_->take(samples, infos, 1) != ReturnCode_t::RETCODE_OK) {
            return Got::Timeout;
        }
        Got const got = infos[0].valid_data ? judge_payload(&samples[0], what_.touched(), sequence) : Got::Wrong;
        in_->return_loan(samples, infos);
        return got;
    }

private:
    void wait_for_match() const
    {
        bool const matched = spin_until(true, [this] {
            dds::PublicationMatchedStatus  out;
            dds::SubscriptionMatchedStatus in;
            out_->get_publication_matched_status(out);
            in_->get_subscription_matched_status(in);
            return out.current_count == 1 && in.current_count == 1;
        });
        if (!matched) {
            throw std::runtime_error("writer and reader did not find each other");
        }
    }

    PeerCase                what_;
    dds::DomainParticipant* participant_ = nullptr;
    dds::DataWriter*        out_         = nullptr;
    dds::DataReader*        in_          = nullptr;
};

} // namespace

Peer peer_fastdds()
{
    Peer peer     = peer_of<FastDds>(KICKMSG_FASTDDS_VERSION, {{true, true, middleware}});
    peer.settings = [](PeerCase const&) {
        return std::string(
            "reliable, volatile, keep last 8, data sharing, loans, preallocated, shared memory transport alone, "
            "wait_for_unread_message, domain of its own");
    };
    end_by_exit(peer);
    return peer;
}

} // namespace bench
} // namespace kickmsg
