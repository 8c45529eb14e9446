#include "Target.h"

namespace kickmsg_models {

namespace {

Target target_in_slots(Layout& layout, void* word)
{
    for (uint32_t i = 0; i < layout.pool_size(); ++i) {
        auto& slot = layout.slot(i);
        if (word == &slot.references) {
            return {Word::References, i};
        }
        if (word == &slot.link) {
            return {Word::Link, i};
        }
        if (word == &slot.owner) {
            return {Word::SlotOwner, i};
        }
        if (word == &slot.length) {
            return {Word::Length, i};
        }
        if (word == &slot.sequence) {
            return {Word::Sequence, i};
        }
    }
    return {};
}

Target target_in_rings(Layout& layout, void* word)
{
    for (uint32_t i = 0; i < layout.ring_count(); ++i) {
        auto& ring = layout.ring(i);
        if (word == &ring.owner) {
            return {Word::RingOwner, i};
        }
        if (word == &ring.tail) {
            return {Word::Tail, i};
        }
        for (uint32_t place = 0; place < layout.capacity(); ++place) {
            if (word == &layout.entry(i, place)) {
                return {Word::Entry, i * layout.capacity() + place};
            }
        }
    }
    return {};
}

Target target_in_records(Layout& layout, void* word)
{
    for (uint32_t i = 0; i < layout.record_count(); ++i) {
        auto& record = layout.record(i);
        if (word == &record.owner) {
            return {Word::RecordOwner, i};
        }
        if (word == &record.claim) {
            return {Word::Claim, i};
        }
        if (word == &record.publishing) {
            return {Word::Publishing, i};
        }
        if (word == &record.sent) {
            return {Word::Sent, i};
        }
        if (word == &record.before) {
            return {Word::Before, i};
        }
        for (uint32_t slot = 0; i < layout.subscriber_count() && slot < layout.pool_size(); ++slot) {
            if (word == &layout.hold(i, slot)) {
                return {Word::Hold, i * layout.pool_size() + slot};
            }
        }
    }
    return {};
}

Target target_in_history(Layout& layout, void* word)
{
    for (uint32_t i = 0; layout.history() != 0 && i >> layout.hidden_capacity_log2() == 0; ++i) {
        if (word == &layout.hidden_entry(i)) {
            return {Word::Hidden, i};
        }
    }
    for (uint32_t i = 0; layout.history() != 0 && i < layout.ring_count(); ++i) {
        if (word == &layout.cut(i)) {
            return {Word::Cut, i};
        }
    }
    return {};
}

} // namespace

Target target_of(Access const& access)
{
    Layout& layout = world().layout;
    if (access.word == &layout.sleepers()) {
        return {Word::Sleepers, 0};
    }
    if (access.word == &layout.live_set()) {
        return {Word::Live, 0};
    }
    Target target = target_in_slots(layout, access.word);
    if (target.word == Word::Other) {
        target = target_in_rings(layout, access.word);
    }
    if (target.word == Word::Other) {
        target = target_in_history(layout, access.word);
    }
    return target.word == Word::Other ? target_in_records(layout, access.word) : target;
}

bool is_store(Access const& access, char const* function, Word word)
{
    return access.site.is_in(function) && access.operation == Operation::Store && target_of(access).word == word;
}

bool reads_notes(Access const& access)
{
    return access.site.is_in("claim_of") || access.site.is_in("hold_of");
}

bool changes_claim(Access const& access)
{
    return access.site.is_in("set") || (access.site.is_in("clear") && access.bits == 64);
}

PutOff put_off(Access const& access)
{
    return {access.word, access.bits, access.operand};
}

void make_up_for(PutOff& store, Site const& site)
{
    if (!store) {
        return;
    }
    PutOff const late = store;
    store             = {};
    lab().note("fault: the store that was put off");
    if (late.bits == 64) {
        static_cast<Atomic<uint64_t>*>(late.word)->plain_store(late.value, std::memory_order_release, site);
    } else {
        static_cast<Atomic<uint32_t>*>(late.word)->plain_store(static_cast<uint32_t>(late.value),
                                                               std::memory_order_release, site);
    }
}

} // namespace kickmsg_models
