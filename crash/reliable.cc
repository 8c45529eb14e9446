/// The operations of publishers that overwrite nothing. In each ring there is one place left, which the living take at the right moment.
#include "Handles.h"

#include "support.h"

#include <chrono>

namespace kickmsg_crash {

namespace {

constexpr uint32_t places = 4; ///< of a ring

/// The victim opens the region, joins as a publisher, and does `act`.
Body publishing(Arena& arena, void (*act)(Handles&, Report&), bool leaves = false)
{
    auto handles = make_handles(arena);
    return {[handles, name = arena.name()](Report&) {
                handles->open(name);
                handles->publisher.emplace(*handles->region);
            },
            [handles, act](Report& report) { act(*handles, report); },
            [handles, leaves](Report&) {
                require(leaves || handles->send(), "the next send failed");
                *handles = Handles{};
            }};
}

Body trying(Arena& arena)
{
    return publishing(arena, [](Handles& handles, Report& report) { report.result = handles.try_send() ? 1 : 0; });
}

Body trying_and_settling(Arena& arena)
{
    return publishing(arena, [](Handles& handles, Report& report) {
        report.result = handles.try_send() ? 1 : 0;
        require(handles.publisher->try_allocate(1) != nullptr, "there is no slot beside the pending one");
        static_cast<void>(handles.publisher->flush_until(std::chrono::seconds(0))); // killed or stopped in here
    });
}

Body trying_and_leaving(Arena& arena)
{
    return publishing(
        arena,
        [](Handles& handles, Report& report) {
            report.result = handles.try_send() ? 1 : 0;
            handles.publisher.reset();
        },
        true);
}

/// When the victim has delivered to the first ring, the living take the last place of the second one.
bool take_the_last_place(Arena& arena)
{
    bool const now = arena.unread(0) == places && arena.unread(1) == places - 1;
    return now && arena.send();
}

void take_the_second(Arena& arena, unsigned /*change*/)
{
    take_the_last_place(arena);
}

/// And read when it has seen that there is none: two changes later.
void take_the_second_and_read(Arena& arena, unsigned change)
{
    static unsigned taken = 0;
    if (take_the_last_place(arena)) {
        taken = change;
    } else if (change < taken) {
        taken = 0;
    } else if (taken != 0 && change == taken + 2) {
        arena.receive_all();
    }
}

/// When the victim has looked for room, and before it delivers.
void take_the_only(Arena& arena, unsigned /*change*/)
{
    if (arena.is_anyone_publishing() && arena.unread(0) == places - 1) {
        arena.send();
    }
}

} // namespace

std::vector<Operation> reliable_publications()
{
    return {{"try_send_to_three", {3, 0}, trying},
            {"try_send_taken_back", {1, places - 1}, trying, take_the_only},
            {"try_send_pending", {2, places - 1}, trying, take_the_second},
            {"settle_pending", {2, places - 1}, trying_and_settling, take_the_second_and_read},
            {"leave_with_pending", {2, places - 1}, trying_and_leaving, take_the_second}};
}

} // namespace kickmsg_crash
