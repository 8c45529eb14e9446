#include "kickmsg/Discovery.h"

#include "c/Handles.h"
#include "c/Structs.h"

using namespace kickmsg;

static_assert(KICKMSG_REGION_READY == static_cast<int>(RegionStatus::Ready) &&
                  KICKMSG_REGION_RETIRED == static_cast<int>(RegionStatus::Retired) &&
                  KICKMSG_REGION_HALF_CREATED == static_cast<int>(RegionStatus::HalfCreated) &&
                  KICKMSG_REGION_UNLINKED == static_cast<int>(RegionStatus::Unlinked) &&
                  KICKMSG_REGION_UNREADABLE == static_cast<int>(RegionStatus::Unreadable),
              "the numbers of C are those of C++");

namespace {

using List = std::vector<ListedRegion>;

void describe_users(ListedRegion const& from, kickmsg_listed_region& to)
{
    to.live_rings        = from.live_rings;
    to.publishers_alive  = from.publishers.alive;
    to.publishers_dead   = from.publishers.dead;
    to.subscribers_alive = from.subscribers.alive;
    to.subscribers_dead  = from.subscribers.dead;
    to.handles_alive     = from.handles.alive;
    to.handles_dead      = from.handles.dead;
    to.participants      = static_cast<uint32_t>(from.participants.size());
}

void describe_geometry(ListedRegion const& from, kickmsg_listed_region& to)
{
    to.type              = from.type;
    to.max_payload_size  = from.config.max_payload_size;
    to.max_subscribers   = from.config.max_subscribers;
    to.sub_ring_capacity = from.config.sub_ring_capacity;
    to.pool_size         = from.config.pool_size;
    to.max_publishers    = from.config.max_publishers;
    to.payload_alignment = from.config.payload_alignment;
    to.mode              = from.config.mode;
    to.max_views         = from.config.max_views;
    to.send_time         = from.config.send_time ? 1 : 0;
    to.provisional       = from.provisional ? 1 : 0;
}

kickmsg_listed_region listed(ListedRegion const& from)
{
    kickmsg_listed_region to{};
    to.name           = from.name.c_str();
    to.kind           = from.kind.c_str();
    to.prefix         = from.prefix.c_str();
    to.user_name      = from.user_name.c_str();
    to.owner          = from.owner.c_str();
    to.creator        = from.creator.c_str();
    to.error_text     = from.error ? from.error->what() : "";
    to.error          = from.error ? c::status_of(from.error->code()) : KICKMSG_OK;
    to.status         = static_cast<uint32_t>(from.status);
    to.size           = from.size;
    to.creator_pid    = from.creator_pid;
    to.created_ns     = from.created_ns;
    to.sent           = from.sent;
    to.layout_version = from.layout_version;
    describe_geometry(from, to);
    describe_users(from, to);
    return to;
}

template <class Texts>
char const* at(Texts const& texts, size_t index)
{
    return index < texts.size() ? texts[index].c_str() : nullptr;
}

} // namespace

kickmsg_status kickmsg_list_regions(char const* prefix, kickmsg_list** list)
{
    return c::make_for(list, [&] { return kickmsg::list(prefix != nullptr ? prefix : ""); });
}

kickmsg_status kickmsg_list_size(kickmsg_list const* list, size_t* count)
{
    return c::with(list, [&](List& found) { return c::give(count, found.size(), "count"); });
}

kickmsg_status kickmsg_list_region(kickmsg_list const* list, size_t index, kickmsg_listed_region* region)
{
    return c::with(list, [&](List& found) {
        return index < found.size() ? c::fill(region, listed(found[index]), "region") : c::refuse_index("index");
    });
}

kickmsg_status kickmsg_list_participant(kickmsg_list const* list, size_t index, size_t which,
                                        kickmsg_participant* participant)
{
    return c::with(list, [&](List& found) {
        bool const is_there = index < found.size() && which < found[index].participants.size();
        return is_there ? c::fill(participant, c::participant_of(found[index].participants[which]), "participant")
                        : c::refuse_index("index");
    });
}

kickmsg_status kickmsg_list_destroy(kickmsg_list* list)
{
    return c::end(list);
}

kickmsg_status kickmsg_names_size(kickmsg_names const* names, size_t* count)
{
    return c::with(names, [&](c::Names& found) { return c::give(count, found.size(), "count"); });
}

char const* kickmsg_names_at(kickmsg_names const* names, size_t index)
{
    auto const* const found = c::find(names);
    return found != nullptr ? at(*found, index) : nullptr;
}

kickmsg_status kickmsg_names_destroy(kickmsg_names* names)
{
    return c::end(names);
}

kickmsg_status kickmsg_prune(char const* prefix, kickmsg_prune_report** report)
{
    auto const run = [&] { return kickmsg::prune(c::text(prefix, "prefix")); };
    return report != nullptr ? c::make_for(report, run) : c::guard([&] { run(); });
}

kickmsg_status kickmsg_prune_report_counts(kickmsg_prune_report const* report, size_t* removed, size_t* kept,
                                           size_t* leftovers)
{
    return c::with(report, [&](PruneReport& done) {
        size_t ignored                                 = 0;
        *(removed != nullptr ? removed : &ignored)     = done.removed.size();
        *(kept != nullptr ? kept : &ignored)           = done.kept.size();
        *(leftovers != nullptr ? leftovers : &ignored) = done.leftovers;
    });
}

char const* kickmsg_prune_report_removed(kickmsg_prune_report const* report, size_t index)
{
    auto const* const done = c::find(report);
    return done != nullptr ? at(done->removed, index) : nullptr;
}

char const* kickmsg_prune_report_kept(kickmsg_prune_report const* report, size_t index, kickmsg_status* why,
                                      char const** text)
{
    auto const* const done = c::find(report);
    if (done == nullptr || index >= done->kept.size()) {
        return nullptr;
    }
    KeptRegion const& kept = done->kept[index];
    if (why != nullptr) {
        *why = c::status_of(kept.error.code());
    }
    if (text != nullptr) {
        *text = kept.error.what();
    }
    return kept.name.c_str();
}

kickmsg_status kickmsg_prune_report_destroy(kickmsg_prune_report* report)
{
    return c::end(report);
}
