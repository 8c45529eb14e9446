/// The operations of a subscriber that waits with a set: what its wait leaves in shared memory are the marks of a sleeper. Joining and leaving the set
/// change nothing there.
#include "Handles.h"

#include <chrono>

namespace kickmsg_crash {

namespace {

void put_into_a_set(Handles& handles)
{
    handles.set.emplace();
    handles.set->add(*handles.subscriber, 7);
}

void wait_and_receive(Handles& handles, Report& report, std::chrono::milliseconds timeout)
{
    auto const ready = handles.set->wait(timeout);
    for (uint64_t const key : ready) {
        require(key == 7, "the set reports another key");
        receive(handles, report);
    }
}

void look_and_receive(Handles& handles, Report& report)
{
    wait_and_receive(handles, report, std::chrono::milliseconds(0));
}

void sleep_and_receive(Handles& handles, Report& report)
{
    wait_and_receive(handles, report, std::chrono::milliseconds(200));
}

void sleep_in_vain(Handles& handles, Report& /*report*/)
{
    (void)handles.set->wait(std::chrono::milliseconds(1));
}

void end_in_the_set(Handles& handles, Report& /*report*/)
{
    handles.subscriber.reset();
}

void sleep_once(Handles& handles)
{
    put_into_a_set(handles);
    (void)handles.set->wait(std::chrono::milliseconds(1));
}

void sleep_once_beside_unread(Handles& handles)
{
    sleep_once(handles);
    require(handles.send(), "the victim cannot fill its ring");
}

template <void (*act)(Handles&, Report&), unsigned unread, void (*prepare)(Handles&) = put_into_a_set,
          bool hears = true>
Body waiting(Arena& arena)
{
    return subscribing(arena, unread, act, prepare, hears);
}

} // namespace

std::vector<Operation> waits()
{
    return {{"set_look", {1, 0}, waiting<look_and_receive, 2>},
            {"set_sleep", {1, 0}, waiting<sleep_and_receive, 0>, send_to_the_sleeper},
            {"set_sleep_in_vain", {1, 0}, waiting<sleep_in_vain, 0>},
            {"set_leave_unread", {1, 0}, waiting<end_in_the_set, 0, sleep_once_beside_unread, false>}};
}

} // namespace kickmsg_crash
