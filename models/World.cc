#include "World.h"

#include <cstdio>

namespace kickmsg_models {

namespace {

World* running_world = nullptr;

/// The record that audits use: the last, whose owner is in the middle of nothing then, if it has one.
core::Self auditor(Layout& layout, uint64_t incarnation)
{
    return {layout.record_count() - 1, incarnation};
}

} // namespace

World& world() noexcept
{
    return *running_world;
}

// --- lives

void Lives::begin(uint64_t incarnation, unsigned thread)
{
    expect(incarnation < most, "the scenario uses more incarnations than Lives has room for");
    proofs_[incarnation].alive  = true;
    proofs_[incarnation].thread = thread;
}

void Lives::stop(Proof& proof)
{
    proof.alive = false;
    for (rl::thread_id_t thread = 0; thread < rl::ctx().get_thread_count(); ++thread) {
        proof.clock[thread] = rl::ctx().threadx_->acq_rel_order_[thread];
    }
}

void Lives::end(uint64_t incarnation)
{
    rl::ctx().sched();
    stop(proofs_[incarnation]);
}

void Lives::end_all_of(unsigned thread)
{
    for (Proof& proof : proofs_) {
        if (proof.alive && proof.thread == thread) {
            stop(proof);
            proof.died = true;
        }
    }
}

bool Lives::is_alive(uint64_t incarnation)
{
    rl::ctx().sched();
    if (incarnation >= most) {
        return false;
    }
    Proof const& proof = proofs_[incarnation];
    if (!proof.alive) {
        for (rl::thread_id_t thread = 0; thread < rl::ctx().get_thread_count(); ++thread) {
            auto& known = rl::ctx().threadx_->acq_rel_order_[thread];
            known       = known < proof.clock[thread] ? proof.clock[thread] : known;
        }
    }
    lab().note("incarnation %u is %s", static_cast<unsigned>(incarnation), proof.alive ? "alive" : "dead");
    return proof.alive;
}

bool LifeCheck::is_alive(uint64_t incarnation)
{
    bool answer = false;
    if (incarnation < Lives::most) {
        if (!asked_[incarnation]) {
            asked_[incarnation] = true;
            alive_[incarnation] = world_.lives.is_alive(incarnation);
        }
        answer = alive_[incarnation];
    }
    return lab().fault != nullptr ? lab().fault->is_alive(incarnation, answer) : answer;
}

// --- world

World::World(Shape const& shape) : layout(shape), payload_(2 * shape.pool)
{
    running_world  = this;
    lab().describe = [](void* word, uint64_t value, char* name, char* decoded, std::size_t size) {
        world().layout.describe(word, value, name, decoded, size);
    };
    lab().on_death = [](unsigned thread) {
        world().lives.end_all_of(thread);
        world().forget(thread);
        world().toll.died();
    };
    for (std::size_t i = 0; i < payload_.size(); ++i) {
        payload_[i](rl::debug_info("payload", "", 0)).store(0);
    }
}

World::~World()
{
    running_world = nullptr;
}

void World::lose_top_slot()
{
    using Tagged         = core::TaggedSlot<Policy>;
    uint64_t const  head = layout.head().newest();
    SlotIndex const next = Tagged::slot(layout.slot(Tagged::slot(head)).link.newest());
    layout.head().store(Tagged::make(Tagged::tag(head) + 1, next), std::memory_order_release);
    toll.slot_lost();
}

void World::write_payload(SlotIndex slot, uint32_t value)
{
    static rl::debug_info const here("write_payload", "", 0);
    lab().note("writes %u to the payload of slot %u", value, slot);
    payload_[2 * slot](here).store(value);
    if (length_of(value) == 8) {
        payload_[2 * slot + 1](here).store(~value);
    }
}

uint32_t World::read_payload(SlotIndex slot, uint32_t length)
{
    static rl::debug_info const here("read_payload", "", 0);
    uint32_t const              value = payload_[2 * slot](here).load();
    lab().note("reads %u, %u bytes, from the payload of slot %u", value, length, slot);
    expect(length == length_of(value), "the length is not that of the contents");
    if (length == 8) {
        expect(payload_[2 * slot + 1](here).load() == ~value, "the payload is torn");
    }
    return value;
}

void World::lent(SlotIndex slot, unsigned thread)
{
    for (auto const& lent : lent_) {
        expect(!lent[slot], "a slot is on loan twice");
    }
    expect(!is_viewed(slot), "a slot is on loan while a subscriber reads it");
    lent_[thread][slot] = true;
    expect((layout.slot(slot).references.newest() & References::kept) != 0, "a loan is not in the references");
}

void World::given_up(SlotIndex slot)
{
    for (auto& lent : lent_) {
        lent[slot] = false;
    }
}

void World::viewed(SlotIndex slot, unsigned thread)
{
    ++views_[thread][slot];
}

void World::dropped(SlotIndex slot, unsigned thread)
{
    --views_[thread][slot];
}

void World::forget(unsigned thread)
{
    for (SlotIndex slot = 0; slot < Layout::most_pool; ++slot) {
        lent_[thread][slot]  = false;
        views_[thread][slot] = 0;
    }
}

bool World::is_viewed(SlotIndex slot) const noexcept
{
    bool viewed = false;
    for (auto const& views : views_) {
        viewed = viewed || views[slot] != 0;
    }
    return viewed;
}

void World::audit()
{
    lab().faults_in_quiet = true;
    audit_recovery();
    lab().faults_in_quiet = false;
    audit_records();
    audit_pool();
    toll.check();
}

void World::audit_recovery()
{
    uint64_t const incarnation = Lives::most - 1;
    lives.begin(incarnation, rl::thread_index());
    core::Self const self = auditor(layout, incarnation);
    core::SlotNote   notes[Layout::most_pool];
    set_sweep_notes(notes);
    LifeCheck life(*this);
    lab().note("audit: recovery by a newcomer");
    Recovery recovery(layout, self, life);
    if (recovery.is_needed()) {
        recovery.run(notes);
    }
    LifeCheck again(*this);
    Recovery  second(layout, self, again);
    expect(!second.is_needed(), "one recovery did not settle what was owed");
    auto const found = second.run(notes);
    expect(found.participants + found.rings + found.references + found.slots + found.schema == 0,
           "a second recovery found something");
    core::Record<Policy>& record = layout.record(self.record);
    expect(record.claim.newest() == 0, "recovery left its own claim behind");
    lives.end(incarnation);
}

/// Whatever is not free belongs to a living participant.
void World::audit_records()
{
    expect(layout.live_set().newest() >> 32 == 0, "nobody is on its way, and a ring is said to arrive");
    for (uint32_t record = 0; record < layout.record_count(); ++record) {
        uint64_t const word = layout.record(record).owner.newest();
        expect(core::OwnerWord::state(word) == core::OwnerWord::Free ||
                   lives.holds_proof(core::OwnerWord::incarnation(word)),
               "a record of the dead is not free");
        expect(core::OwnerWord::state(word) == core::OwnerWord::Free ||
                   (layout.record(record).claim.newest() == 0 && layout.record(record).publishing.newest() == 0),
               "a participant that is in the middle of nothing keeps a claim");
    }
    for (uint32_t ring = 0; ring < layout.ring_count(); ++ring) {
        uint64_t const word = layout.ring(ring).owner.newest();
        expect(core::OwnerWord::state(word) == core::OwnerWord::Free ||
                   lives.holds_proof(core::OwnerWord::incarnation(word)),
               "a ring of the dead is not free");
        bool const live = core::OwnerWord::state(word) == core::OwnerWord::Live;
        bool const bit  = (layout.live_set().newest() >> ring & 1U) != 0;
        expect(live == bit, live ? "a living subscriber is deaf: its live bit is gone"
                                 : "a ring without a subscriber is in the live set");
        for (uint32_t i = 0; i < layout.capacity() && live; ++i) {
            expect(!Entry::is_sealed(layout.entry(ring, i).newest()),
                   "a living subscriber is deaf: its ring is sealed");
        }
    }
}

/// Returns: a bit for each slot that a loan, a view or an unread message of the living accounts for.
uint32_t World::accounted_slots()
{
    uint32_t accounted = 0;
    for (uint32_t slot = 0; slot < layout.pool_size(); ++slot) {
        uint64_t const word = layout.slot(slot).references.newest();
        bool const     lender =
            (word & References::kept) != 0 && lives.holds_proof(Origin::incarnation(layout.slot(slot).owner.newest()));
        accounted |= lender || is_viewed(slot) ? 1U << slot : 0;
        expect(!is_viewed(slot) || References::rings(word) != 0, "a view is held of a slot that has no reference");
    }
    for (uint32_t ring = 0; ring < layout.ring_count(); ++ring) {
        for (uint32_t i = 0; i < layout.capacity(); ++i) {
            uint64_t const word = layout.entry(ring, i).newest();
            if (Entry::is_full(word)) {
                SlotIndex const slot = Entry::slot(word);
                expect((References::rings(layout.slot(slot).references.newest()) >> ring & 1U) != 0,
                       "an unread message was robbed of its reference");
                accounted |= 1U << slot;
            }
        }
    }
    return accounted | accounted_in_history();
}

uint32_t World::accounted_in_history()
{
    uint32_t accounted = 0;
    for (uint64_t i = 0; layout.history() != 0 && i >> layout.hidden_capacity_log2() == 0; ++i) {
        uint64_t const word = layout.hidden_entry(i).newest();
        if (Entry::is_full(word)) {
            SlotIndex const slot = Entry::slot(word);
            expect((layout.slot(slot).references.newest() & References::ring(References::history)) != 0,
                   "a message of the history was robbed of its reference");
            accounted |= 1U << slot;
        }
    }
    return accounted;
}

void World::audit_pool()
{
    uint32_t const accounted = accounted_slots();
    uint32_t       seen      = 0;
    SlotIndex      slot      = core::TaggedSlot<Policy>::slot(layout.head().newest());
    while (slot != core::no_slot) {
        expect(slot < layout.pool_size(), "the free stack leads out of the pool");
        expect((seen >> slot & 1U) == 0, "a slot is twice on the free stack");
        expect((accounted >> slot & 1U) == 0, "a slot is on the free stack and in use");
        expect(References::holders(layout.slot(slot).references.newest()) == 0,
               "a slot on the free stack has references");
        seen |= 1U << slot;
        slot = core::TaggedSlot<Policy>::slot(layout.slot(slot).link.newest());
    }
    expect((seen | accounted) == core::low_bits(layout.pool_size()), "a slot is lost");
}

void World::expect_no_holders(char const* what)
{
    for (SlotIndex slot = 0; slot < layout.pool_size(); ++slot) {
        expect(References::holders(layout.slot(slot).references.newest()) == 0, what);
    }
}

} // namespace kickmsg_models
