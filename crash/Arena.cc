#include "Arena.h"

#include "RegionState.h"
#include "kickmsg/os/Liveness.h"
#include "support.h"

#include <atomic>
#include <cstdio>
#include <thread>

namespace kickmsg_crash {

namespace {

constexpr uint32_t us = 1; ///< the living publisher

std::string round_name()
{
    static unsigned round = 0;
    return "/" + kickmsg_test::prefix() + "_crash_" + std::to_string(kickmsg::os::process_id()) + "_" +
           std::to_string(++round);
}

} // namespace

kickmsg::channel::Config Arena::config(bool starved)
{
    kickmsg::channel::Config cfg;
    cfg.pool_size         = starved ? 4 : 16;
    cfg.sub_ring_capacity = 4;
    cfg.max_subscribers   = 4;
    cfg.max_publishers    = 4;
    cfg.max_payload_size  = Message::most;
    return cfg;
}

Arena::Arena(Setting const& setting) : name_(round_name()), starved_(setting.starved)
{
    kickmsg::detail::set_automatic_recovery(false);
    kickmsg::SharedMemory::unlink(name_);
    region_ = kickmsg::SharedRegion::create(name_, kickmsg::channel::PubSub, config(starved_), "crash test");
    raw_.emplace(name_);
    publisher_.emplace(*region_);
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
    bool const    sent = publisher_->send(message.data(), message.length()) == static_cast<int32_t>(message.length());
    ahead_             = !starved_; // the pool is large enough for a slot popped ahead
    return sent;
}

bool Arena::is_anyone_waiting()
{
    auto& layout = raw_->layout();
    for (uint32_t ring = 0; ring < layout.ring_count(); ++ring) {
        if (layout.ring(ring).waiting.load() != 0) {
            return true;
        }
    }
    return false;
}

void Arena::receive_all(Living& living, Findings& found)
{
    while (auto const message = living.subscriber.try_receive()) {
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
    }
}

void Arena::expect_no_delay(Findings& found)
{
    for (auto& living : living_) {
        receive_all(*living, found);
    }
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
            for (auto& living : living_) {
                receive_all(*living, of_traffic);
            }
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
    for (uint32_t turn = 0; turn < 2 * config(starved_).sub_ring_capacity + 1; ++turn) {
        if (!send()) {
            found.push_back("the living cannot send beside somebody who is stopped");
        }
        auto const taken = region_->recover();
        if (taken.participants + taken.rings + taken.references + taken.slots + taken.schema + taken.entries +
                region_->reclaim_orphaned_slots() + region_->reset_retired_rings() + region_->repair_locked_entries() !=
            0) {
            found.push_back("recovery took something from somebody who was only stopped");
        }
        for (auto& living : living_) {
            receive_all(*living, found);
        }
    }
}

void Arena::expect_all_there(Findings& found)
{
    for (auto& living : living_) {
        receive_all(*living, found);
    }
    std::size_t const expected = config(starved_).pool_size - loans();
    std::size_t const there    = kickmsg_test::allocatable(name_);
    if (there != expected) {
        found.push_back("slots: " + std::to_string(there) + " can be allocated, expected " + std::to_string(expected));
    }
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
        for (std::size_t i = living_.size(); i < config(starved_).max_subscribers; ++i) {
            subscribers.emplace_back(*region_);
        }
        for (std::size_t i = 1; i < config(starved_).max_publishers; ++i) {
            publishers.emplace_back(*region_);
        }
    } catch (kickmsg::Error const& error) {
        found.push_back(std::string("a ring or record was not given back: ") + error.what());
    }
}

} // namespace kickmsg_crash
