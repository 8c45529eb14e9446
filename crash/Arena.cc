#include "Arena.h"

#include "RegionState.h"
#include "kickmsg/os/Liveness.h"
#include "support.h"
#include "words.h"

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <set>
#include <thread>
#include <utility>

namespace kickmsg_crash {

namespace {

constexpr uint32_t us = 1; ///< the living publisher
/// Victims: one that overwrites nothing may die when its message is there and not counted.
constexpr uint64_t most_uncounted = 2;

std::string round_name()
{
    static unsigned round = 0;
    return "/" + kickmsg_test::prefix() + "_crash_" + std::to_string(kickmsg::os::process_id()) + "_" +
           std::to_string(++round);
}

/// Of all participants.
uint64_t newest_incarnation(kickmsg::detail::Layout& layout)
{
    uint64_t newest = 0;
    for (uint32_t record = 0; record < layout.record_count(); ++record) {
        newest = std::max(newest, kickmsg::core::OwnerWord::incarnation(layout.record(record).owner.load()));
    }
    return newest;
}

} // namespace

uint32_t Setting::share() const noexcept
{
    return std::min(pool / 4 / Arena::config(*this).max_publishers, 8U + history);
}

kickmsg::channel::Config Arena::config(Setting const& setting)
{
    kickmsg::channel::Config cfg;
    cfg.pool_size         = setting.pool;
    cfg.sub_ring_capacity = setting.capacity;
    cfg.max_subscribers   = 4;
    cfg.max_publishers    = 4;
    cfg.max_payload_size  = Message::most;
    cfg.history           = setting.history;
    return cfg;
}

Arena::Arena(Setting const& setting) : name_(round_name()), setting_(setting)
{
    kickmsg::detail::set_automatic_recovery(false);
    kickmsg::SharedMemory::unlink(name_);
    region_ = kickmsg::SharedRegion::create(name_, kickmsg::channel::PubSub, config(setting), "crash test");
    raw_.emplace(name_);
    publisher_.emplace(*region_);
    us_ = newest_incarnation(raw_->layout());
    for (uint32_t i = 0; i < setting.subscribers; ++i) {
        living_.push_back(std::make_unique<Living>(Living{kickmsg::Subscriber(*region_)}));
    }
    for (uint32_t i = 0; i < setting.unread; ++i) {
        send();
    }
}

Arena::~Arena()
{
    try {
        if (mine_) {
            kickmsg::SharedMemory::unlink(name_);
        }
    } catch (kickmsg::Error const& error) {
        std::fprintf(stderr, "%s\n", error.what());
    }
}

bool Arena::send()
{
    Message const message(us, ++sent_);
    return publisher_->send(message.data(), message.length()) == static_cast<int32_t>(message.length());
}

bool Arena::is_anyone_waiting()
{
    return raw_->layout().sleepers().load() != 0;
}

void Arena::receive_all(Living& living, Findings& found)
{
    kickmsg::SampleInfo info;
    while (auto const message = living.subscriber.try_receive(info)) {
        uint64_t const identity  = Message::identify(message->data(), message->len());
        uint32_t const publisher = static_cast<uint32_t>(identity >> 32);
        uint32_t const number    = static_cast<uint32_t>(identity);
        ++living.received;
        if (identity == 0 || publisher > 7) {
            found.push_back("a message is corrupt");
        } else if (number <= living.last[publisher]) {
            found.push_back("a message came twice or out of order");
        } else {
            living.last[publisher] = number;
            living.from_us += publisher == us ? 1 : 0;
        }
        if ((publisher == us) != (info.publisher == us_) || (publisher == us && info.sequence != number)) {
            found.push_back("a message does not say whose it is, or which");
        }
        if (info.sequence <= std::exchange(living.numbers[info.publisher], info.sequence)) {
            found.push_back("the numbers of a publisher do not rise");
        }
    }
}

void Arena::receive_all()
{
    receive_all(early_);
}

void Arena::receive_all(Findings& found)
{
    for (auto& living : living_) {
        receive_all(*living, found);
    }
}

bool Arena::is_anyone_publishing()
{
    auto& layout = raw_->layout();
    for (uint32_t record = 0; record < layout.record_count(); ++record) {
        if (layout.record(record).publishing.load() != 0) {
            return true;
        }
    }
    return false;
}

std::string Arena::word_at(std::size_t offset)
{
    return kickmsg_testkit::word_at(raw_->layout(), offset);
}

uint64_t Arena::unread(uint32_t ring)
{
    return region_->stats().rings.at(ring).unread;
}

void Arena::expect_no_delay(Findings& found)
{
    found.insert(found.end(), early_.begin(), early_.end());
    receive_all(found);
    if (!send()) {
        found.push_back("the living cannot send before recovery");
    }
    for (auto& living : living_) {
        receive_all(*living, found);
        if (living->last[us] != sent_) {
            found.push_back("a living subscriber did not get the next message at once");
        }
    }
}

void Arena::expect_recovered(Findings& found, std::function<void(kickmsg::SharedRegion&)> const& recover)
{
    std::atomic<bool> done{false};
    Findings          of_traffic;
    std::thread       traffic([&] {
        do {
            if (!send()) {
                of_traffic.push_back("the living cannot send during recovery");
            }
            receive_all(of_traffic);
        } while (!done.load());
    });
    recover(*region_);
    done.store(true);
    traffic.join();
    found.insert(found.end(), of_traffic.begin(), of_traffic.end());
    recover(*region_); // what the living covered for a moment
    expect_all_there(found);
}

void Arena::expect_nothing_taken(Findings& found)
{
    auto const kept = kept_by_others();
    for (uint32_t turn = 0; turn < 2 * setting_.capacity + 1; ++turn) {
        if (!send()) {
            found.push_back("the living cannot send beside somebody who is stopped");
        }
        auto const taken = region_->recover();
        if (taken.participants + taken.rings + taken.references + taken.slots + taken.schema + taken.entries +
                region_->reclaim_orphaned_slots() + region_->reset_retired_rings() + region_->repair_locked_entries() !=
            0) {
            found.push_back("recovery took something from somebody who was only stopped");
        }
        receive_all(found);
    }
    if (!(kept_by_others() == kept)) {
        found.push_back("a slot that the stopped one keeps was taken from it");
    }
}

void Arena::expect_all_there(Findings& found)
{
    receive_all(found);
    expect_slots(found);
    expect_no_notes(found);
    expect_history(found);
    expect_rooms(found);
    expect_counts(found);
    auto const health = region_->diagnose();
    if (health.dead_participants + health.retired_rings + health.locked_entries + health.orphaned_slots +
                health.draining_rings !=
            0 ||
        health.schema_stuck || health.unlinked) {
        found.push_back("diagnose() is not clean");
    }
    auto const again = region_->recover();
    if (again.participants + again.rings + again.entries + again.references + again.slots + again.schema != 0) {
        found.push_back("another recovery found something");
    }
    if (region_->stats().corrupt != 0) {
        found.push_back("a word was found out of range");
    }
}

/// Nobody but the living publisher keeps a slot, and all others can be allocated.
void Arena::expect_slots(Findings& found)
{
    std::size_t const used     = used_slots();
    std::size_t const expected = raw_->layout().pool_size() - used;
    std::size_t const there    = kickmsg_test::allocatable(name_);
    if (there != expected) {
        found.push_back("slots: " + std::to_string(there) + " can be allocated, expected " + std::to_string(expected));
    }
    auto const        stats = region_->stats();
    std::size_t const held  = stats.pool_kept + stats.pool_history;
    if (stats.pool_free != expected || held != used) {
        found.push_back("slots: " + std::to_string(stats.pool_free) + " free and " + std::to_string(held) +
                        " kept, expected " + std::to_string(expected) + " and " + std::to_string(used));
    }
    if (!kept_by_others().empty()) {
        found.push_back("slots: somebody who is gone keeps one");
    }
}

void Arena::expect_no_notes(Findings& found)
{
    auto& layout = raw_->layout();
    for (uint32_t record = 0; record < layout.record_count(); ++record) {
        if (layout.record(record).claim.load() != 0 || layout.record(record).publishing.load() != 0) {
            found.push_back("a note of what somebody is in the middle of was left behind");
        }
    }
}

std::vector<Arena::Kept> Arena::kept_by_others()
{
    using References = kickmsg::core::References<kickmsg::detail::Policy>;
    std::vector<Kept> kept;
    for (uint32_t slot = 0; slot < raw_->layout().pool_size(); ++slot) {
        auto&          words      = raw_->layout().slot(slot);
        uint64_t const references = words.references.load();
        uint64_t const owner      = words.owner.load();
        if ((references & References::kept) != 0 && owner != us_) {
            kept.push_back({slot, owner, References::generation(references)});
        }
    }
    return kept;
}

uint64_t Arena::used_slots()
{
    using Entry      = kickmsg::core::EntryWord<kickmsg::detail::Policy>;
    using References = kickmsg::core::References<kickmsg::detail::Policy>;
    if (setting_.history == 0) {
        return kept_by_us();
    }
    auto&              layout = raw_->layout();
    std::set<uint32_t> used;
    for (uint64_t i = 0; i >> layout.hidden_capacity_log2() == 0; ++i) {
        uint64_t const entry = layout.hidden_entry(i).load();
        if (Entry::is_full(entry)) {
            used.insert(Entry::slot(entry));
        }
    }
    for (uint32_t slot = 0; slot < layout.pool_size(); ++slot) {
        if ((layout.slot(slot).references.load() & References::kept) != 0 && layout.slot(slot).owner.load() == us_) {
            used.insert(slot);
        }
    }
    return used.size();
}

void Arena::expect_history(Findings& found)
{
    if (setting_.history == 0) {
        return;
    }
    kickmsg::Subscriber late(*region_);
    uint32_t            count = 0;
    uint32_t            last  = 0;
    while (auto const message = late.try_receive()) {
        uint64_t const identity = Message::identify(message->data(), message->len());
        bool const     ours     = identity >> 32 == us;
        ++count;
        if (identity == 0) {
            found.push_back("a message of the history is corrupt");
        } else if (ours && last != 0 && static_cast<uint32_t>(identity) != last + 1) {
            found.push_back("a message is left out of the history, or comes twice");
        }
        last = ours ? static_cast<uint32_t>(identity) : last;
    }
    // a victim that was stopped goes on, and may have filled the history since
    if (count == 0 ? sent_ != 0 : last != 0 && last != sent_) {
        found.push_back("the history ends before the last message");
    }
    if (count != setting_.history) {
        found.push_back("the history has " + std::to_string(count) + " messages, expected " +
                        std::to_string(setting_.history));
    }
}

/// A slot that nobody got is kept for the next message.
uint64_t Arena::kept_by_us() const noexcept
{
    return std::min(setting_.share(), living_.empty() ? 1U : sent_);
}

/// Each message of the living was received or is known as lost by each of them.
void Arena::expect_counts(Findings& found)
{
    auto const stats = region_->stats();
    for (auto& living : living_) {
        uint64_t const lost = living->subscriber.lost();
        if (living->from_us > sent_ || living->from_us + lost < sent_) {
            found.push_back("messages: " + std::to_string(living->from_us) + " received and " + std::to_string(lost) +
                            " lost of " + std::to_string(sent_));
        }
    }
    if (publisher_->sent() != sent_) {
        found.push_back("the living publisher counts " + std::to_string(publisher_->sent()) + " messages of " +
                        std::to_string(sent_));
    }
    for (auto& living : living_) {
        uint64_t seen = 0;
        for (auto const& [publisher, number] : living->numbers) {
            seen += number;
        }
        if (stats.sent + most_uncounted < seen) {
            found.push_back("messages: " + std::to_string(stats.sent) + " counted of " + std::to_string(seen));
        }
    }
    for (auto const& ring : stats.rings) {
        if (ring.state == kickmsg::RingState::Live && ring.unread != 0) {
            found.push_back("a drained ring has unread messages");
        }
    }
}

/// Every ring and every record that the living do not use can be taken.
void Arena::expect_rooms(Findings& found)
{
    try {
        std::vector<kickmsg::Subscriber> subscribers;
        std::vector<kickmsg::Publisher>  publishers;
        for (std::size_t i = living_.size(); i < config(setting_).max_subscribers; ++i) {
            subscribers.emplace_back(*region_);
        }
        for (std::size_t i = 1; i < config(setting_).max_publishers; ++i) {
            publishers.emplace_back(*region_);
        }
    } catch (kickmsg::Error const& error) {
        found.push_back(std::string("a ring or record was not given back: ") + error.what());
    }
}

} // namespace kickmsg_crash
