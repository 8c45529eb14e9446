/// The operations of a Trial on the region as a whole, and the comparison after each operation.
#include "Trial.h"

#include <algorithm>
#include <unistd.h>

namespace kickmsg_stress {

namespace {

constexpr std::size_t most_regions = 3;

kickmsg::SchemaInfo schema_of(uint32_t version)
{
    kickmsg::SchemaInfo info{};
    info.version = version;
    info.flags   = version * 3 + 1;
    return info;
}

bool is_nothing(kickmsg::RecoveryReport const& report)
{
    return report.participants + report.rings + report.entries + report.references + report.slots + report.schema == 0;
}

} // namespace

char const* name_of(Kind kind)
{
    static char const* const names[] = {"Advertise",
                                        "Retire",
                                        "Join",
                                        "Leave",
                                        "Send",
                                        "Allocate",
                                        "Publish",
                                        "PublishShorter",
                                        "PublishLonger",
                                        "TrySend",
                                        "TryAllocate",
                                        "TryPublish",
                                        "Receive",
                                        "ReceiveWithTimeout",
                                        "ReceiveForEver",
                                        "View",
                                        "ViewWithTimeout",
                                        "DropView",
                                        "Interrupt",
                                        "WaitForMany",
                                        "Move",
                                        "Claim",
                                        "Open",
                                        "Close",
                                        "CreateAgain",
                                        "OpenOther",
                                        "Recover",
                                        "Diagnose",
                                        "Info"};
    static_assert(sizeof(names) / sizeof(*names) == static_cast<std::size_t>(Kind::Count), "a name for each");
    return names[static_cast<std::size_t>(kind)];
}

std::ostream& operator<<(std::ostream& out, Op const& op)
{
    return out << name_of(op.kind) << "(" << op.which << ", " << op.size << ")";
}

std::ostream& operator<<(std::ostream& out, Geometry const& geometry)
{
    return out << "pool " << geometry.pool << ", capacity " << geometry.capacity << ", " << geometry.subscribers
               << " subscribers, " << geometry.publishers << " publishers";
}

void Coverage::add(Model::Events const& more)
{
    events.evicted += more.evicted;
    events.overwritten += more.overwritten;
    events.exhausted += more.exhausted;
    events.no_room += more.no_room;
    events.no_slot += more.no_slot;
    events.wrapped += more.wrapped;
    events.overtaken += more.overtaken;
    events.skipped += more.skipped;
    events.unheard += more.unheard;
    events.reused += more.reused;
    events.reused_second += more.reused_second;
    events.let_go += more.let_go;
    events.passed_by += more.passed_by;
    events.left_idle += more.left_idle;
    events.left_busy += more.left_busy;
}

bool Trial::perform_on_region(Op const& op)
{
    switch (op.kind) {
    case Kind::Claim:
        return claim(op.which), true;
    case Kind::Open:
        return regions_.size() < most_regions && (open(), true);
    case Kind::Close:
        return regions_.size() > 1 &&
               (regions_.erase(regions_.begin() + op.which % static_cast<std::ptrdiff_t>(regions_.size())), true);
    case Kind::CreateAgain:
        return create_again(), true;
    case Kind::OpenOther:
        return open_other(), true;
    case Kind::Recover:
        return recover(), true;
    case Kind::Diagnose:
        return diagnose(), true;
    case Kind::Info:
        return info(), true;
    default:
        return false;
    }
}

void Trial::claim(uint32_t version)
{
    bool const first = !schema_;
    expect(region().try_claim_schema(schema_of(version)) == first, "try_claim_schema(): only the first one sets it");
    schema_ = first ? version : *schema_;
    coverage_.claimed += first ? 1 : 0;
    expect(!region().reset_schema_claim(), "a finished claim was reset");
}

void Trial::open()
{
    regions_.push_back(kickmsg::SharedRegion::open(name_));
}

void Trial::create_again()
{
    expect_error(kickmsg::ErrorCode::InUse,
                 [this] { kickmsg::SharedRegion::create(name_, kickmsg::channel::PubSub, cfg_); });
}

void Trial::open_other()
{
    auto other = cfg_;
    ++other.pool_size;
    expect_error(kickmsg::ErrorCode::Mismatch,
                 [&] { kickmsg::SharedRegion::create_or_open(name_, kickmsg::channel::PubSub, other); });
}

/// Everybody lives: there is nothing to bring back.
void Trial::recover()
{
    expect(is_nothing(region().recover()), "recover() took something from the living");
    expect(region().repair_locked_entries() + region().reset_retired_rings() + region().reclaim_orphaned_slots() == 0,
           "a repair took something from the living");
}

void Trial::diagnose()
{
    auto const  health = region().diagnose();
    auto const& rings  = model_.rings;
    auto const  live   = std::count_if(rings.begin(), rings.end(), [](Model::Ring const& r) { return r.live; });
    auto const  draining =
        std::count_if(rings.begin(), rings.end(), [](Model::Ring const& r) { return !r.live && r.views != 0; });
    expect(health.live_rings == static_cast<std::size_t>(live), "diagnose(): live rings");
    expect(health.draining_rings == static_cast<std::size_t>(draining), "diagnose(): draining rings");
    expect(health.locked_entries + health.retired_rings + health.dead_participants + health.orphaned_slots == 0 &&
               !health.schema_stuck && !health.unlinked,
           "diagnose() is not clean");
}

/// What was asked for at the creation, for ever.
void Trial::info()
{
    auto const found = region().info();
    expect(found.name == name_.str() && region().name() == name_.str() && found.kind == "region" &&
               found.user_name.empty() && found.creator == "sequential",
           "info(): names");
    expect(found.creator_pid == static_cast<uint64_t>(getpid()) && found.created_ns != 0, "info(): creator");
    expect(found.max_subscribers == cfg_.max_subscribers && found.sub_ring_capacity == cfg_.sub_ring_capacity &&
               found.pool_size == cfg_.pool_size && found.max_payload_size == cfg_.max_payload_size &&
               found.max_publishers == cfg_.max_publishers && found.payload_alignment == cfg_.payload_alignment &&
               found.type == kickmsg::channel::PubSub && found.footprint == kickmsg::channel::footprint(cfg_),
           "info(): geometry");
}

/// After each operation: slots, rings, participants and schema are as in the model.
void Trial::compare_all()
{
    auto const stats = region().stats();
    expect(stats.pool_free == model_.free_slots(), "free slots: " + std::to_string(stats.pool_free) +
                                                       ", the model says " + std::to_string(model_.free_slots()));
    expect(stats.pool_kept == model_.kept_slots(), "kept slots: " + std::to_string(stats.pool_kept) +
                                                       ", the model says " + std::to_string(model_.kept_slots()));
    expect(stats.corrupt == 0, "a word out of range");
    expect(stats.sent == model_.sent, "messages sent");
    for (auto const& ring : stats.rings) {
        compare_ring(ring);
    }
    auto const in_use = std::count_if(model_.rings.begin(), model_.rings.end(),
                                      [](Model::Ring const& ring) { return !ring.is_free(); });
    expect(stats.participants.size() == regions_.size() + publishers_.size() + static_cast<std::size_t>(in_use),
           "number of participants");
    auto const schema = region().schema();
    expect(schema.has_value() == schema_.has_value(), "whether there is a schema");
    expect(!schema || !schema_ || (schema->version == *schema_ && schema->flags == *schema_ * 3 + 1), "the schema");
}

void Trial::compare_ring(kickmsg::RingStats const& stats)
{
    Model::Ring const& ring  = model_.rings[stats.index];
    auto const         state = ring.live ? kickmsg::RingState::Live
                                         : (ring.views != 0 ? kickmsg::RingState::Draining : kickmsg::RingState::Free);
    std::string const  where = "ring " + std::to_string(stats.index) + ": ";
    expect(stats.state == state, where + "state");
    if (!ring.live) {
        return;
    }
    expect(stats.position == ring.tail, where + "position");
    expect(stats.received == ring.received, where + "received");
    expect(stats.lost == ring.lost, where + "lost");
    expect(stats.unread == ring.unread.size(), where + "unread");
    expect(stats.evicted == ring.tail - ring.start - ring.received - ring.unread.size(), where + "evicted");
}

void Trial::expect_error(kickmsg::ErrorCode code, std::function<void()> const& call)
{
    try {
        call();
        expect(false, "no error, the model says code " + std::to_string(static_cast<int>(code)));
    } catch (kickmsg::Error const& error) {
        expect(error.code() == code, std::string("another error: ") + error.what());
    }
}

} // namespace kickmsg_stress
