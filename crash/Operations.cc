#include "Operations.h"

#include "Handles.h"
#include "kickmsg/Schema.h"
#include "support.h"

#include <algorithm>
#include <cstring>
#include <stdexcept>

namespace kickmsg_crash {

namespace {

/// A subscriber that hears: a message sent from here on reaches it, whole.
void require_hearing(Handles& handles)
{
    if (!handles.publisher) {
        handles.publisher.emplace(*handles.region);
    }
    require(handles.send(), "the victim cannot send");
    uint64_t last = 0;
    while (auto const message = handles.subscriber->try_receive()) {
        last = Message::identify(message->data(), message->len());
        require(last != 0, "the victim received a corrupt message");
    }
    require(last == (uint64_t{handles.id} << 32 | handles.sent), "the victim is deaf");
}

} // namespace

Body subscribing(Arena& arena, unsigned unread, std::function<void(Handles&, Report&)> act,
                 std::function<void(Handles&)> prepare, bool hears)
{
    auto handles = make_handles(arena);
    return {[handles, prepare, unread, name = arena.name()](Report&) {
                handles->open(name);
                handles->subscriber.emplace(*handles->region);
                handles->publisher.emplace(*handles->region);
                for (unsigned i = 0; i < unread; ++i) {
                    require(handles->send(), "the victim cannot fill its ring");
                }
                if (prepare) {
                    prepare(*handles);
                }
            },
            [handles, act](Report& report) { act(*handles, report); },
            [handles, hears](Report& report) {
                for (uint32_t i = 0; i < report.count; ++i) {
                    require(report.values[i] != 0, "the victim received a corrupt message");
                }
                if (handles->view) {
                    require(Message::identify(handles->view->data(), handles->view->len()) != 0, "a view has changed");
                    handles->view.reset();
                }
                if (hears) {
                    require_hearing(*handles);
                }
                *handles = Handles{};
            }};
}

void receive(Handles& handles, Report& report)
{
    if (auto const message = handles.subscriber->try_receive()) {
        report.add(Message::identify(message->data(), message->len()));
    }
}

void send_to_the_sleeper(Arena& arena, unsigned /*change*/)
{
    if (arena.is_anyone_waiting()) {
        arena.send();
    }
}

namespace {

void receive_view(Handles& handles, Report& report)
{
    handles.view = handles.subscriber->try_receive_view();
    if (handles.view) {
        report.add(Message::identify(handles.view->data(), handles.view->len()));
    }
}

void receive_blocking(Handles& handles, Report& report)
{
    if (auto const message = handles.subscriber->receive(std::chrono::milliseconds(200))) {
        report.add(Message::identify(message->data(), message->len()));
    }
}

Body joining(Arena& arena)
{
    auto handles = make_handles(arena);
    return {[handles, name = arena.name()](Report&) { handles->open(name); },
            [handles](Report&) { handles->subscriber.emplace(*handles->region); },
            [handles](Report&) {
                require_hearing(*handles);
                *handles = Handles{};
            }};
}

Body opening(Arena& arena)
{
    auto handles = make_handles(arena);
    return {[](Report&) {}, [handles, name = arena.name()](Report&) { handles->open(name); },
            [handles](Report&) {
                handles->subscriber.emplace(*handles->region);
                require_hearing(*handles);
                *handles = Handles{};
            }};
}

Body opening_or_creating(Arena& arena)
{
    auto       handles = std::make_shared<Handles>();
    auto const cfg     = Arena::config();
    return {[](Report&) {},
            [handles, cfg, name = arena.name()](Report&) {
                handles->region.emplace(SharedRegion::create_or_open(name, kickmsg::channel::PubSub, cfg, "victim"));
            },
            [handles](Report&) { *handles = Handles{}; }};
}

Body claiming_the_schema(Arena& arena)
{
    auto handles = make_handles(arena);
    return {[handles, name = arena.name()](Report&) { handles->open(name); },
            [handles](Report& report) {
                kickmsg::SchemaInfo schema{};
                std::strcpy(schema.name, "crash");
                schema.version = 7;
                report.result  = handles->region->try_claim_schema(schema) ? 1 : 0;
            },
            [handles](Report& report) {
                require(report.result == 1, "the claim failed");
                require(handles->region->schema() && handles->region->schema()->version == 7, "another schema is set");
                *handles = Handles{};
            }};
}

Body leaving_the_region(Arena& arena)
{
    auto handles = make_handles(arena);
    return {[handles, name = arena.name()](Report&) { handles->open(name); },
            [handles](Report&) { handles->region.reset(); }, [](Report&) {}};
}

Body recovering(Arena& arena)
{
    auto handles = make_handles(arena);
    return {[handles, name = arena.name()](Report&) { handles->open(name); },
            [handles](Report&) { handles->region->recover(); }, [handles](Report&) { *handles = Handles{}; }};
}

KICKMSG_CHILD(has_much)
{
    Handles handles;
    handles.id = static_cast<uint32_t>(std::stoul(texts[1]));
    handles.open(texts[0]);
    handles.subscriber.emplace(*handles.region);
    handles.publisher.emplace(*handles.region);
    handles.send();
    handles.send();
    auto const view = handles.subscriber->try_receive_view();
    (void)handles.publisher->allocate(8);
    self.pause();
    return 0;
}

/// A process that dies with a loan, a ring with unread messages, and a view.
void die_with_much(Arena& arena, Killer const& /*killer*/)
{
    kickmsg_test::Child child(has_much, {arena.name(), std::to_string(arena.next_victim())});
    child.wait_ready();
    child.kill();
}

/// A joiner that dies with one entry of its ring opened, beside a dead subscriber and a dead lender.
void die_half_joined(Arena& arena, Killer const& killer)
{
    static unsigned const one_entry_opened = [&killer] {
        auto const words = killer.words_of(operation("join"));
        auto const entry = std::find_if(words.begin(), words.end(),
                                        [](std::string const& word) { return word.compare(0, 6, "entry[") == 0; });
        require(entry != words.end(), "joining opens no entry");
        return static_cast<unsigned>(entry - words.begin()) + 1;
    }();
    die_with_much(arena, killer);
    killer.kill_after(arena, operation("join"), one_entry_opened);
}

template <std::size_t (SharedRegion::*repair)()>
Body repairing(Arena& arena)
{
    auto handles = make_handles(arena);
    return {[handles, name = arena.name()](Report&) { handles->open(name); },
            [handles](Report&) { ((*handles->region).*repair)(); }, [handles](Report&) { *handles = Handles{}; }};
}

// --- the operations: name, living subscribers and unread messages, victim

void drop_view(Handles& handles, Report& /*report*/)
{
    handles.view.reset();
}

void leave(Handles& handles, Report& /*report*/)
{
    handles.subscriber.reset();
}

void hold_a_view_and_leave(Handles& handles)
{
    hold_a_view(handles);
    handles.subscriber.reset();
}

template <void (*act)(Handles&, Report&), unsigned unread>
Body receiving(Arena& arena)
{
    return subscribing(arena, unread, act);
}

Body dropping_a_view(Arena& arena)
{
    return subscribing(arena, 2, drop_view, hold_a_view);
}

std::vector<Operation> receptions()
{
    return {{"receive", {1, 0}, receiving<receive, 2>},
            {"receive_overtaken", {1, 0}, receiving<receive, 7>},
            {"receive_view", {1, 0}, receiving<receive_view, 2>},
            {"drop_view", {1, 0}, dropping_a_view},
            {"receive_blocking", {1, 0}, receiving<receive_blocking, 0>, send_to_the_sleeper}};
}

Body leaving_unread(Arena& arena)
{
    return subscribing(arena, 3, leave, {}, false);
}

Body leaving_with_view(Arena& arena)
{
    return subscribing(arena, 3, leave, hold_a_view, false);
}

Body dropping_after_leaving(Arena& arena)
{
    return subscribing(arena, 3, drop_view, hold_a_view_and_leave, false);
}

std::vector<Operation> memberships()
{
    return {{"join", {1, 0}, joining},
            {"leave_unread", {1, 0}, leaving_unread},
            {"leave_with_view", {1, 0}, leaving_with_view},
            {"drop_after_leaving", {1, 0}, dropping_after_leaving},
            {"open", {1, 0}, opening},
            {"close", {1, 0}, leaving_the_region},
            {"create_or_open_existing", {1, 0}, opening_or_creating},
            {"schema_claim", {1, 0}, claiming_the_schema}};
}

std::vector<Operation> repairs()
{
    return {
        {"recover", {1, 0}, recovering, nullptr, die_with_much},
        {"recover_kept", {1, 0, roomy}, recovering, nullptr, die_with_kept},
        {"repair_locked_entries", {1, 0}, repairing<&SharedRegion::repair_locked_entries>, nullptr, die_half_joined},
        {"reset_retired_rings", {1, 0}, repairing<&SharedRegion::reset_retired_rings>, nullptr, die_half_joined},
        {"reclaim_orphaned_slots", {1, 0}, repairing<&SharedRegion::reclaim_orphaned_slots>, nullptr, die_half_joined}};
}

} // namespace

std::vector<Operation> const& operations()
{
    static std::vector<Operation> const all = [] {
        std::vector<Operation> each = publications();
        for (auto const& more : {reliable_publications(), directed_publications(), late_joins(), receptions(), waits(),
                                 memberships(), repairs()}) {
            each.insert(each.end(), more.begin(), more.end());
        }
        return each;
    }();
    return all;
}

std::vector<std::string> names_of_operations()
{
    std::vector<std::string> names;
    for (Operation const& one : operations()) {
        names.push_back(one.name);
    }
    return names;
}

Operation const& operation(std::string const& name)
{
    for (Operation const& one : operations()) {
        if (one.name == name) {
            return one;
        }
    }
    throw std::invalid_argument("there is no operation " + name);
}

} // namespace kickmsg_crash
