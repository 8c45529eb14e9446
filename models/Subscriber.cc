#include "Subscriber.h"

namespace kickmsg_models {

core::Taken Subscriber::take()
{
    core::Taken const taken = receiver_->take();
    if (dropped_again_ != core::no_slot) {
        core::release_references<Policy, Layout>(world().layout, dropped_again_, References::ring(seat_.ring));
        dropped_again_ = core::no_slot;
    }
    if (taken) {
        world().viewed(taken.slot, thread());
        expect(is_referenced(taken.slot), "a message was taken without a reference to its slot");
        ++received_;
    }
    return taken;
}

void Subscriber::expect_hearing()
{
    auto&          layout = world().layout;
    uint64_t const owner  = layout.ring(seat_.ring).owner.newest();
    expect(owner == core::OwnerWord::make(core::OwnerWord::Live, self().record, self().incarnation),
           "a living subscriber was robbed of its ring");
    expect((layout.live_set().newest() >> seat_.ring & 1U) != 0, "a living subscriber is deaf: its live bit is gone");
    for (uint32_t i = 0; i < layout.capacity(); ++i) {
        expect(!Entry::is_sealed(layout.entry(seat_.ring, i).newest()),
               "a living subscriber is deaf: its ring is sealed");
    }
}

uint32_t Subscriber::read(SlotIndex slot)
{
    uint32_t const value     = world().read_payload(slot, length(slot));
    uint32_t const publisher = value >> 8;
    uint32_t const number    = number_of(value);
    expect(publisher < publishers_limit && number > last_[publisher],
           "a publisher's messages are out of order or repeated");
    last_[publisher] = number;
    check_sample(slot, value);
    return value;
}

void Subscriber::check_sample(SlotIndex slot, uint32_t value)
{
    if (!checks_samples_) {
        return;
    }
    World::Sample const expected = world().sample(value);
    core::Origin const  origin   = receiver_->origin(slot);
    expect(origin.publisher == expected.publisher, "a message names another publisher");
    expect(origin.sequence == expected.sequence, "a message has another number");
    expect(SentCount(world().layout.record(expected.record)).total() >= expected.counted,
           "a message can be had before it counts");
}

uint64_t Subscriber::end_of_ring()
{
    auto&          layout = world().layout;
    uint64_t const lap    = seat_.start >> layout.capacity_log2();
    uint64_t       end    = seat_.start;
    for (uint32_t i = 0; i < layout.capacity(); ++i) {
        int64_t const  laps  = Entry::laps_after(layout.entry(seat_.ring, i).newest(), lap);
        uint64_t const after = ((lap + static_cast<uint64_t>(laps)) << layout.capacity_log2()) + i + 1;
        end                  = laps >= 0 && after > end ? after : end;
    }
    return end;
}

void Subscriber::finish()
{
    expect_hearing();
    while (receive() != 0) {
    }
    expect(positions() == end_of_ring() - seat_.start, "received + lost are not the positions of the ring");
}

} // namespace kickmsg_models
