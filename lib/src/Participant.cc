#include "Participant.h"

#include "LifeCheck.h"
#include "kickmsg/Error.h"
#include "kickmsg/core/Ownership.h"

#include <cerrno>

namespace kickmsg {
namespace detail {

namespace {

/// More than participants fit a region.
constexpr uint32_t draws_limit = 4096;

constexpr std::size_t named_limit = 10; ///< of the living, in one message

/// Calls visit(record) for each participant that is at work and not proven dead.
template <class Visit>
void for_each_living(Mapping& mapping, Visit visit)
{
    for (uint32_t index = 0; index < mapping.layout().record_count(); ++index) {
        Record&        record = mapping.layout().record(index);
        uint64_t const word   = record.owner.load(std::memory_order_acquire);
        if (core::OwnerWord::state(word) == core::OwnerWord::Active &&
            os::is_alive(mapping.memory(), os::Role::Participant, core::OwnerWord::incarnation(word))) {
            visit(record);
        }
    }
}

} // namespace

char const* kind_name(uint32_t kind) noexcept
{
    switch (static_cast<ParticipantKind>(kind)) {
    case ParticipantKind::Subscriber:
        return "subscriber";
    case ParticipantKind::Publisher:
        return "publisher";
    case ParticipantKind::Region:
        return "region";
    }
    return "unknown";
}

Participant::Participant(std::shared_ptr<Mapping> mapping) : mapping_(std::move(mapping))
{
    for (uint32_t draws = 1; !draw(draws == draws_limit); ++draws) {
    }
}

/// Returns: false when a living participant has the number already, which takes a counter that was overwritten. Errors,
/// and that one at the `last` draw: of ProofOfLife.
bool Participant::draw(bool last)
{
    self_.incarnation = core::Registry<Policy, Layout>(mapping_->layout()).draw_incarnation();
    try {
        proof_ = os::ProofOfLife(mapping_->memory(), os::Role::Participant, self_.incarnation);
        return true;
    } catch (Error const& error) {
        if (last || error.os_error() != EAGAIN) {
            throw;
        }
        return false;
    }
}

Participant::~Participant()
{
    if (enrolled_ && mapping_->may_end()) {
        core::Registry<Policy, Layout>(mapping_->layout()).leave(self_);
    }
}

bool Participant::enroll(ParticipantKind kind) noexcept
{
    RecordRange const range = records_of(mapping_->geometry(), kind);
    enrolled_ = core::Registry<Policy, Layout>(mapping_->layout()).enroll(range.first, range.count, self_);
    describe(kind);
    return enrolled_;
}

bool Participant::adopt(ParticipantKind kind) noexcept
{
    RecordRange const range = records_of(mapping_->geometry(), kind);
    LifeCheck         life(mapping_->memory());
    enrolled_ = core::Registry<Policy, Layout>(mapping_->layout()).adopt(range.first, range.count, self_, life);
    describe(kind);
    return enrolled_;
}

void Participant::describe(ParticipantKind kind) noexcept
{
    if (enrolled_) {
        Record& record = mapping_->layout().record(self_.record);
        record.kind.store(static_cast<uint32_t>(kind), std::memory_order_relaxed);
        record.pid.store(os::process_id(), std::memory_order_relaxed);
    }
}

void Participant::refuse(ParticipantKind kind) const
{
    Geometry const& g     = mapping_->geometry();
    std::string     field = "max_subscribers";
    std::string     what  = "no ring is free for another subscriber: max_subscribers = ";
    uint32_t        limit = g.max_subscribers;
    if (kind == ParticipantKind::Publisher) {
        field = "max_publishers";
        what  = "no participant record is free for another publisher: max_publishers = ";
        limit = g.max_publishers;
    } else if (kind == ParticipantKind::Region) {
        what  = "no participant record is free for another open region: max_subscribers + max_publishers + 8 = ";
        limit = g.region_records();
    }
    throw Error(kind == ParticipantKind::Subscriber ? ErrorCode::NoFreeRing : ErrorCode::NoFreeRecord, mapping_->name(),
                what + std::to_string(limit) + ", all in use by the living: " + living_participants(*mapping_),
                Remedy{"end one of these, or make the region anew with a larger Config::" + field});
}

RecordRange records_of(Geometry const& geometry, ParticipantKind kind) noexcept
{
    switch (kind) {
    case ParticipantKind::Subscriber:
        return {0, geometry.max_subscribers};
    case ParticipantKind::Publisher:
        return {geometry.max_subscribers, geometry.max_publishers};
    case ParticipantKind::Region:
        break;
    }
    return {geometry.max_subscribers + geometry.max_publishers, geometry.region_records()};
}

ParticipantKind kind_of(Geometry const& geometry, uint32_t record) noexcept
{
    for (ParticipantKind const kind : {ParticipantKind::Subscriber, ParticipantKind::Publisher}) {
        RecordRange const range = records_of(geometry, kind);
        if (record < range.first + range.count) {
            return kind;
        }
    }
    return ParticipantKind::Region;
}

std::size_t count_alive(Mapping& mapping, uint64_t pid) noexcept
{
    std::size_t count = 0;
    for_each_living(
        mapping, [&](Record& record) noexcept { count += record.pid.load(std::memory_order_relaxed) == pid ? 1 : 0; });
    return count;
}

std::string living_participants(Mapping& mapping)
{
    LivingText text;
    for_each_living(mapping, [&](Record& record) {
        text.add(kind_name(record.kind.load(std::memory_order_relaxed)), record.pid.load(std::memory_order_relaxed));
    });
    return text.all();
}

void LivingText::add(std::string const& kind, uint64_t pid)
{
    if (++count_ <= named_limit) {
        list_ += (list_.empty() ? "" : ", ") + kind + " pid " + std::to_string(pid);
    }
}

std::string LivingText::all() const
{
    if (list_.empty()) {
        return "somebody who is just attaching";
    }
    if (count_ <= named_limit) {
        return list_;
    }
    return list_ + " and " + std::to_string(count_ - named_limit) + " more";
}

} // namespace detail
} // namespace kickmsg
