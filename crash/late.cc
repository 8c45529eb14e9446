/// The operations of regions that keep a history: sending, with and without overwriting, and coming late.
#include "Handles.h"

#include "support.h"

namespace kickmsg_crash {

namespace {

constexpr uint32_t remembered = 2; ///< messages that the region keeps
constexpr uint32_t places     = 4; ///< of a ring

Body sending(Arena& arena, void (*act)(Handles&, Report&))
{
    auto handles = make_handles(arena);
    return {[handles, name = arena.name()](Report&) {
                handles->open(name);
                handles->publisher.emplace(*handles->region);
            },
            [handles, act](Report& report) { act(*handles, report); },
            [handles](Report&) {
                require(handles->send(), "the next send failed");
                *handles = Handles{};
            }};
}

Body sending_plainly(Arena& arena)
{
    return sending(arena, [](Handles& handles, Report& report) { report.result = handles.send() ? 1 : 0; });
}

Body sending_much(Arena& arena)
{
    return sending(arena, [](Handles& handles, Report& report) {
        for (uint32_t i = 0; i < places; ++i) {
            report.result += handles.send() ? 1 : 0;
        }
    });
}

Body trying(Arena& arena)
{
    return sending(arena, [](Handles& handles, Report& report) { report.result = handles.try_send() ? 1 : 0; });
}

/// It has the history, whole and in order, and hears what follows.
Body joining(Arena& arena)
{
    auto handles = make_handles(arena);
    return {[handles, name = arena.name()](Report&) { handles->open(name); },
            [handles](Report&) { handles->subscriber.emplace(*handles->region); },
            [handles](Report&) {
                handles->publisher.emplace(*handles->region);
                require(handles->send(), "the victim cannot send");
                uint64_t last = 0;
                while (auto const message = handles->subscriber->try_receive()) {
                    last = Message::identify(message->data(), message->len());
                    require(last != 0, "the victim received a corrupt message");
                }
                require(last == (uint64_t{handles->id} << 32 | handles->sent), "the victim is deaf");
                *handles = Handles{};
            }};
}

/// Publishers overtake the history while it is taken.
void send_now_and_then(Arena& arena, unsigned change)
{
    if (change % 4 == 1) {
        arena.send();
    }
}

/// When the victim has delivered into the history, the living take the last place of the ring.
void take_the_last_place(Arena& arena, unsigned /*change*/)
{
    if (arena.is_anyone_publishing() && arena.unread(0) == places - 1) {
        arena.send();
    }
}

} // namespace

std::vector<Operation> late_joins()
{
    return {{"send_remembered", {1, 0, 16, places, remembered}, sending_plainly},
            {"send_remembered_pushing_out", {1, places, 16, places, remembered}, sending_much},
            {"send_remembered_starved", {1, places, starved, places, remembered}, sending_much},
            {"try_send_remembered", {2, 1, 16, places, remembered}, trying},
            {"try_send_remembered_pending", {1, places - 1, 16, places, remembered}, trying, take_the_last_place},
            {"join_late", {1, 3, 16, places, remembered}, joining},
            {"join_late_overtaken", {1, 3, 16, places, remembered}, joining, send_now_and_then}};
}

} // namespace kickmsg_crash
