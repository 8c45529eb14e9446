#include "kickmsg/Region.h"

#include "Agreement.h"
#include "Guarded.h"
#include "Lifecycle.h"
#include "Unlinking.h"
#include "WaitBudget.h"

#include <algorithm>

namespace kickmsg {

using detail::guarded;
using detail::Identity;
using detail::LifeCheck;
using detail::RegionRecovery;

namespace {

/// Between two questions whether the participants of a process are dead: its address space ends within milliseconds.
constexpr std::chrono::nanoseconds shortest_pause = std::chrono::microseconds(50);
constexpr std::chrono::nanoseconds longest_pause  = std::chrono::milliseconds(10);

using Schema = core::SchemaSlot<detail::Policy, detail::Layout>;

Identity raw_identity(std::string const& creator)
{
    Identity identity;
    identity.creator = creator;
    return identity;
}

} // namespace

SharedRegion::SharedRegion(std::shared_ptr<detail::RegionState> state) : state_(std::move(state)) {}
SharedRegion::SharedRegion(SharedRegion&&) noexcept            = default;
SharedRegion& SharedRegion::operator=(SharedRegion&&) noexcept = default;
SharedRegion::~SharedRegion()                                  = default;

SharedRegion SharedRegion::create(std::string const& name, channel::Type type, channel::Config const& cfg,
                                  std::string const& creator)
{
    return guarded("SharedRegion::create",
                   [&] { return create_as(name, type, cfg, raw_identity(creator), nullptr, nullptr); });
}

SharedRegion SharedRegion::open(std::string const& name)
{
    return open_as(name, nullptr);
}

SharedRegion SharedRegion::create_or_open(std::string const& name, channel::Type type, channel::Config const& cfg,
                                          std::string const& creator)
{
    return guarded("SharedRegion::create_or_open",
                   [&] { return create_or_open_as(name, type, cfg, raw_identity(creator), nullptr, true, nullptr); });
}

SharedRegion SharedRegion::create_as(std::string const& name, channel::Type type, channel::Config const& cfg,
                                     Identity const& identity, SchemaInfo const* schema, Attach const& attach)
{
    return guarded("SharedRegion::create", [&] {
        return SharedRegion(detail::create_region(name, type, cfg, identity, schema, [&](auto const& region) {
            if (attach) {
                attach(SharedRegion(region));
            }
        }));
    });
}

SharedRegion SharedRegion::open_as(std::string const& name, Identity const* identity)
{
    return guarded("SharedRegion::open", [&] { return SharedRegion(detail::open_region(name, identity)); });
}

SharedRegion SharedRegion::create_or_open_as(std::string const& name, channel::Type type, channel::Config const& cfg,
                                             Identity const& identity, SchemaInfo const* schema, bool decides,
                                             Attach const& attach)
{
    return guarded("SharedRegion::create_or_open", [&] {
        auto const says = decides ? detail::Says::Geometry : detail::Says::Guess;
        return SharedRegion(
            detail::create_or_open_region(name, type, cfg, identity, schema, says, [&](auto const& region) {
                if (attach) {
                    attach(SharedRegion(region));
                }
            }));
    });
}

SharedRegion::operator bool() const noexcept
{
    return state_ && state_->mapping().is_own();
}

detail::RegionState& SharedRegion::state() const
{
    return guarded("SharedRegion", [this]() -> detail::RegionState& {
        if (!state_) {
            throw Error(ErrorCode::InvalidHandle, "SharedRegion", "this object was moved from",
                        Remedy{"use the object that it was moved to, or open the region anew"});
        }
        if (!state_->mapping().is_own()) {
            throw Error(ErrorCode::InvalidHandle, state_->mapping().name(), "this object was inherited through fork()",
                        Remedy{"open the region anew in the child"});
        }
        return *state_;
    });
}

void SharedRegion::unlink()
{
    detail::RegionState& region = state();
    guarded("SharedRegion::unlink", [&region] { detail::unlink_region(region); });
}

std::string const& SharedRegion::name() const
{
    return state().mapping().name();
}

std::optional<SchemaInfo> SharedRegion::schema() const
{
    detail::Mapping& mapping = state().mapping();
    if (!Schema(mapping.layout()).is_set()) {
        return std::nullopt;
    }
    SchemaInfo info                  = mapping.header().schema;
    info.name[sizeof(info.name) - 1] = '\0';
    return info;
}

bool SharedRegion::try_claim_schema(SchemaInfo const& info)
{
    detail::Mapping& mapping = state().mapping();
    return state().repair([&](RegionRecovery&, core::Self self) {
        return Schema(mapping.layout()).claim(self, [&]() noexcept { mapping.header().schema = info; });
    });
}

void SharedRegion::require_schema(SchemaInfo const& info) const
{
    detail::RegionState& region = state();
    guarded("SharedRegion::require_schema", [&] { detail::agree(region, info); });
}

bool SharedRegion::reset_schema_claim()
{
    detail::Mapping& mapping = state().mapping();
    LifeCheck        life(mapping.memory());
    return Schema(mapping.layout()).reset(life);
}

std::size_t SharedRegion::repair_locked_entries()
{
    return state().repair([](RegionRecovery& recovery, core::Self /*self*/) {
        return static_cast<std::size_t>(recovery.close_rings(core::DeadRings::HalfWay));
    });
}

std::size_t SharedRegion::reset_retired_rings()
{
    return state().repair([](RegionRecovery& recovery, core::Self /*self*/) {
        recovery.close_rings(core::DeadRings::All);
        return static_cast<std::size_t>(recovery.counts().rings);
    });
}

std::size_t SharedRegion::reclaim_orphaned_slots()
{
    detail::RegionState& region = state();
    return guarded("SharedRegion::reclaim_orphaned_slots", [&region] {
        detail::SweepNotes notes(region.mapping().geometry().pool_size);
        return region.repair([&notes](RegionRecovery& recovery, core::Self /*self*/) {
            recovery.sweep(notes.data());
            return static_cast<std::size_t>(recovery.counts().slots);
        });
    });
}

RecoveryReport SharedRegion::recover()
{
    detail::RegionState&       region = state();
    core::RecoveryCounts const counts = guarded("SharedRegion::recover", [&region] { return region.recover(); });
    RecoveryReport             report;
    report.participants = static_cast<std::size_t>(counts.participants);
    report.rings        = static_cast<std::size_t>(counts.rings);
    report.entries      = static_cast<std::size_t>(counts.entries);
    report.references   = static_cast<std::size_t>(counts.references);
    report.slots        = static_cast<std::size_t>(counts.slots);
    report.schema       = static_cast<std::size_t>(counts.schema);
    return report;
}

RecoveryReport SharedRegion::recover(uint64_t pid, std::chrono::nanoseconds timeout)
{
    detail::Mapping& mapping = state().mapping();
    auto             pause   = shortest_pause;
    std::size_t      alive   = detail::count_alive(mapping, pid);
    for (detail::WaitBudget budget(timeout); alive != 0 && !budget.is_over(); budget.look()) {
        sleep(detail::sleep_length(std::min(pause, budget.left())));
        pause = std::min(2 * pause, longest_pause);
        alive = detail::count_alive(mapping, pid);
    }
    RecoveryReport report = recover();
    report.still_alive    = alive;
    return report;
}

void set_core_dumps(bool included) noexcept
{
    detail::set_core_dumps(included);
}

} // namespace kickmsg
