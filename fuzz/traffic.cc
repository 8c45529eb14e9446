#include "traffic.h"

#include <algorithm>

namespace kickmsg_fuzz {

using kickmsg::Error;
using kickmsg::Publisher;
using kickmsg::SharedRegion;
using kickmsg::Subscriber;

namespace {

kickmsg::channel::Config config(uint32_t settings)
{
    kickmsg::channel::Config cfg;
    cfg.max_subscribers   = 3;
    cfg.sub_ring_capacity = 2U << settings % 4;
    cfg.pool_size         = 2 + settings / 4 % 16;
    cfg.max_payload_size  = Traffic::payload_most;
    cfg.max_publishers    = 2;
    return cfg;
}

void touch(void const* data, std::size_t length)
{
    require(length <= Traffic::payload_most, "a length beyond max_payload_size");
    unsigned char volatile sum = 0;
    for (std::size_t i = 0; i < length; ++i) {
        sum = static_cast<unsigned char>(sum + static_cast<unsigned char const*>(data)[i]);
    }
}

} // namespace

Traffic::Traffic(std::string const& name, uint32_t settings)
    : region_(SharedRegion::create(name, kickmsg::channel::PubSub, config(settings)))
{
}

void Traffic::step(uint32_t operation, uint32_t which)
{
    try {
        operate(operation, which);
    } catch (Error const&) {
        // a set-up call may say that it cannot
    }
}

void Traffic::operate(uint32_t operation, uint32_t which)
{
    switch (operation) {
    case 4:
    case 5:
        return send(which);
    case 6:
        return receive(which);
    case 7:
        return receive_view(which);
    case 8:
        return which % 2 == 0 || views_.empty() ? publish(which) : views_.pop_back();
    case 9:
        return join_or_leave(which);
    default:
        return repair(operation, which);
    }
}

Publisher& Traffic::writer(uint32_t which)
{
    auto& place = writers_[which % writers_.size()];
    if (!place) {
        place = std::make_unique<Publisher>(region_);
    }
    return *place;
}

void Traffic::send(uint32_t which)
{
    std::string const bytes = message(which * 7, payload_most);
    require(writer(which).send(bytes.data(), bytes.size()) <= static_cast<int32_t>(bytes.size()), "bytes sent");
}

void Traffic::publish(uint32_t which)
{
    std::string const bytes = message(which * 5, payload_most);
    if (void* const lent = writer(which).allocate(bytes.size())) {
        std::copy(bytes.begin(), bytes.end(), static_cast<char*>(lent));
    }
    require(writer(which).publish() <= readers_.size(), "rings reached");
}

void Traffic::receive(uint32_t which)
{
    if (auto& reader = readers_[which % readers_.size()]) {
        if (auto const sample = reader->try_receive()) {
            touch(sample->data(), sample->len());
        }
    }
}

void Traffic::receive_view(uint32_t which)
{
    auto& reader = readers_[which % readers_.size()];
    if (reader && views_.size() < 6) {
        if (auto view = reader->try_receive_view()) {
            touch(view->data(), view->len());
            views_.push_back(std::move(*view));
        }
    }
}

void Traffic::join_or_leave(uint32_t which)
{
    auto& place = readers_[which % readers_.size()];
    if (place) {
        place.reset();
    } else {
        place = std::make_unique<Subscriber>(region_);
    }
}

void Traffic::repair(uint32_t operation, uint32_t which)
{
    switch (operation) {
    case 10:
        require(region_.stats().rings.size() == readers_.size(), "a ring for each subscriber");
        region_.diagnose();
        region_.info();
        region_.schema();
        return;
    case 11:
        region_.recover();
        return;
    case 12:
        region_.reclaim_orphaned_slots();
        return;
    case 13:
        which % 2 == 0 ? region_.reset_retired_rings() : region_.repair_locked_entries();
        return;
    case 14:
        which % 2 == 0 ? region_.reset_schema_claim() : region_.try_claim_schema({});
        return;
    default:
        writers_[which % writers_.size()].reset();
        SharedRegion::open(region_.name());
    }
}

Change Change::read(uint32_t how, Input& input)
{
    constexpr unsigned value_bytes[] = {1, 1, 3, 8};
    Change             change;
    change.how   = how;
    change.place = input.number(2);
    change.value = input.number(value_bytes[how % 4]);
    return change;
}

uint64_t Change::of(uint64_t former) const noexcept
{
    switch (how % 4) {
    case 0:
        return former ^ uint64_t { 1 } << value % 64;
    case 1:
        return former + value - 128;
    case 2:
        return (former & ~uint64_t{0xffffff}) | value;
    default:
        return value;
    }
}

std::atomic<uint64_t>& word_at(void* begin, std::size_t index) noexcept
{
    return static_cast<std::atomic<uint64_t>*>(begin)[index];
}

std::atomic<uint64_t>& shared_word(kickmsg_test::RawRegion& raw, uint64_t place) noexcept
{
    auto&             layout  = raw.layout();
    auto* const       begin   = reinterpret_cast<uint64_t*>(&layout.head());
    auto* const       records = reinterpret_cast<uint64_t*>(&layout.record(0));
    auto* const       end     = reinterpret_cast<uint64_t*>(layout.payload(layout.pool_size() - 1));
    auto const        shared  = static_cast<std::size_t>(reinterpret_cast<uint64_t*>(&raw.header() + 1) - begin);
    std::size_t const chosen  = place % (shared + static_cast<std::size_t>(end - records));
    return chosen < shared ? word_at(begin, chosen) : word_at(records, chosen - shared);
}

} // namespace kickmsg_fuzz
