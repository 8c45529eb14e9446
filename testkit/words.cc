#include "words.h"

#include "Layout.h"

namespace kickmsg_testkit {

namespace {

using kickmsg::detail::Layout;

/// Looks for the word that an offset of the region lies in.
class Search {
public:
    Search(void const* region, std::size_t offset) : at_(static_cast<unsigned char const*>(region) + offset) {}

    template <class Word>
    void try_word(Word const& word, std::string const& name)
    {
        auto const* const begin = static_cast<unsigned char const*>(static_cast<void const*>(&word));
        if (at_ >= begin && at_ < begin + sizeof(word)) {
            found_ = name;
        }
    }
    /// What is no word of the protocol is a payload.
    std::string found() const
    {
        return found_.empty() ? "payload" : found_;
    }

private:
    unsigned char const* at_;
    std::string          found_;
};

std::string indexed(char const* name, uint32_t index)
{
    return std::string(name) + "[" + std::to_string(index) + "]";
}

void search_header(Search& search, kickmsg::detail::RegionHeader& header)
{
    search.try_word(header.head, "head");
    search.try_word(header.live_set, "live_set");
    search.try_word(header.sleepers, "sleepers");
    search.try_word(header.doorbell, "doorbell");
    search.try_word(header.incarnations, "incarnations");
    search.try_word(header.sweeps_owed, "sweeps_owed");
    search.try_word(header.sweeps_done, "sweeps_done");
    search.try_word(header.schema_owner, "schema_owner");
    search.try_word(header.schema, "schema");
    search.try_word(header.state, "state");
    search.try_word(header.provisional, "provisional");
    search.try_word(header.unlinks, "unlinks");
    search.try_word(header.corrupt, "corrupt");
    search.try_word(header.last_recovery, "last_recovery");
    search.try_word(header.remover, "remover");
    search.try_word(header.recovery_pause, "recovery_pause");
}

void search_slots(Search& search, Layout& layout)
{
    for (uint32_t slot = 0; slot < layout.pool_size(); ++slot) {
        auto&             words = layout.slot(slot);
        std::string const begin = indexed("slot", slot) + ".";
        search.try_word(words.references, begin + "references");
        search.try_word(words.link, begin + "link");
        search.try_word(words.owner, begin + "owner");
        search.try_word(words.length, begin + "length");
        search.try_word(words.sequence, begin + "sequence");
    }
}

void search_rings(Search& search, Layout& layout)
{
    for (uint32_t ring = 0; ring < layout.ring_count(); ++ring) {
        auto&             words = layout.ring(ring);
        std::string const begin = indexed("ring", ring) + ".";
        search.try_word(words.tail, begin + "tail");
        search.try_word(words.owner, begin + "owner");
        search.try_word(words.start, begin + "start");
        search.try_word(words.position, begin + "position");
        search.try_word(words.oldest, begin + "oldest");
        search.try_word(words.lost, begin + "lost");
        search.try_word(words.views_refused, begin + "views_refused");
        search.try_word(words.seat, begin + "seat");
        search.try_word(words.cancelled, begin + "cancelled");
        search.try_word(words.cut, begin + "cut");
        for (uint32_t place = 0; place < layout.capacity(); ++place) {
            search.try_word(layout.entry(ring, place), indexed("entry", ring) + indexed("", place));
        }
    }
}

void search_history(Search& search, Layout& layout)
{
    if (layout.history() == 0) {
        return;
    }
    search.try_word(layout.hidden().tail, "history.tail");
    search.try_word(layout.hidden().oldest, "history.oldest");
    for (uint32_t place = 0; place >> layout.hidden_capacity_log2() == 0; ++place) {
        search.try_word(layout.hidden_entry(place), indexed("history", place));
    }
}

void search_records(Search& search, Layout& layout)
{
    for (uint32_t record = 0; record < layout.record_count(); ++record) {
        auto&             words = layout.record(record);
        std::string const begin = indexed("record", record) + ".";
        search.try_word(words.owner, begin + "owner");
        search.try_word(words.claim, begin + "claim");
        search.try_word(words.publishing, begin + "publishing");
        search.try_word(words.ring, begin + "ring");
        search.try_word(words.kind, begin + "kind");
        search.try_word(words.pid, begin + "pid");
        search.try_word(words.sent, begin + "sent");
        search.try_word(words.before, begin + "before");
        search.try_word(words.counted, begin + "counted");
        for (uint32_t slot = 0; record < layout.subscriber_count() && slot < layout.pool_size(); ++slot) {
            search.try_word(layout.hold(record, slot), indexed("hold", record) + indexed("", slot));
        }
    }
}

} // namespace

std::string word_at(kickmsg::detail::Layout& layout, std::size_t offset)
{
    Search search(&layout.header(), offset);
    search_header(search, layout.header());
    search_slots(search, layout);
    search_rings(search, layout);
    search_history(search, layout);
    search_records(search, layout);
    return search.found();
}

} // namespace kickmsg_testkit
