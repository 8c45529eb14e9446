/// What the bodies of the swept operations are made of.
#pragma once

#include "Operations.h"

#include "kickmsg/WaitSet.h"

#include <stdexcept>

namespace kickmsg_crash {

using kickmsg::Publisher;
using kickmsg::SharedRegion;
using kickmsg::Subscriber;

/// The handles of a victim; made in the child, and never in its tracer.
struct Handles {
    std::optional<SharedRegion>           region;
    std::optional<Publisher>              publisher;
    std::optional<Subscriber>             subscriber;
    std::optional<Subscriber::SampleView> view;
    std::optional<kickmsg::WaitSet>       set;
    uint32_t                              id    = 0; ///< as a publisher
    uint32_t                              sent  = 0;
    uint32_t                              share = 0; ///< slots that a publisher keeps at most

    void open(std::string const& name)
    {
        region.emplace(SharedRegion::open(name));
    }
    bool send()
    {
        return send_by(*publisher);
    }
    /// Without overwriting anything.
    bool try_send()
    {
        Message const message(id, ++sent);
        return publisher->try_send(message.data(), message.length()) == static_cast<int32_t>(message.length());
    }
    bool send_by(Publisher& sender)
    {
        Message const message(id, ++sent);
        return sender.send(message.data(), message.length()) == static_cast<int32_t>(message.length());
    }
};

[[noreturn]] inline void wrong(char const* what)
{
    throw std::logic_error(what);
}

inline void require(bool holds, char const* what)
{
    if (!holds) {
        wrong(what);
    }
}

inline std::shared_ptr<Handles> make_handles(Arena& arena)
{
    auto handles   = std::make_shared<Handles>();
    handles->id    = arena.next_victim();
    handles->share = arena.setting().share();
    return handles;
}

inline void hold_a_view(Handles& handles)
{
    handles.view = handles.subscriber->try_receive_view();
    require(handles.view.has_value(), "there was nothing to view");
}

/// A victim with a ring of its own, `unread` messages in it; the arena's `meanwhile` or its own publisher fills it. `hears`: whether it still does afterwards.
Body subscribing(Arena& arena, unsigned unread, std::function<void(Handles&, Report&)> act,
                 std::function<void(Handles&)> prepare = {}, bool hears = true);
/// One message, copied, if there is one.
void receive(Handles& handles, Report& report);
/// The living send as soon as somebody says that it sleeps.
void send_to_the_sleeper(Arena& arena, unsigned change);

/// Of publishing.cc: what is sent, and what becomes of the slots that a publisher keeps.
std::vector<Operation> publications();
/// Of reliable.cc: what overwrites nothing.
std::vector<Operation> reliable_publications();
/// Of directed.cc: what is for one subscriber.
std::vector<Operation> directed_publications();
/// Of late.cc: what is sent into a region that keeps a history, and who comes late to it.
std::vector<Operation> late_joins();
/// Of waiting.cc: what waits with a set.
std::vector<Operation> waits();
/// A process that dies as a publisher that keeps one idle slot, and one that a message is in.
void die_with_kept(Arena& arena, Killer const& killer);

} // namespace kickmsg_crash
