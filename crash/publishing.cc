/// The operations of publishers. What becomes of a slot that a publisher keeps: it is written again once nobody needs it any more, the
/// publisher lets go of it where it keeps its share already and all of that is needed, and it gives it back when it leaves.
#include "Handles.h"

#include "support.h"

#include <cstring>

namespace kickmsg_crash {

namespace {

/// Every ring takes so many messages of somebody else that what was unread before is pushed out: of what the victim keeps only views
/// are not idle then.
void turn_over_the_rings(Handles& handles)
{
    Publisher other(*handles.region);
    for (uint32_t i = 0; i < handles.region->info().sub_ring_capacity; ++i) {
        require(handles.send_by(other), "the rings cannot be filled");
    }
}

/// All that it keeps at most has a message that somebody may still read.
void keep_its_share(Handles& handles)
{
    for (uint32_t i = 0; i < handles.share; ++i) {
        require(handles.send(), "the victim cannot send");
    }
}

void keep_its_share_idle(Handles& handles)
{
    keep_its_share(handles);
    turn_over_the_rings(handles);
    require(handles.region->stats().pool_kept >= handles.share, "what the victim keeps is not idle");
}

/// What it has kept longest is held by a view.
void keep_the_second_idle(Handles& handles)
{
    handles.subscriber.emplace(*handles.region);
    require(handles.share == 2 && handles.send(), "the victim cannot send");
    hold_a_view(handles);
    require(handles.send(), "the victim cannot send");
    turn_over_the_rings(handles);
    require(handles.region->stats().pool_kept >= 1, "what the victim keeps is not idle");
}

void keep_one_idle(Handles& handles)
{
    require(handles.share == 2 && handles.send(), "the victim cannot send");
    turn_over_the_rings(handles);
    require(handles.send(), "the victim cannot send");
}

/// No slot is free or idle, and the oldest message of the fullest ring lies in a slot that the living keep.
void empty_the_pool(Handles& handles)
{
    while (handles.region->stats().pool_free != 0) {
        require(handles.send(), "the victim cannot send");
    }
    require(handles.region->stats().pool_kept == 0, "somebody keeps an idle slot");
}

void nothing(Handles& /*handles*/) {}

/// The victim opens the region, joins as a publisher and prepares.
template <void (*prepare)(Handles&)>
auto opening(std::shared_ptr<Handles> const& handles, Arena& arena)
{
    return [handles, name = arena.name()](Report&) {
        handles->open(name);
        handles->publisher.emplace(*handles->region);
        prepare(*handles);
    };
}

template <void (*prepare)(Handles&)>
Body sending_after(Arena& arena)
{
    auto handles = make_handles(arena);
    return {opening<prepare>(handles, arena), [handles](Report& report) { report.result = handles->send() ? 1 : 0; },
            [handles](Report& report) {
                require(report.result == 1, "send failed");
                require(handles->send(), "the next send failed");
                *handles = Handles{};
            }};
}

Body sending(Arena& arena)
{
    return sending_after<nothing>(arena);
}

template <void (*prepare)(Handles&)>
Body leaving_after(Arena& arena)
{
    auto handles = make_handles(arena);
    return {opening<prepare>(handles, arena), [handles](Report&) { handles->publisher.reset(); },
            [handles](Report&) { *handles = Handles{}; }};
}

Body allocating(Arena& arena, bool publishes)
{
    auto handles = make_handles(arena);
    return {opening<nothing>(handles, arena),
            [handles, publishes](Report& report) {
                Message const message(handles->id, ++handles->sent);
                void* const   memory = handles->publisher->allocate(message.length());
                require(memory != nullptr, "allocate failed");
                std::memcpy(memory, message.data(), message.length());
                if (publishes) {
                    report.result = static_cast<int64_t>(handles->publisher->publish());
                } else {
                    handles->publisher.reset();
                }
            },
            [handles](Report&) { *handles = Handles{}; }};
}

Body allocating_to_publish(Arena& arena)
{
    return allocating(arena, true);
}

Body allocating_to_abandon(Arena& arena)
{
    return allocating(arena, false);
}

void read_at_each_change(Arena& arena, unsigned /*change*/)
{
    arena.receive_all();
}

KICKMSG_CHILD(keeps_slots)
{
    Handles handles;
    handles.id    = static_cast<uint32_t>(std::stoul(texts[1]));
    handles.share = static_cast<uint32_t>(std::stoul(texts[2]));
    handles.open(texts[0]);
    handles.publisher.emplace(*handles.region);
    keep_one_idle(handles);
    self.pause();
    return 0;
}

} // namespace

void die_with_kept(Arena& arena, Killer const& /*killer*/)
{
    kickmsg_test::Child child(
        keeps_slots, {arena.name(), std::to_string(arena.next_victim()), std::to_string(arena.setting().share())});
    child.wait_ready();
    child.kill();
}

std::vector<Operation> publications()
{
    return {{"send_to_nobody", {0, 0}, sending},
            {"send_to_one", {1, 0}, sending},
            {"send_to_three", {3, 0}, sending},
            {"send_evicting", {1, 4}, sending},
            {"send_under_pressure", {1, 4, starved}, sending},
            {"send_past_what_others_keep", {1, 1, 16, 16}, sending_after<empty_the_pool>},
            {"send_reusing_kept", {1, 0}, sending_after<keep_its_share_idle>},
            {"send_reusing_second", {1, 0, roomy}, sending_after<keep_the_second_idle>},
            {"send_letting_go", {1, 0}, sending_after<keep_its_share>},
            {"send_letting_go_of_idle", {1, 0}, sending_after<keep_its_share>, read_at_each_change},
            {"leave_with_kept", {1, 0, roomy}, leaving_after<keep_one_idle>},
            {"allocate_publish", {1, 0}, allocating_to_publish},
            {"allocate_abandon", {1, 0}, allocating_to_abandon}};
}

} // namespace kickmsg_crash
