/// op/…/api:c: the interface for C beside that of C++, whose rows have the same name without the last word. Each call of C looks up what its handle
/// leads to; what that costs is the difference of two rows.
#include "single_thread.h"

#if __has_include("kickmsg/kickmsg.h") // not of an older library (scripts/compare.py)
#include "kickmsg/kickmsg.h"

namespace kickmsg {
namespace bench {
namespace {

/// Both ends of a region of this process alone, by handles of C.
class OwnEnds {
public:
    explicit OwnEnds(std::size_t size) : name_("c")
    {
        channel::Config const geometry = Geometry{size}.config();
        kickmsg_config        config   = KICKMSG_CONFIG_INIT;
        config.max_subscribers         = geometry.max_subscribers;
        config.max_publishers          = geometry.max_publishers;
        config.sub_ring_capacity       = geometry.sub_ring_capacity;
        config.pool_size               = geometry.pool_size;
        config.max_payload_size        = geometry.max_payload_size;
        kickmsg_region* region         = nullptr;
        is_made_ =
            kickmsg_region_create(name_.str().c_str(), KICKMSG_PUB_SUB, &config, nullptr, &region) == KICKMSG_OK &&
            kickmsg_region_unlink(region) == KICKMSG_OK && kickmsg_publisher_create(region, &publisher) == KICKMSG_OK &&
            kickmsg_subscriber_create(region, &subscriber) == KICKMSG_OK;
        kickmsg_region_destroy(region);
    }
    OwnEnds(OwnEnds const&)            = delete;
    OwnEnds& operator=(OwnEnds const&) = delete;
    ~OwnEnds()
    {
        kickmsg_publisher_destroy(publisher);
        kickmsg_subscriber_destroy(subscriber);
    }
    explicit operator bool() const noexcept
    {
        return is_made_;
    }

    kickmsg_publisher*  publisher  = nullptr;
    kickmsg_subscriber* subscriber = nullptr;

private:
    RegionName name_;
    bool       is_made_ = false;
};

bool send(OwnEnds const& ends, std::vector<uint64_t> const& message, How how)
{
    std::size_t const size = message.size() * sizeof(uint64_t);
    if (how != How::LoanView) {
        return kickmsg_publisher_send(ends.publisher, message.data(), size) == KICKMSG_OK;
    }
    void* slot = nullptr;
    if (kickmsg_publisher_allocate(ends.publisher, size, &slot) != KICKMSG_OK) {
        return false;
    }
    write_payload(slot, size, 1);
    return kickmsg_publisher_publish(ends.publisher, nullptr) == KICKMSG_OK;
}

/// As exchange() of C++.
bool exchange(OwnEnds const& ends, std::vector<uint64_t> const& message, How how)
{
    std::size_t const size = message.size() * sizeof(uint64_t);
    if (!send(ends, message, how)) {
        return false;
    }
    if (how == How::SendCopy) {
        kickmsg_sample sample;
        return kickmsg_subscriber_try_receive(ends.subscriber, &sample, nullptr) == KICKMSG_OK &&
               sample.length == size && check_payload(sample.data, size, 1);
    }
    kickmsg_view view = KICKMSG_EMPTY;
    if (kickmsg_subscriber_try_receive_view(ends.subscriber, &view) != KICKMSG_OK) {
        return false;
    }
    bool const intact = kickmsg_view_size(&view) == size && check_payload(kickmsg_view_data(&view), size, 1);
    return kickmsg_view_drop(&view) == KICKMSG_OK && intact;
}

void loop_of_c(benchmark::State& state, std::size_t size, How how)
{
    OwnEnds const               ends(size);
    std::vector<uint64_t> const message = message_of(size);
    for (uint32_t lap = 0; ends && lap < Geometry{}.pool; ++lap) {
        exchange(ends, message, how);
    }
    for (auto _ : state) {
        if (!ends || !exchange(ends, message, how)) {
            state.SkipWithError("a message was missing or damaged");
            break;
        }
    }
}

} // namespace

void add_c_cells(Plan const& plan, std::vector<Cell>& cells)
{
    auto const add = [&](std::string const& name, How how) {
        cells.push_back(loop_cell(plan, "op/" + name + "/api:c", group_op,
                                  [how](auto& state) { loop_of_c(state, headline_size, how); }));
    };
    add("send_receive/size:64/receive:copy", How::SendCopy);
    add("send_receive/size:64/receive:view", How::SendView);
    add("loan_receive/size:64/receive:view", How::LoanView);
}

} // namespace bench
} // namespace kickmsg
#else
namespace kickmsg {
namespace bench {

void add_c_cells(Plan const&, std::vector<Cell>&) {}

} // namespace bench
} // namespace kickmsg
#endif
