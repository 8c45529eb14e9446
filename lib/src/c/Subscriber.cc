#include "kickmsg/Subscriber.h"

#include "c/Handles.h"
#include "c/InPlace.h"
#include "c/Structs.h"

#include <cerrno>

using namespace kickmsg;

namespace {

constexpr char const* name = "subscriber";

using Sample = std::optional<Subscriber::SampleRef>;
using View   = c::InPlace<kickmsg_view, std::optional<Subscriber::SampleView>>;

// uncovered begin: an allocation for a copy that fails: lib/test/Copies_test.cc over the interface of C++
kickmsg_status no_memory() noexcept
{
    return c::refuse({KICKMSG_LIMIT_REACHED, name,
                      "no memory is left for a copy of the message, which stays the next one",
                      "read it in place, or free memory", ENOMEM});
}
// uncovered end

void write_sample(Subscriber::SampleRef const& from, kickmsg_sample& to) noexcept
{
    to.data     = from.data();
    to.length   = from.len();
    to.ring_pos = from.ring_pos();
}

/// Why a wait has found nothing: errno says it.
kickmsg_status why_no_more(Subscriber const& subscriber) noexcept
{
    if (!subscriber) {
        return c::refuse_inherited(name);
    }
    return errno == EINTR ? KICKMSG_INTERRUPTED : errno == ENOMEM ? no_memory() : KICKMSG_TIMED_OUT;
}

/// Looks once more where there may have been no memory for the copy: that errno may be an older one.
template <class Take>
kickmsg_status why_none(Subscriber const& subscriber, kickmsg_sample* sample, Take take) noexcept
{
    if (!subscriber) {
        return c::refuse_inherited(name);
    }
    if (errno != ENOMEM) {
        return KICKMSG_AGAIN;
    }
    errno = 0;
    if (Sample const again = take()) {
        // uncovered begin: a message that came between the two looks
        write_sample(*again, *sample);
        return KICKMSG_OK;
        // uncovered end
    }
    return errno == ENOMEM ? no_memory() : KICKMSG_AGAIN;
}

/// Takes a message by `take(subscriber, info)`; without an `info` by `take(subscriber)`.
template <class Take, class TakeInfo>
kickmsg_status try_take(Subscriber& subscriber, kickmsg_sample* sample, kickmsg_sample_info* info, Take take,
                        TakeInfo take_info) noexcept
{
    if (info == nullptr) {
        if (Sample const found = take()) {
            write_sample(*found, *sample);
            return KICKMSG_OK;
        }
        return why_none(subscriber, sample, take);
    }
    SampleInfo     seen;
    auto const     with_info = [&] { return take_info(seen); };
    Sample         found     = with_info();
    kickmsg_status status    = KICKMSG_OK;
    if (found) {
        write_sample(*found, *sample);
    } else {
        status = why_none(subscriber, sample, with_info);
    }
    if (status == KICKMSG_OK) {
        c::write_info(seen, *info);
    }
    return status;
}

kickmsg_status wait_to_take(Subscriber& subscriber, std::chrono::nanoseconds timeout, kickmsg_sample* sample,
                            kickmsg_sample_info* info) noexcept
{
    SampleInfo   seen;
    Sample const found = info == nullptr ? subscriber.receive(timeout) : subscriber.receive(timeout, seen);
    if (!found) {
        return why_no_more(subscriber);
    }
    write_sample(*found, *sample);
    if (info != nullptr) {
        c::write_info(seen, *info);
    }
    return KICKMSG_OK;
}

kickmsg_status try_take(Subscriber& subscriber, kickmsg_sample* sample, kickmsg_sample_info* info) noexcept
{
    return try_take(
        subscriber, sample, info, [&] { return subscriber.try_receive(); },
        [&](SampleInfo& seen) { return subscriber.try_receive(seen); });
}

/// Of a `view` that holds nothing. Returns: whether it holds a message now.
template <class Take>
bool hold(kickmsg_view& view, Take take) noexcept
{
    return View::fill(view, take, [](auto const& taken) { return taken.has_value(); });
}

} // namespace

kickmsg_status kickmsg_subscriber_create(kickmsg_region const* region, kickmsg_subscriber** subscriber)
{
    return c::with(region,
                   [&](SharedRegion& open) { return c::make_for(subscriber, [&] { return Subscriber(open); }); });
}

kickmsg_status kickmsg_subscriber_destroy(kickmsg_subscriber* subscriber)
{
    return c::end(subscriber);
}

bool kickmsg_subscriber_is_usable(kickmsg_subscriber const* subscriber)
{
    return c::is_usable(subscriber);
}

kickmsg_status kickmsg_subscriber_try_receive(kickmsg_subscriber* subscriber, kickmsg_sample* sample,
                                              kickmsg_sample_info* info)
{
    Subscriber* const by = c::find(subscriber);
    if (by == nullptr || sample == nullptr) {
        return by == nullptr ? c::refuse_handle(name) : c::refuse_null("sample");
    }
    return try_take(*by, sample, info);
}

kickmsg_status kickmsg_subscriber_receive(kickmsg_subscriber* subscriber, int64_t timeout_ns, kickmsg_sample* sample,
                                          kickmsg_sample_info* info)
{
    Subscriber* const by = c::find(subscriber);
    if (by == nullptr || sample == nullptr) {
        return by == nullptr ? c::refuse_handle(name) : c::refuse_null("sample");
    }
    if (timeout_ns <= 0) {
        return try_take(*by, sample, info);
    }
    return wait_to_take(*by, std::chrono::nanoseconds(timeout_ns), sample, info);
}

kickmsg_status kickmsg_subscriber_try_receive_view(kickmsg_subscriber* subscriber, kickmsg_view* view)
{
    Subscriber* const by = c::find(subscriber);
    if (by == nullptr) {
        return c::refuse_handle(name);
    }
    if (kickmsg_status const refused = View::refuse_to_fill(view, "view")) {
        return refused;
    }
    if (hold(*view, [by] { return by->try_receive_view(); })) {
        return KICKMSG_OK;
    }
    return *by ? KICKMSG_AGAIN : c::refuse_inherited(name);
}

kickmsg_status kickmsg_subscriber_receive_view(kickmsg_subscriber* subscriber, int64_t timeout_ns, kickmsg_view* view)
{
    if (timeout_ns <= 0) {
        return kickmsg_subscriber_try_receive_view(subscriber, view);
    }
    Subscriber* const by = c::find(subscriber);
    if (by == nullptr) {
        return c::refuse_handle(name);
    }
    if (kickmsg_status const refused = View::refuse_to_fill(view, "view")) {
        return refused;
    }
    bool const held = hold(*view, [=] { return by->receive_view(std::chrono::nanoseconds(timeout_ns)); });
    return held ? KICKMSG_OK : why_no_more(*by);
}

void const* kickmsg_view_data(kickmsg_view const* view)
{
    auto const* const held = View::in(view);
    return held != nullptr ? (*held)->data() : nullptr;
}

size_t kickmsg_view_size(kickmsg_view const* view)
{
    auto const* const held = View::in(view);
    return held != nullptr ? (*held)->len() : 0;
}

kickmsg_status kickmsg_view_ring_pos(kickmsg_view const* view, uint64_t* ring_pos)
{
    auto const* const held = View::in(view);
    return held != nullptr ? c::give(ring_pos, (*held)->ring_pos(), "ring_pos") : c::refuse_handle("view");
}

kickmsg_status kickmsg_view_info(kickmsg_view const* view, kickmsg_sample_info* info)
{
    auto const* const held = View::in(view);
    if (held == nullptr || info == nullptr) {
        return held == nullptr ? c::refuse_handle("view") : c::refuse_null("info");
    }
    if (!(*held)->valid()) {
        return c::refuse_inherited("view");
    }
    c::write_info((*held)->info(), *info);
    return KICKMSG_OK;
}

kickmsg_status kickmsg_view_drop(kickmsg_view* view)
{
    return View::drop(view, "view");
}

kickmsg_status kickmsg_subscriber_interrupt(kickmsg_subscriber* subscriber)
{
    return c::with_usable(subscriber, [](Subscriber& by) { by.interrupt(); });
}

kickmsg_status kickmsg_subscriber_return_on_signals(kickmsg_subscriber* subscriber, bool on)
{
    return c::with_usable(subscriber, [&](Subscriber& by) { by.return_on_signals(on); });
}

kickmsg_status kickmsg_subscriber_capacity(kickmsg_subscriber const* subscriber, uint32_t* count)
{
    return c::read_for(subscriber, count, [](Subscriber const& of) { return of.capacity(); });
}

kickmsg_status kickmsg_subscriber_lost(kickmsg_subscriber const* subscriber, uint64_t* count)
{
    return c::read_for(subscriber, count, [](Subscriber const& of) { return of.lost(); });
}

kickmsg_status kickmsg_subscriber_stale(kickmsg_subscriber const* subscriber, bool* stale)
{
    return c::read_for(subscriber, stale, [](Subscriber const& of) { return of.stale(); });
}

kickmsg_status kickmsg_subscriber_moves(kickmsg_subscriber const* subscriber, uint64_t* count)
{
    return c::read_for(subscriber, count, [](Subscriber const& of) { return of.moves(); });
}
