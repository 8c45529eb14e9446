#include "kickmsg/Region.h"

#include "Guarded.h"
#include "RegionState.h"

namespace kickmsg {

using detail::Identity;
using detail::LifeCheck;
using detail::RegionRecovery;

namespace {

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
    return create_as(name, type, cfg, raw_identity(creator));
}

SharedRegion SharedRegion::open(std::string const& name)
{
    return open_as(name, nullptr);
}

SharedRegion SharedRegion::create_or_open(std::string const& name, channel::Type type, channel::Config const& cfg,
                                          std::string const& creator)
{
    return create_or_open_as(name, type, cfg, raw_identity(creator));
}

SharedRegion SharedRegion::create_as(std::string const& name, channel::Type type, channel::Config const& cfg,
                                     Identity const& identity)
{
    return detail::guarded(name, [&] { return SharedRegion(detail::create_region(name, type, cfg, identity)); });
}

SharedRegion SharedRegion::open_as(std::string const& name, Identity const* identity)
{
    return detail::guarded(name, [&] { return SharedRegion(detail::open_region(name, identity)); });
}

SharedRegion SharedRegion::create_or_open_as(std::string const& name, channel::Type type, channel::Config const& cfg,
                                             Identity const& identity)
{
    return detail::guarded(name,
                           [&] { return SharedRegion(detail::create_or_open_region(name, type, cfg, identity)); });
}

detail::RegionState& SharedRegion::state() const
{
    if (!state_) {
        throw Error(ErrorCode::InvalidHandle, "SharedRegion", "this object was moved from",
                    Remedy{"use the object that it was moved to, or open the region anew"});
    }
    if (!state_->mapping().is_own()) {
        throw Error(ErrorCode::InvalidHandle, state_->mapping().name(), "this object was inherited through fork()",
                    Remedy{"open the region anew in the child"});
    }
    return *state_;
}

void SharedRegion::unlink()
{
    detail::unlink_region(state());
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
    detail::SweepNotes notes(state().mapping().geometry().pool_size);
    return state().repair([&notes](RegionRecovery& recovery, core::Self /*self*/) {
        recovery.sweep(notes.data());
        return static_cast<std::size_t>(recovery.counts().slots);
    });
}

RecoveryReport SharedRegion::recover()
{
    core::RecoveryCounts const counts = state().recover();
    RecoveryReport             report;
    report.participants = static_cast<std::size_t>(counts.participants);
    report.rings        = static_cast<std::size_t>(counts.rings);
    report.entries      = static_cast<std::size_t>(counts.entries);
    report.references   = static_cast<std::size_t>(counts.references);
    report.slots        = static_cast<std::size_t>(counts.slots);
    report.schema       = static_cast<std::size_t>(counts.schema);
    return report;
}

} // namespace kickmsg
