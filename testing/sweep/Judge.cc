#include "Judge.h"

#include "AutomaticRecovery.h"
#include "Layout.h"
#include "Lifecycle.h"
#include "RegionHeader.h"
#include "RegionState.h"

#include "kickmsg/Inspect.h"
#include "kickmsg/core/Claims.h"
#include "kickmsg/core/FreeStack.h"
#include "kickmsg/core/Words.h"
#include "kickmsg/os/Liveness.h"

#include <chrono>
#include <optional>

namespace kickmsg_sweep {

using namespace kickmsg;

namespace {

/// Returns: the slots that can be taken from the pool, one after the other. All are given back.
std::size_t allocatable(std::string const& name)
{
    auto const                                      region = detail::open_region(name, nullptr);
    auto&                                           layout = region->mapping().layout();
    core::Self const                                self   = region->participant().self();
    core::Claims<detail::Policy>                    claims(layout.record(self.record));
    core::FreeStack<detail::Policy, detail::Layout> stack(layout);
    std::vector<core::Loan>                         loans;
    while (core::Loan const loan = stack.pop(claims, self.incarnation)) {
        loans.push_back(loan);
    }
    for (core::Loan const& loan : loans) {
        core::release_references<detail::Policy>(layout, loan.slot, core::References<detail::Policy>::kept);
    }
    return loans.size();
}

std::string number(uint64_t value)
{
    return std::to_string(value);
}

} // namespace

void Judge::examine(std::string const& name)
{
    name_ = name;
    try {
        std::optional<SharedRegion> region;
        try {
            region.emplace(SharedRegion::open(name));
        } catch (Error const& error) {
            if (error.code() != ErrorCode::NoFreeRecord) {
                throw;
            }
            notes_.push_back(name + ": each record was in use, so that opening it had to recover first");
            detail::set_automatic_recovery(true);
            region.emplace(SharedRegion::open(name));
            detail::set_automatic_recovery(false);
        }
        examine(*region);
    } catch (Error const& error) {
        detail::set_automatic_recovery(false);
        if (error.code() != ErrorCode::NotFound) { // the living may have unlinked it
            find(error.what());
        }
    }
}

void Judge::examine(SharedRegion& region)
{
    if (recovers_) {
        region.recover();
        if (!quiet_) {
            kickmsg::sleep(std::chrono::milliseconds(5));
            region.recover(); // what the living covered for a moment
        }
    }
    bool anybody = false;
    for (auto const& participant : region.stats().participants) {
        anybody = anybody || (participant.alive && participant.pid != os::process_id());
    }
    expect_clean(region, anybody);
    expect_nobody_dead();
    expect_slots(anybody);
    expect_no_notes();
    if (quiet_) {
        expect_rooms(region);
    }
    auto const again = region.recover();
    if (again.participants + again.rings + again.entries + again.references + again.slots + again.schema != 0) {
        find("another recovery found something: " + number(again.participants) + " participants, " +
             number(again.rings) + " rings, " + number(again.entries) + " entries, " + number(again.references) +
             " references, " + number(again.slots) + " slots");
    }
    if (region.stats().corrupt != 0) {
        find("a word was found out of range");
    }
}

void Judge::expect_clean(SharedRegion const& region, bool anybody)
{
    auto const        health = region.diagnose();
    std::size_t const drain  = anybody ? 0 : health.draining_rings; // the living may leave while views are out
    if (health.dead_participants + health.retired_rings + health.locked_entries + health.orphaned_slots + drain +
                health.leftover_files !=
            0 ||
        health.schema_stuck) {
        find("diagnose() is not clean: " + number(health.dead_participants) + " dead participants, " +
             number(health.retired_rings) + " rings of the dead, " + number(health.locked_entries) + " entries, " +
             number(health.orphaned_slots) + " orphaned slots, " + number(drain) + " draining rings, " +
             number(health.leftover_files) + " leftover files" + (health.schema_stuck ? ", a schema claim" : ""));
    }
}

void Judge::expect_nobody_dead()
{
    auto const report = inspect(name_);
    for (auto const& participant : report.region.participants) {
        if (!participant.alive) {
            find("record " + number(participant.record) + " of the dead process " + number(participant.pid) + " (" +
                 participant.kind + ") was not given back");
        }
    }
    for (auto const& subscriber : report.subscribers) {
        if (!subscriber.alive) {
            find("ring " + number(subscriber.ring.index) + " of the dead process " + number(subscriber.ring.pid) +
                 " was not given back");
        }
    }
}

/// Nobody alive: all slots are free. Else what is not free is accounted for by the living.
void Judge::expect_slots(bool anybody)
{
    auto const report = inspect(name_);
    if (!report.pool) {
        find(report.region.error ? report.region.error->what() : "the pool could not be looked at");
        return;
    }
    auto const&    pool = *report.pool;
    uint64_t const all  = pool.free + pool.kept + pool.unread + pool.held + pool.history;
    uint64_t const size =
        report.region.config.history == 0 ? report.region.config.pool_size : all; // a history adds some
    std::string const seen = number(pool.free) + " free, " + number(pool.kept) + " kept, " + number(pool.unread) +
                             " unread, " + number(pool.held) + " held" +
                             (pool.history != 0 ? ", " + number(pool.history) + " of the history," : "") + " of " +
                             number(size);
    if (pool.orphaned != 0) {
        find("slots: " + number(pool.orphaned) + " that nobody alive accounts for: " + seen);
    }
    if (!quiet_) {
        return;
    }
    if (all != size || (!anybody && pool.free + pool.history != size)) {
        find("slots: " + seen + (anybody ? "" : ", and nobody is alive"));
    }
    std::size_t const there = allocatable(name_);
    if (there != pool.free) {
        find("slots: " + number(there) + " can be allocated of " + number(pool.free) + " that nobody holds");
    }
}

void Judge::expect_no_notes()
{
    using core::OwnerWord;
    SharedMemory const memory = SharedMemory::open(name_);
    detail::Layout     layout(memory.data(), detail::examine(memory.data(), memory.size(), name_));
    for (uint32_t record = 0; record < layout.record_count(); ++record) {
        auto&      words = layout.record(record);
        bool const used  = OwnerWord::state(words.owner.load(std::memory_order_relaxed)) != OwnerWord::Free;
        if (!used && (words.claim.load(std::memory_order_relaxed) != 0 ||
                      words.publishing.load(std::memory_order_relaxed) != 0)) {
            find("a note of what somebody is in the middle of was left behind in record " + number(record));
        }
    }
}

/// Every ring and every publisher's record that the living do not use can be taken.
void Judge::expect_rooms(SharedRegion const& region)
{
    auto const              stats = region.stats();
    auto const              info  = region.info();
    std::vector<Subscriber> subscribers;
    std::vector<Publisher>  publishers;
    uint64_t                rings = 0, records = 0;
    for (auto const& participant : stats.participants) {
        rings += participant.kind == "subscriber" ? 1 : 0;
        records += participant.kind == "publisher" ? 1 : 0;
    }
    if (stats.provisional) {
        return; // whoever publishes there decides its geometry
    }
    try {
        for (uint64_t i = rings; i < info.max_subscribers; ++i) {
            subscribers.emplace_back(region);
        }
        for (uint64_t i = records; i < info.max_publishers; ++i) {
            publishers.emplace_back(region);
        }
    } catch (Error const& error) {
        find(std::string("a ring or record was not given back: ") + error.what());
    }
}

void Judge::expect_pruned(std::string const& prefix)
{
    auto const report = prune(prefix + "_");
    for (auto const& kept : report.kept) {
        if (kept.error.code() != ErrorCode::InUse) {
            continue; // no region of the library, say
        }
        name_ = kept.name;
        find(std::string("it cannot be removed when all have ended: ") + kept.error.what());
    }
}

} // namespace kickmsg_sweep
