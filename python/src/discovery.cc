/// Finding what is there, and removing what only the dead left.
#include "kickmsg/Discovery.h"

#include "Fields.h"
#include "Waiting.h"
#include "kickmsg/Inspect.h"
#include "kickmsg/os/SharedMemory.h"

#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

namespace kickmsg {
namespace python {

namespace {

using Others = nb::call_guard<nb::gil_scoped_release>;

/// An Error that is a value, of a region that is listed.
std::optional<std::string> text_of(std::optional<Error> const& error)
{
    return error ? std::optional<std::string>(error->what()) : std::nullopt;
}

void bind_listed(nb::module_& module)
{
    nb::enum_<RegionStatus>(module, "RegionStatus", "How a region stands when it is looked at.")
        .value("READY", RegionStatus::Ready)
        .value("RETIRED", RegionStatus::Retired)
        .value("HALF_CREATED", RegionStatus::HalfCreated)
        .value("UNLINKED", RegionStatus::Unlinked)
        .value("UNREADABLE", RegionStatus::Unreadable);
    Fields<Attendance>(module, "Attendance", "Participants of one kind.")
        .field("alive", &Attendance::alive, "Not proven dead.")
        .field("dead", &Attendance::dead, "Proven dead, and not recovered yet.");
    Fields<ListedRegion> listed(module, "ListedRegion", "What list_regions() reports of a region.");
    listed.field("name", &ListedRegion::name, "Region name, with its slash.")
        .field("status", &ListedRegion::status, "How it stands.")
        .field("size", &ListedRegion::size, "Bytes of shared memory; 0 when they cannot be asked for.")
        .field("layout_version", &ListedRegion::layout_version, "Of a region of any version; 0 when it cannot be read.")
        .field("kind", &ListedRegion::kind,
               "\"region\", \"topic\", \"broadcast\", \"mailbox\", \"service\", \"blackboard\" or \"unknown\".")
        .field("prefix", &ListedRegion::prefix, "Of the Node that made it; empty for a raw region.")
        .field("user_name", &ListedRegion::user_name, "Topic, channel, tag or service, as written.")
        .field("owner", &ListedRegion::owner,
               "The node that reads a mailbox; \"requests\" or \"responses\" of a service.")
        .field("creator", &ListedRegion::creator, "What the creator called itself; diagnostics only.")
        .field("creator_pid", &ListedRegion::creator_pid, "In the creator's own pid namespace.")
        .field("created_ns", &ListedRegion::created_ns, "Wall clock, ns since 1970.")
        .field("type", &ListedRegion::type, "What the region is for.")
        .field("config", &ListedRegion::config, "Its geometry; no schema.")
        .field("provisional", &ListedRegion::provisional, "Its subscribers leave the geometry to the publisher.")
        .field("publishers", &ListedRegion::publishers, "Their number.")
        .field("subscribers", &ListedRegion::subscribers, "Their number.")
        .field("handles", &ListedRegion::handles, "Open Region objects.")
        .field("live_rings", &ListedRegion::live_rings, "Rings that take deliveries, owner alive.")
        .field("sent", &ListedRegion::sent, "As RegionStats.sent.")
        .field("participants", &ListedRegion::participants, "All of these one by one.");
    listed.made().def_prop_ro(
        "error", [](ListedRegion const& self) { return text_of(self.error); },
        "Why no more is known: HALF_CREATED and UNREADABLE only.");
}

void bind_inspection(nb::module_& module)
{
    nb::enum_<InspectDepth>(module, "InspectDepth", "How much inspect() reads.")
        .value("RINGS", InspectDepth::Rings)
        .value("SLOTS", InspectDepth::Slots);
    Fields<InspectedSubscriber>(module, "InspectedSubscriber", "One subscriber, alive or dead, and its ring.")
        .field("ring", &InspectedSubscriber::ring, "As stats() reports it.")
        .field("incarnation", &InspectedSubscriber::incarnation, "The number of this attachment.")
        .field("alive", &InspectedSubscriber::alive, "False: proven dead, and not recovered yet.");
    Fields<InspectedPublisher>(module, "InspectedPublisher", "One publisher, alive or dead.")
        .field("pid", &InspectedPublisher::pid, "In its own pid namespace.")
        .field("incarnation", &InspectedPublisher::incarnation, "The number of this attachment.")
        .field("alive", &InspectedPublisher::alive, "False: proven dead, and not recovered yet.")
        .field("publishing", &InspectedPublisher::publishing,
               "Whether it was in the middle of a delivery, or has a message pending.")
        .field("sent", &InspectedPublisher::sent, "Messages that it has sent.")
        .field("kept", &InspectedPublisher::kept, "Slots that it keeps; of SLOTS.");
    Fields<PoolReport>(module, "PoolReport", "What the slots of a pool are in use for; each slot counts once.")
        .field("free", &PoolReport::free, "Nobody holds them.")
        .field("kept", &PoolReport::kept, "A publisher keeps them, and no subscriber needs them.")
        .field("unread", &PoolReport::unread, "Wait in a ring, and no subscriber holds them.")
        .field("held", &PoolReport::held, "A subscriber holds them.")
        .field("history", &PoolReport::history, "Kept for subscribers that come late; no subscriber needs them.")
        .field("orphaned", &PoolReport::orphaned, "Of all of these, those that no living participant accounts for.");
    Fields<RegionReport>(module, "RegionReport", "What inspect() reports of a region.")
        .field("region", &RegionReport::region, "As list_regions() reports it.")
        .field("schema", &RegionReport::schema, "Of its messages, if one has been set.")
        .field("schema_stuck", &RegionReport::schema_stuck, "A schema claim whose claimant died.")
        .field("subscribers", &RegionReport::subscribers, "Those that have a ring, in the order of the rings.")
        .field("publishers", &RegionReport::publishers, "In the order of their records.")
        .field("pool", &RegionReport::pool, "Of SLOTS.")
        .field("slot_bytes", &RegionReport::slot_bytes, "Of one slot of the pool, its header included.")
        .field("last_length", &RegionReport::last_length, "Bytes of a message that was sent lately.")
        .field("corrupt", &RegionReport::corrupt, "Words found out of range, and passed over.")
        .field("sweep_owed", &RegionReport::sweep_owed, "A recovery has something left to do.")
        .field("leftover_files", &RegionReport::leftover_files,
               "Hidden files that killed replacers of this name left.");
    module.def(
        "inspect", &inspect, nb::arg("name"), nb::arg("depth") = InspectDepth::Slots, Others(),
        "Looks at the region `name` from outside, taking part in nothing. Errors: InvalidNameError, NotFoundError.");
}

} // namespace

void bind_discovery(nb::module_& module)
{
    bind_listed(module);
    Fields<KeptRegion> kept(module, "KeptRegion", "A region that prune() has left alone.");
    kept.field("name", &KeptRegion::name, "Region name, with its slash.");
    kept.made().def_prop_ro(
        "error", [](KeptRegion const& self) { return std::string(self.error.what()); },
        "Why: in use, with the participants; or not allowed.");
    Fields<PruneReport>(module, "PruneReport", "What prune() did.")
        .field("removed", &PruneReport::removed, "Names of the regions that it removed.")
        .field("kept", &PruneReport::kept, "What it left alone, and why.")
        .field("leftovers", &PruneReport::leftovers, "Hidden files of killed processes that it cleared.");
    module.def(
        "list_regions", &list, nb::arg("prefix") = "", Others(),
        "Returns: the regions whose name begins with `prefix`, in the order of their names. It takes part in nothing.");
    module.def("prune", &prune, nb::arg("prefix"), Others(),
               "Removes the regions whose name begins with `prefix` and that nobody alive takes part in.");
    module.def("unlink", &SharedMemory::unlink, nb::arg("name"), Others(),
               "Removes the name of a region, whatever it leads to. Returns: False when there was none.");
    bind_inspection(module);
}

} // namespace python
} // namespace kickmsg
