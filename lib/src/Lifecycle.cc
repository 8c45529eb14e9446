/// Creating, opening and replacing regions: who meets on a name meets on one file.
///
///   opener:    proof of life -> look at the state and at the name -> go on, or let go and open by name again
///   replacer:  retire the old region (core/Replacement.h) -> rename over its name
#include "RegionState.h"
#include "kickmsg/Error.h"
#include "kickmsg/core/Replacement.h"
#include "kickmsg/os/Time.h"

#include <optional>

namespace kickmsg {
namespace detail {

namespace {

/// Another process is between two steps of replacing or naming a region: look again, this often, then say so.
constexpr int  attempts_limit = 1000;
constexpr auto pause          = std::chrono::milliseconds(1);

[[noreturn]] void refuse_unsettled(std::string const& name)
{
    throw Error(ErrorCode::InUse, name,
                "another process has been replacing this region for about a second (is it stopped under a debugger?)");
}

std::shared_ptr<Mapping> map_region(std::string const& name)
{
    SharedMemory   memory   = SharedMemory::open(name);
    Geometry const geometry = examine(memory.data(), memory.size(), memory.name());
    return std::make_shared<Mapping>(std::move(memory), geometry);
}

/// What the protocol of replacing asks of the system.
class Surroundings {
public:
    explicit Surroundings(SharedMemory const& memory) noexcept : memory_(memory) {}

    bool is_replacer_alive(uint64_t incarnation) const noexcept
    {
        return os::is_alive(memory_, os::Role::Replacer, incarnation);
    }
    bool is_anyone_alive() const noexcept
    {
        return os::is_anyone_alive(memory_);
    }
    bool is_linked() const noexcept
    {
        return memory_.is_linked();
    }

private:
    SharedMemory const& memory_;
};

using Replacement = core::Replacement<Policy, Surroundings>;

/// The right to replace a region: named in its state, proven by a proof of life of its own.
class Replacer {
public:
    explicit Replacer(Mapping& old)
        : old_(old), incarnation_(core::Registry<Policy, Layout>(old.layout()).draw_incarnation()),
          proof_(old.memory(), os::Role::Replacer, incarnation_)
    {
    }

    Replacement::Outcome retire() noexcept
    {
        Surroundings surroundings(old_.memory());
        return Replacement(old_.header().state, surroundings).retire(incarnation_);
    }

private:
    Mapping&        old_;
    uint64_t        incarnation_;
    os::ProofOfLife proof_;
};

/// After the proof of life: whether this region is the one to stay in.
bool is_settled(Mapping& mapping) noexcept
{
    Surroundings surroundings(mapping.memory());
    return Replacement(mapping.header().state, surroundings).settle();
}

/// Takes a record for the region itself, and recovers what the dead left.
void settle_in(RegionState& region)
{
    Participant& participant = region.participant();
    if (!participant.enroll(ParticipantKind::Region) && !participant.adopt(ParticipantKind::Region)) {
        participant.refuse(ParticipantKind::Region);
    }
    region.recover_if_automatic();
}

/// Before anything is built: a region in use is an error even where there is no room for another.
void refuse_if_in_use(std::string const& name)
{
    try {
        auto const mapping = map_region(name);
        if (mapping->memory().is_linked() && os::is_anyone_alive(mapping->memory())) {
            throw Error(ErrorCode::InUse, mapping->name(), "the region is in use by " + living_participants(*mapping));
        }
    } catch (Error const& error) {
        if (error.code() != ErrorCode::NotFound) {
            throw;
        }
    }
}

void check_type(channel::Type type)
{
    if (type != channel::PubSub && type != channel::Broadcast) {
        throw Error(ErrorCode::InvalidConfig, "channel::Type",
                    "is " + std::to_string(type) + ", expected 1 (PubSub) or 2 (Broadcast)");
    }
}

std::shared_ptr<RegionState> build_region(std::string const& name, channel::Type type, channel::Config const& cfg,
                                          Identity const& identity, Attach const& attach)
{
    Geometry const geometry = Geometry::of(cfg);
    SharedMemory   memory   = SharedMemory::build(name, static_cast<std::size_t>(geometry.total_size), cfg.mode);
    initialise(memory.data(), geometry, type, identity, cfg.schema);
    auto region = std::make_shared<RegionState>(std::make_shared<Mapping>(std::move(memory), geometry));
    settle_in(*region); // before it has a name: from the first moment it is in use
    attach(region);
    return region;
}

/// Returns: whether `fresh` has taken the place of the region that has its name, which only the dead hold.
bool replace_region(RegionState& fresh)
{
    std::shared_ptr<Mapping> old;
    try {
        old = map_region(fresh.mapping().name());
    } catch (Error const& error) {
        if (error.code() == ErrorCode::NotFound) {
            return false; // unlinked meanwhile: the name is free
        }
        throw;
    }
    Replacer replacer(*old);
    switch (replacer.retire()) {
    case Replacement::Outcome::Busy:
        sleep(pause);
        return false;
    case Replacement::Outcome::Occupied:
        throw Error(ErrorCode::InUse, old->name(), "the region is in use by " + living_participants(*old));
    case Replacement::Outcome::Retired:
        break;
    }
    fresh.mapping().memory().replace();
    return true;
}

/// Returns: the error when the region is one of another user name.
std::optional<Error> collision(Mapping& mapping, Identity const* expected)
{
    Identity const found = identity_of(mapping.header());
    if (expected == nullptr || expected->kind == Identity::Region || found.kind == Identity::Region ||
        found.same_name(*expected)) {
        return std::nullopt;
    }
    return Error(ErrorCode::NameCollision, mapping.name(),
                 "two different names lead to this region: expected " + expected->readable() + ", found " +
                     found.readable() + " (rename one of them)");
}

channel::Type type_of(Identity const& identity) noexcept
{
    return identity.kind == Identity::Broadcast ? channel::Broadcast : channel::PubSub;
}

/// Returns: the error when the region is of the other type than what the opener calls it. A raw region may be of either.
std::optional<Error> wrong_type(Mapping& mapping, Identity const* expected)
{
    if (expected == nullptr || expected->kind == Identity::Region || mapping.header().type == type_of(*expected)) {
        return std::nullopt;
    }
    return Error(ErrorCode::Mismatch, mapping.name(),
                 "type is " + std::to_string(mapping.header().type) + ", expected " +
                     std::to_string(type_of(*expected)) + " (1 = PubSub, 2 = Broadcast) for " + expected->readable());
}

/// Returns: the error when the region is not the one that is asked for.
std::optional<Error> misfit(Mapping& mapping, channel::Type type, Geometry const& geometry, Identity const& identity)
{
    if (auto other = collision(mapping, &identity)) {
        return other;
    }
    std::string difference = mapping.geometry().difference(geometry);
    if (mapping.header().type != type) {
        difference = "type is " + std::to_string(mapping.header().type) + ", expected " + std::to_string(type) +
                     " (1 = PubSub, 2 = Broadcast)";
    }
    if (!difference.empty()) {
        return Error(ErrorCode::Mismatch, mapping.name(), "the region in use has another geometry: " + difference);
    }
    return std::nullopt;
}

/// Opens the region if it fits. Returns: null when it has to be looked at again.
/// Errors: what does not fit, when the living use it; `stale` is set when only the dead do.
std::shared_ptr<RegionState> open_if_fitting(std::string const& name, channel::Type type, Geometry const& geometry,
                                             Identity const& identity, bool& stale)
{
    auto const                 mapping  = map_region(name); // to look, not to take part: nobody must take it for use
    std::optional<Error> const mismatch = misfit(*mapping, type, geometry, identity);
    if (!mismatch) {
        auto region = open_region(name, nullptr);
        return misfit(region->mapping(), type, geometry, identity) ? nullptr : region;
    }
    if (mapping->memory().is_linked() && os::is_anyone_alive(mapping->memory())) {
        throw *mismatch;
    }
    stale = true;
    return nullptr;
}

/// Returns: whether `fresh` has its name now; false when others were faster.
bool take_name(RegionState& fresh, bool stale)
{
    if (fresh.mapping().memory().publish()) {
        return true;
    }
    try {
        return stale && replace_region(fresh);
    } catch (Error const& error) {
        if (error.code() == ErrorCode::InUse) {
            return false; // looked at again: it may fit now
        }
        throw;
    }
}

} // namespace

std::shared_ptr<RegionState> create_region(std::string const& name, channel::Type type, channel::Config const& cfg,
                                           Identity const& identity, Attach const& attach)
{
    check_type(type);
    Geometry::of(cfg); // what is wrong with the Config is said first
    refuse_if_in_use(name);
    auto region = build_region(name, type, cfg, identity, attach);
    for (int attempt = 0; attempt < attempts_limit; ++attempt) {
        if (region->mapping().memory().publish() || replace_region(*region)) {
            return region;
        }
    }
    refuse_unsettled(region->mapping().name());
}

std::shared_ptr<RegionState> open_region(std::string const& name, Identity const* identity)
{
    for (int attempt = 0; attempt < attempts_limit; ++attempt) {
        auto region = std::make_shared<RegionState>(map_region(name));
        if (is_settled(region->mapping())) {
            if (auto const other = collision(region->mapping(), identity)) {
                throw *other;
            }
            if (auto const other = wrong_type(region->mapping(), identity)) {
                throw *other;
            }
            settle_in(*region);
            return region;
        }
        region.reset();
        sleep(pause);
    }
    refuse_unsettled(name);
}

std::shared_ptr<RegionState> open_if_settled(std::string const& name, channel::Type type,
                                             std::optional<Geometry> const& geometry, Identity const& identity)
{
    auto const mapping = map_region(name); // to look, not to take part: nobody must take it for use
    if (auto const other = misfit(*mapping, type, geometry ? *geometry : mapping->geometry(), identity)) {
        throw *other;
    }
    auto region = std::make_shared<RegionState>(mapping);
    if (!is_settled(*mapping)) {
        return nullptr;
    }
    settle_in(*region);
    return region;
}

std::shared_ptr<RegionState> create_or_open_region(std::string const& name, channel::Type type,
                                                   channel::Config const& cfg, Identity const& identity,
                                                   Attach const& attach)
{
    check_type(type);
    Geometry const               geometry = Geometry::of(cfg);
    std::shared_ptr<RegionState> fresh;
    for (int attempt = 0; attempt < attempts_limit; ++attempt) {
        bool stale = false;
        try {
            if (auto region = open_if_fitting(name, type, geometry, identity, stale)) {
                attach(region);
                return region;
            }
        } catch (Error const& error) {
            if (error.code() != ErrorCode::NotFound) {
                throw;
            }
        }
        fresh = fresh ? fresh : build_region(name, type, cfg, identity, attach);
        if (take_name(*fresh, stale)) {
            return fresh;
        }
    }
    refuse_unsettled(name);
}

void unlink_region(std::string const& name, Identity const& identity)
{
    std::shared_ptr<Mapping> mapping;
    try {
        mapping = map_region(name);
        if (auto const other = collision(*mapping, &identity)) {
            throw *other;
        }
    } catch (Error const& error) {
        if (error.code() == ErrorCode::NameCollision) {
            throw;
        } // whatever else is wrong with it: it is to go
    }
    SharedMemory::unlink(name);
    if (mapping) {
        note_unlinked(*mapping);
    }
}

void note_unlinked(Mapping& mapping) noexcept
{
    if (!mapping.memory().is_linked()) {
        mapping.header().unlinks.fetch_add(1, std::memory_order_relaxed); // relaxed: who sees it asks the system
    }
}

} // namespace detail
} // namespace kickmsg
