#include "Observer.h"

#include "kickmsg/Inspect.h"
#include "kickmsg/os/Liveness.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace kickmsg_sweep {

namespace {

constexpr std::size_t usual_length = 8;

/// Zeros, as long as one message of the region's type where it has one.
std::vector<unsigned char> message_of(kickmsg::SharedRegion const& region)
{
    std::size_t const most   = region.info().max_payload_size;
    auto const        schema = region.schema();
    auto const        layout = schema ? kickmsg::schema::type_layout(*schema) : std::nullopt;
    std::size_t const length = layout && layout->size <= most ? static_cast<std::size_t>(layout->size) : usual_length;
    return std::vector<unsigned char>(std::min(most, length), 0);
}

std::size_t taken(kickmsg::RecoveryReport const& report)
{
    return report.participants + report.rings + report.entries + report.references + report.slots + report.schema;
}

/// Of participants that live: their numbers, and what publishers keep.
std::map<uint64_t, uint64_t> belongings(std::string const& name)
{
    auto const                   report = kickmsg::inspect(name);
    std::map<uint64_t, uint64_t> all;
    for (auto const& participant : report.region.participants) {
        if (participant.alive) {
            all[participant.incarnation] = 0;
        }
    }
    for (auto const& publisher : report.publishers) {
        if (publisher.alive) {
            all[publisher.incarnation] = publisher.kept;
        }
    }
    return all;
}

} // namespace

void Observer::note(std::string const& text)
{
    if (std::find(notes_.begin(), notes_.end(), text) == notes_.end()) {
        notes_.push_back(text);
    }
}

void Observer::enter(std::string const& name, bool publishes, bool subscribes)
{
    try {
        auto const listed = kickmsg::inspect(name, kickmsg::InspectDepth::Rings);
        if (listed.region.error || listed.region.provisional) {
            return;
        }
        auto [place, is_new] = places_.emplace(name, Place{kickmsg::SharedRegion::open(name), name});
        if (!is_new) {
            return;
        }
        std::string const kind = place->second.region.info().kind;
        place->second.sends    = presence_ == Presence::Full && kind != "mailbox" && kind != "service";
        place->second.message  = message_of(place->second.region);
        if (subscribes) {
            place->second.subscriber.emplace(place->second.region);
        }
        if (publishes) {
            place->second.publisher.emplace(place->second.region);
        }
    } catch (kickmsg::Error const& error) {
        note(std::string("the observer did not join: ") + error.what());
    }
}

bool Observer::join(Watch const& watch)
{
    bool any = false;
    for (std::string const& name : watch.names()) {
        if (presence_ == Presence::None || places_.count(name) != 0) {
            continue;
        }
        for (auto const& [region, needs] : needed_) {
            if (watch.full_name(region) != name) {
                continue;
            }
            auto const config     = kickmsg::inspect(name, kickmsg::InspectDepth::Rings).region.config;
            bool const publishes  = needs.publishers < config.max_publishers;
            bool const subscribes = needs.subscribers < config.max_subscribers;
            if (!publishes || !subscribes) {
                note("the program needs each " + std::string(publishes ? "ring" : "record") + " of " + region +
                     ": the observer takes none before the kill");
            }
            enter(name, publishes, subscribes);
            any = true;
        }
    }
    return any;
}

void Observer::join_rest(std::vector<std::string> const& names)
{
    for (std::string const& name : names) {
        if (presence_ != Presence::None && places_.count(name) == 0) {
            enter(name, true, true);
        }
    }
}

void Observer::drain(Place& place)
{
    while (place.subscriber && place.subscriber->try_receive()) {
    }
}

bool Observer::relieve()
{
    bool any = false;
    for (auto& [name, place] : places_) {
        if (!place.subscriber) {
            continue;
        }
        auto const stats = place.region.stats();
        for (auto const& ring : stats.rings) {
            // of all rings that are this process's there is one in a region
            bool const is_own = ring.state == kickmsg::RingState::Live && ring.pid == kickmsg::os::process_id();
            if (is_own && ring.unread >= std::max(1U, place.subscriber->capacity() / 2)) {
                drain(place);
                any = true;
            }
        }
    }
    return any;
}

bool Observer::is_message_back(Place& place)
{
    uint64_t const      lost = place.subscriber->lost();
    kickmsg::SampleInfo info;
    while (auto const message = place.subscriber->try_receive(info)) {
        if (info.publisher == place.publisher->incarnation() && info.sequence == place.publisher->sent()) {
            return message->len() == place.message.size() &&
                   std::memcmp(message->data(), place.message.data(), message->len()) == 0;
        }
    }
    return place.subscriber->lost() > lost; // others send so much that it was overwritten
}

void Observer::expect_no_delay(Place& place, Findings& found, bool starved)
{
    drain(place);
    if (!place.publisher) {
        return;
    }
    if (!place.sends) {
        bool const got = place.publisher->allocate(place.message.size()) != nullptr;
        place.publisher->abandon();
        if (!got && !starved) {
            found.push_back(place.name + ": the living get no slot of the pool");
        }
        return;
    }
    int32_t const sent = place.publisher->send(place.message.data(), place.message.size());
    if (sent == -EAGAIN && starved) {
        return; // those who died hold all slots, and nobody has recovered them yet
    }
    if (sent != static_cast<int32_t>(place.message.size())) {
        found.push_back(place.name + ": the living cannot send: " + std::to_string(sent));
    } else if (place.subscriber && !is_message_back(place)) {
        found.push_back(place.name + ": a living subscriber did not get the next message at once, whole");
    }
}

void Observer::expect_no_delay(Findings& found, bool starved)
{
    for (auto& [name, place] : places_) {
        expect_no_delay(place, found, starved);
    }
}

void Observer::expect_nothing_taken(Findings& found)
{
    for (auto& [name, place] : places_) {
        place.region.recover(); // what others had left
        auto const     before = belongings(name);
        uint32_t const turns  = place.subscriber ? 2 * place.subscriber->capacity() + 1 : 1;
        std::size_t    all    = 0;
        for (uint32_t turn = 0; turn < turns; ++turn) {
            expect_no_delay(place, found, false);
            all += taken(place.region.recover());
        }
        if (all != 0) {
            found.push_back(name + ": recovery took something from somebody who was only stopped");
        }
        auto const after = belongings(name);
        for (auto const& [incarnation, kept] : before) {
            auto const now = after.find(incarnation);
            bool const own = place.publisher && incarnation == place.publisher->incarnation();
            if (now == after.end() || (!own && now->second != kept)) {
                found.push_back(name + ": somebody who was only stopped has lost what it holds");
            }
        }
    }
}

} // namespace kickmsg_sweep
