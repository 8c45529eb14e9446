#include "kickmsg/WaitSet.h"

#include "c/Handles.h"

using namespace kickmsg;

namespace {

/// Runs `call(set, member)`.
template <class Member, class Call>
kickmsg_status of_member(kickmsg_wait_set const* set, Member const* member, Call call)
{
    return c::with(set, [&](WaitSet& in) {
        return c::with(member, [&](typename c::Behind<Member>::Object& what) { call(in, what); });
    });
}

} // namespace

kickmsg_status kickmsg_wait_set_create(kickmsg_wait_set** set)
{
    return c::make_for(set, [] { return WaitSet(); });
}

kickmsg_status kickmsg_wait_set_destroy(kickmsg_wait_set* set)
{
    return c::end(set);
}

bool kickmsg_wait_set_is_usable(kickmsg_wait_set const* set)
{
    return c::is_usable(set);
}

kickmsg_status kickmsg_wait_set_add(kickmsg_wait_set* set, kickmsg_subscriber* subscriber, uint64_t key)
{
    return of_member(set, subscriber, [&](WaitSet& in, Subscriber& what) { in.add(what, key); });
}

kickmsg_status kickmsg_wait_set_add_server(kickmsg_wait_set* set, kickmsg_server* server, uint64_t key)
{
    return of_member(set, server, [&](WaitSet& in, Server& what) { what.add_to(in, key); });
}

kickmsg_status kickmsg_wait_set_add_client(kickmsg_wait_set* set, kickmsg_client* client, uint64_t key)
{
    return of_member(set, client, [&](WaitSet& in, Client& what) { what.add_to(in, key); });
}

kickmsg_status kickmsg_wait_set_remove(kickmsg_wait_set* set, kickmsg_subscriber const* subscriber)
{
    return of_member(set, subscriber, [](WaitSet& in, Subscriber& what) { in.remove(what); });
}

kickmsg_status kickmsg_wait_set_remove_server(kickmsg_wait_set* set, kickmsg_server* server)
{
    return of_member(set, server, [](WaitSet& in, Server& what) { what.remove_from(in); });
}

kickmsg_status kickmsg_wait_set_remove_client(kickmsg_wait_set* set, kickmsg_client* client)
{
    return of_member(set, client, [](WaitSet& in, Client& what) { what.remove_from(in); });
}

kickmsg_status kickmsg_wait_set_size(kickmsg_wait_set const* set, size_t* count)
{
    return c::read_for(set, count, [](WaitSet const& of) { return of.size(); });
}

kickmsg_status kickmsg_wait_set_wait(kickmsg_wait_set* set, int64_t timeout_ns, kickmsg_ready* ready)
{
    WaitSet* const in = c::find(set);
    if (in == nullptr || ready == nullptr) {
        return in == nullptr ? c::refuse_handle("wait set") : c::refuse_null("ready");
    }
    WaitSet::Ready const found = in->wait(std::chrono::nanoseconds(timeout_ns));
    ready->keys                = found.begin();
    ready->count               = found.size();
    ready->woken               = found.woken();
    if (found) {
        return KICKMSG_OK;
    }
    return *in ? KICKMSG_TIMED_OUT : c::refuse_inherited("wait set");
}

kickmsg_status kickmsg_wait_set_wake(kickmsg_wait_set* set)
{
    return c::with_usable(set, [](WaitSet& in) { in.wake(); });
}

kickmsg_status kickmsg_wait_set_native_handle(kickmsg_wait_set* set, kickmsg_native_handle* handle)
{
    return c::with_usable(set, [&](WaitSet& in) {
        return handle != nullptr ? c::give(handle, in.native_handle(), "handle") : c::refuse_null("handle");
    });
}
