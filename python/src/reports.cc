/// What regions report: constants, health, numbers, recovery.
#include "Fields.h"
#include "binding.h"
#include "kickmsg/Region.h"
#include "kickmsg/Subscriber.h"

#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

namespace kickmsg {
namespace python {

namespace {

using Health = SharedRegion::HealthReport;

void bind_info(nb::module_& module)
{
    Fields<RegionInfo>(module, "RegionInfo", "What was decided when a region was made.")
        .field("name", &RegionInfo::name, "Region name, as in the file system.")
        .field("user_name", &RegionInfo::user_name, "Topic, channel, \"owner/tag\", \"requests/service\"; or empty.")
        .field("kind", &RegionInfo::kind, "\"region\", \"topic\", \"broadcast\", \"mailbox\" or \"service\".")
        .field("creator", &RegionInfo::creator, "What the creator called itself; diagnostics only.")
        .field("creator_pid", &RegionInfo::creator_pid, "In the creator's own pid namespace; diagnostics only.")
        .field("created_ns", &RegionInfo::created_ns, "Wall clock, ns since 1970.")
        .field("type", &RegionInfo::type, "What the region is for.")
        .field("layout_version", &RegionInfo::layout_version, "Of the shared memory; every user has the same.")
        .field("max_subscribers", &RegionInfo::max_subscribers, "As in Config.")
        .field("sub_ring_capacity", &RegionInfo::sub_ring_capacity, "As in Config.")
        .field("pool_size", &RegionInfo::pool_size, "As in Config.")
        .field("max_payload_size", &RegionInfo::max_payload_size, "As in Config.")
        .field("max_publishers", &RegionInfo::max_publishers, "As in Config.")
        .field("payload_alignment", &RegionInfo::payload_alignment, "As in Config.")
        .field("max_views", &RegionInfo::max_views, "As in Config; never 0: what 0 stood for.")
        .field("send_time", &RegionInfo::send_time, "As in Config.")
        .field("history", &RegionInfo::history, "As in Config.")
        .field("footprint", &RegionInfo::footprint, "Bytes.");
}

void bind_health(nb::module_& module)
{
    Fields<RecoveryReport>(module, "RecoveryReport", "What one recover() brought back. All zero: nothing was dead.")
        .field("participants", &RecoveryReport::participants, "Records of the dead that are free again.")
        .field("rings", &RecoveryReport::rings, "Rings of the dead that are free again.")
        .field("entries", &RecoveryReport::entries, "Ring entries that a dead owner had left sealed or half re-opened.")
        .field("references", &RecoveryReport::references, "References that no living participant accounted for.")
        .field("slots", &RecoveryReport::slots, "Slots that went back to the pool.")
        .field("schema", &RecoveryReport::schema, "1 when a schema claim of the dead was reset.")
        .field("still_alive", &RecoveryReport::still_alive, "Of recover(pid): participants not proven dead in time.");
    Fields<Health>(module, "HealthReport",
                   "What diagnose() sees. Taken under live traffic; nothing is changed by looking.")
        .field("locked_entries", &Health::locked_entries, "Entries left sealed or half re-opened by a dead owner.")
        .field("retired_rings", &Health::retired_rings, "Rings whose owner is dead.")
        .field("draining_rings", &Health::draining_rings,
               "Rings closed by a living subscriber whose views are still out.")
        .field("live_rings", &Health::live_rings, "Rings taking deliveries, owner alive.")
        .field("schema_stuck", &Health::schema_stuck, "A schema claim whose claimant died.")
        .field("dead_participants", &Health::dead_participants, "Participants whose proof of life has ended.")
        .field("orphaned_slots", &Health::orphaned_slots,
               "Slots that no living participant accounts for, or only in part.")
        .field("unlinked", &Health::unlinked, "The name is gone or leads to another region.")
        .field("leftover_files", &Health::leftover_files, "Hidden files that killed replacers of this name left.");
}

void bind_stats(nb::module_& module)
{
    nb::enum_<RingState>(module, "RingState", "Where a ring is in its subscriber's life.")
        .value("FREE", RingState::Free)
        .value("JOINING", RingState::Joining)
        .value("LIVE", RingState::Live)
        .value("DRAINING", RingState::Draining);
    Fields<RingStats>(module, "RingStats",
                      "A snapshot of one ring under live traffic; its fields are not mutually consistent.")
        .field("index", &RingStats::index, "Of the ring in its region.")
        .field("state", &RingStats::state, "When it was looked at.")
        .field("pid", &RingStats::pid, "Its owner's process.")
        .field("position", &RingStats::position, "Next position to be written; continues over subscribers.")
        .field("received", &RingStats::received, "Messages that the present subscriber took.")
        .field("lost", &RingStats::lost, "Messages that it knows it lost.")
        .field("unread", &RingStats::unread, "Messages waiting now.")
        .field("evicted", &RingStats::evicted, "Messages pushed out unread, noticed by the subscriber or not yet.")
        .field("views", &RingStats::views, "Messages that it holds in place.")
        .field("views_refused", &RingStats::views_refused,
               "Receives that got no view at the limit while a message waited.");
    Fields<ParticipantStats>(module, "ParticipantStats",
                             "One attached handle: a publisher, a subscriber or an open region.")
        .field("record", &ParticipantStats::record, "The number of its record.")
        .field("kind", &ParticipantStats::kind, "\"subscriber\", \"publisher\" or \"region\".")
        .field("pid", &ParticipantStats::pid, "In the participant's own pid namespace.")
        .field("incarnation", &ParticipantStats::incarnation,
               "The number of this attachment; never reused in the region.")
        .field("alive", &ParticipantStats::alive, "False: proven dead.")
        .field("sent", &ParticipantStats::sent, "Of a publisher: messages that it has sent into the region.");
    Fields<RegionStats>(module, "RegionStats", "What stats() reports of a region under live traffic.")
        .field("rings", &RegionStats::rings, "All of them, free ones included.")
        .field("participants", &RegionStats::participants, "Those whose record is in use.")
        .field("pool_free", &RegionStats::pool_free, "Slots that nobody holds.")
        .field("pool_kept", &RegionStats::pool_kept, "Slots that a publisher keeps, and that no subscriber needs.")
        .field("pool_history", &RegionStats::pool_history, "Slots of the last messages that no subscriber needs.")
        .field("corrupt", &RegionStats::corrupt, "Words found out of range, and passed over.")
        .field("provisional", &RegionStats::provisional, "Its subscribers leave the geometry to the publisher.")
        .field("sent", &RegionStats::sent, "Messages sent into the region, ever, by whomever.");
}

} // namespace

void bind_reports(nb::module_& module)
{
    Fields<SampleInfo>(module, "SampleInfo", "Where a message comes from, as it says itself.")
        .field("publisher", &SampleInfo::publisher, "Publisher.incarnation of who sent it, never reused in the region.")
        .field("sequence", &SampleInfo::sequence, "Which message of that publisher it is: 1, 2, 3, without gaps.")
        .field("sent_ns", &SampleInfo::sent_ns,
               "monotonic_ns() of its publisher; None in a region without Config.send_time.");
    bind_info(module);
    bind_health(module);
    bind_stats(module);
}

} // namespace python
} // namespace kickmsg
