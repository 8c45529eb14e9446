// The first state of the words, and their names and decoded values for the history.
#include "Layout.h"

#include <cstdio>

namespace kickmsg_models {

namespace {

void describe_owner(uint64_t value, char* decoded, std::size_t size)
{
    static constexpr char const* states[] = {"Free",     "Active", "Joining", "Live",   "Draining",
                                             "Claiming", "Set",    "Ready",   "Retired"};
    auto const                   state    = static_cast<unsigned>(core::OwnerWord::state(value));
    std::snprintf(decoded, size, "%s record %u incarnation %u", state < 9 ? states[state] : "?",
                  core::OwnerWord::record(value), static_cast<unsigned>(core::OwnerWord::incarnation(value)));
}

void describe_tagged(uint64_t value, char* decoded, std::size_t size)
{
    SlotIndex const slot  = core::TaggedSlot<Policy>::slot(value);
    int const       shown = slot == core::no_slot ? -1 : static_cast<int>(slot);
    std::snprintf(decoded, size, "tag %u slot %d", static_cast<unsigned>(core::TaggedSlot<Policy>::tag(value)), shown);
}

void describe_entry(uint64_t value, char* decoded, std::size_t size)
{
    std::snprintf(decoded, size, "lap %u%s%s slot %u", static_cast<unsigned>(value >> Entry::lap_shift),
                  Entry::is_full(value) ? " full" : "", Entry::is_sealed(value) ? " sealed" : "", Entry::slot(value));
}

void describe_claim(uint64_t value, char* decoded, std::size_t size)
{
    static constexpr char const* kinds[] = {"none", "POP", "EVICT", "DROP", "PUBLISH", "ADOPT", "?", "?"};
    std::snprintf(decoded, size, "%s ring %u slot %u", kinds[core::ClaimWord::kind(value) & 7U],
                  core::ClaimWord::ring(value), core::ClaimWord::slot(value));
}

/// Where a name and a decoded value are written to.
struct Text {
    char*       name;
    char*       decoded;
    std::size_t size;
};

void describe_slot_word(core::SlotHeader<Policy>& slot, std::size_t index, void* word, uint64_t value, Text const& text)
{
    char const* member = "length";
    if (word == &slot.references) {
        member = "references";
        std::snprintf(text.decoded, text.size, "gen %u%s rings %x",
                      static_cast<unsigned>(References::generation(value)),
                      (value & References::kept) != 0 ? " kept" : "", References::rings(value));
    } else if (word == &slot.link) {
        member = "link";
        describe_tagged(value, text.decoded, text.size);
    } else if (word == &slot.owner) {
        member = "owner";
        std::snprintf(text.decoded, text.size, "incarnation %u numbers %u",
                      static_cast<unsigned>(Origin::incarnation(value)), static_cast<unsigned>(value >> 40));
    } else if (word == &slot.sequence) {
        member = "sequence";
    }
    std::snprintf(text.name, text.size, "slot[%zu].%s", index, member);
}

void describe_ring_word(core::RingHeader<Policy>& ring, std::size_t index, void* word, uint64_t value, Text const& text)
{
    struct Member {
        void*       word;
        char const* name;
    };
    Member const members[] = {{&ring.tail, "tail"},
                              {&ring.owner, "owner"},
                              {&ring.start, "start"},
                              {&ring.position, "position"},
                              {&ring.oldest, "oldest"},
                              {&ring.lost, "lost"},
                              {&ring.views_refused, "views_refused"},
                              {&ring.seat, "seat"}};
    for (Member const& member : members) {
        if (word == member.word) {
            std::snprintf(text.name, text.size, "ring[%zu].%s", index, member.name);
        }
    }
    if (word == &ring.owner) {
        describe_owner(value, text.decoded, text.size);
    }
}

void describe_record_word(core::Record<Policy>& record, std::size_t index, void* word, uint64_t value, Text const& text)
{
    char const* member = "kind/pid";
    if (word == &record.owner) {
        member = "owner";
        describe_owner(value, text.decoded, text.size);
    } else if (word == &record.claim) {
        member = "claim";
        describe_claim(value, text.decoded, text.size);
    } else if (word == &record.publishing) {
        member = "publishing";
        describe_claim(value, text.decoded, text.size);
    } else if (word == &record.ring) {
        member = "ring";
    } else if (word == &record.sent) {
        member = "sent";
    } else if (word == &record.before) {
        member = "before";
    } else if (word == &record.counted) {
        member = "counted";
    }
    std::snprintf(text.name, text.size, "record[%zu].%s", index, member);
}

void describe_header_word(std::size_t index, uint64_t value, Text const& text)
{
    static constexpr char const* words[] = {"head",        "live_set",    "incarnations",
                                            "sweeps_owed", "sweeps_done", "schema_owner"};
    std::snprintf(text.name, text.size, "%s", words[index]);
    if (index == 0) {
        describe_tagged(value, text.decoded, text.size);
    } else if (index == 1) {
        std::snprintf(text.decoded, text.size, "arriving %x live %x", static_cast<unsigned>(value >> 32),
                      static_cast<unsigned>(value));
    } else if (index == 5) {
        describe_owner(value, text.decoded, text.size);
    }
}

void describe_cut(std::size_t index, uint64_t value, Text const& text)
{
    std::snprintf(text.name, text.size, "cut[%zu]", index);
    std::snprintf(text.decoded, text.size, "%s %u", CutWord::is_decided(value) ? "decided" : "undecided, starts at",
                  static_cast<unsigned>(CutWord::position(value)));
}

void describe_hold(std::size_t place, uint32_t pool, uint64_t value, Text const& text)
{
    constexpr uint32_t moving = core::HoldMap<Policy, Layout>::moving;
    std::snprintf(text.name, text.size, "hold[%zu][%zu]", place / pool, place % pool);
    std::snprintf(text.decoded, text.size, "%s%u", (value & moving) != 0 ? "moving " : "",
                  static_cast<unsigned>(value & (moving - 1)));
}

} // namespace

Layout::Layout(Shape const& shape)
    : shape_(shape), words_(6), half_words_(2), slots_(shape.pool), rings_(shape.rings),
      entries_(shape.rings * shape.capacity), records_(shape.records), holds_(shape.subscribers * shape.pool),
      hidden_(shape.history == 0 ? 0 : 1), hidden_entries_(shape.history == 0 ? 0 : shape.hidden),
      cuts_(shape.history == 0 ? 0 : shape.rings)
{
    if (shape.history !=
        0) { // as a fresh region has it: the first position is of the lap that follows its empty entries
        hidden().tail.store(shape.hidden, std::memory_order_relaxed);
        hidden().oldest.store(shape.hidden, std::memory_order_relaxed);
    }
    for (std::size_t i = 0; i < entries_.size(); ++i) {
        entries_[i].store(Entry::sealed, std::memory_order_relaxed);
    }
    for (uint32_t slot = 0; slot < shape.pool; ++slot) {
        uint32_t const next = slot + 1 < shape.pool ? slot + 1 : core::no_slot;
        slots_[slot].link.store(core::TaggedSlot<Policy>::make(0, next), std::memory_order_relaxed);
    }
}

void Layout::describe(void* word, uint64_t value, char* name, char* decoded, std::size_t size) const
{
    Text const  text{name, decoded, size};
    auto&       self  = const_cast<Layout&>(*this);
    std::size_t index = 0;
    std::snprintf(decoded, size, "%u", static_cast<unsigned>(value));
    if ((index = words_.index_of(word)) < words_.size()) {
        describe_header_word(index, value, text);
    } else if ((index = half_words_.index_of(word)) < half_words_.size()) {
        std::snprintf(name, size, "%s", index == 0 ? "sleepers" : "doorbell");
    } else if ((index = slots_.index_of(word)) < slots_.size()) {
        describe_slot_word(self.slots_[index], index, word, value, text);
    } else if ((index = rings_.index_of(word)) < rings_.size()) {
        describe_ring_word(self.rings_[index], index, word, value, text);
    } else if ((index = entries_.index_of(word)) < entries_.size()) {
        std::snprintf(name, size, "entry[%zu][%zu]", index / shape_.capacity, index % shape_.capacity);
        describe_entry(value, decoded, size);
    } else if ((index = records_.index_of(word)) < records_.size()) {
        describe_record_word(self.records_[index], index, word, value, text);
    } else if ((index = holds_.index_of(word)) < holds_.size()) {
        describe_hold(index, shape_.pool, value, text);
    } else {
        describe_history(word, value, name, decoded, size);
    }
}

void Layout::describe_history(void* word, uint64_t value, char* name, char* decoded, std::size_t size) const
{
    Text const  text{name, decoded, size};
    auto&       self  = const_cast<Layout&>(*this);
    std::size_t index = 0;
    if ((index = hidden_entries_.index_of(word)) < hidden_entries_.size()) {
        std::snprintf(name, size, "hidden[%zu]", index);
        describe_entry(value, decoded, size);
    } else if ((index = cuts_.index_of(word)) < cuts_.size()) {
        describe_cut(index, value, text);
    } else if (hidden_.size() != 0 && hidden_.index_of(word) == 0) {
        describe_ring_word(self.hidden(), core::References<Policy>::history, word, value, text);
    }
}

} // namespace kickmsg_models
