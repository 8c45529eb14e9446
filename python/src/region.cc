/// SharedRegion as Region: made, looked at, repaired.
#include "kickmsg/Region.h"

#include "PublisherEnd.h"
#include "SubscriberEnd.h"

#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <memory>
#include <optional>

namespace kickmsg {
namespace python {

namespace {

using Others = nb::call_guard<nb::gil_scoped_release>; ///< the call may ask the system, or wait for a process

class RegionEnd : public Owner<SharedRegion> {
public:
    explicit RegionEnd(SharedRegion&& made) : Owner("region " + made.name(), std::move(made)) {}

    void close()
    {
        end();
    }
};

RegionEnd* create(std::string const& name, channel::Config const& config, channel::Type type,
                  std::string const& creator)
{
    return new RegionEnd(SharedRegion::create(name, type, config, creator));
}

RegionEnd* open(std::string const& name)
{
    return new RegionEnd(SharedRegion::open(name));
}

RegionEnd* create_or_open(std::string const& name, channel::Config const& config, channel::Type type,
                          std::string const& creator)
{
    return new RegionEnd(SharedRegion::create_or_open(name, type, config, creator));
}

/// Waits in slices, so that Ctrl-C ends it. What is brought back meanwhile is of the last call alone: nothing was, before.
RecoveryReport recover(RegionEnd& self, std::optional<uint64_t> pid, std::optional<double> timeout)
{
    SharedRegion& region = self.raw();
    if (!pid) {
        InUse const                  use(self);
        nb::gil_scoped_release const others;
        return region.recover();
    }
    RecoveryReport sum;
    auto const     add = [&sum](RecoveryReport const& one) {
        sum.participants += one.participants;
        sum.rings += one.rings;
        sum.entries += one.entries;
        sum.references += one.references;
        sum.slots += one.slots;
        sum.schema += one.schema;
        sum.still_alive = one.still_alive;
        return one.still_alive == 0 ? std::optional<bool>(true) : std::nullopt;
    };
    wait(self, Deadline(timeout), polled_slice, [&](nanoseconds left) { return add(region.recover(*pid, left)); });
    return sum;
}

PublisherEnd* publisher(RegionEnd& self)
{
    return new PublisherEnd(self.name(), Publisher(self.raw()));
}

SubscriberEnd* subscriber(RegionEnd& self)
{
    return new SubscriberEnd(self.name(), Subscriber(self.raw()));
}

void bind_repairs(nb::class_<RegionEnd>& region)
{
    region
        .def(
            "diagnose", [](RegionEnd& self) { return self.raw().diagnose(); },
            "Returns: what the dead have left. It repairs nothing.")
        .def(
            "stats", [](RegionEnd& self) { return self.raw().stats(); },
            "Returns: numbers of each ring and each participant.")
        .def(
            "participant", [](RegionEnd& self, uint64_t incarnation) { return self.raw().participant(incarnation); },
            nb::arg("incarnation"),
            "Returns: the participant that SampleInfo.publisher names; None when it has left or was recovered.")
        .def("recover", &recover, nb::arg("pid") = nb::none(), nb::arg("timeout") = 0.0,
             "Brings back everything that the dead held. Of a process `pid` that has ended it first waits, for at most "
             "`timeout` seconds\n"
             "(None: for ever), until each participant of it is proven dead; what is not counts in still_alive, and is "
             "left alone.")
        .def(
            "repair_locked_entries", [](RegionEnd& self) { return self.raw().repair_locked_entries(); },
            "Finishes the rings whose dead owner stopped half-way. Returns: the entries.")
        .def(
            "reset_retired_rings", [](RegionEnd& self) { return self.raw().reset_retired_rings(); },
            "Closes and frees every ring of a dead owner. Returns: their number.")
        .def(
            "reclaim_orphaned_slots", [](RegionEnd& self) { return self.raw().reclaim_orphaned_slots(); },
            "Returns: the slots that went back to the pool.")
        .def(
            "reset_schema_claim", [](RegionEnd& self) { return self.raw().reset_schema_claim(); },
            "Takes back the claim of a claimant that died half-way. Returns: whether there was one.");
}

void bind_life(nb::class_<RegionEnd>& region)
{
    region
        .def_static("create", &create, nb::arg("name"), nb::arg("config") = channel::Config{}, nb::kw_only(),
                    nb::arg("type") = channel::PubSub, nb::arg("creator") = "", Others(),
                    "Creates the region `name` (\"/name\"); one that only the dead left behind is replaced.")
        .def_static("open", &open, nb::arg("name"), Others(),
                    "Opens the existing region `name`, and recovers what the dead left in it.")
        .def_static(
            "create_or_open", &create_or_open, nb::arg("name"), nb::arg("config") = channel::Config{}, nb::kw_only(),
            nb::arg("type") = channel::PubSub, nb::arg("creator") = "", Others(),
            "Opens the region `name`, or creates it. Any number of processes may race here: all end up on one region.")
        .def("close", &RegionEnd::close, "Gives up this participant. The region stays, with its name.")
        .def_prop_ro("closed", &RegionEnd::is_closed, "Whether close() was called.")
        .def(
            "__enter__", [](nb::object self) { return self; }, nb::sig("def __enter__(self) -> Region"))
        .def(
            "__exit__", [](RegionEnd& self, nb::args const&) { self.close(); },
            nb::sig("def __exit__(self, *exception: object) -> None"))
        .def("__repr__", [](RegionEnd const& self) {
            return "<kickmsg." + std::string(self.is_closed() ? "closed " : "") + self.name() + ">";
        });
}

} // namespace

void bind_region(nb::module_& module)
{
    nb::class_<RegionEnd> region(
        module, "Region",
        "One channel in shared memory: created, opened, inspected and repaired. Held open, it is in use.");
    bind_life(region);
    region
        .def_prop_ro(
            "name", [](RegionEnd& self) { return self.raw().name(); }, "The name of the region, with its slash.")
        .def(
            "info", [](RegionEnd& self) { return self.raw().info(); },
            "Returns: what was decided when the region was made.")
        .def(
            "schema", [](RegionEnd& self) { return self.raw().schema(); }, "Returns: the schema, if one has been set.")
        .def(
            "try_claim_schema",
            [](RegionEnd& self, SchemaInfo const& info) { return self.raw().try_claim_schema(info); }, nb::arg("info"),
            "Sets the schema of a region that has none. Returns: whether it was this call that set it.")
        .def(
            "require_schema", [](RegionEnd& self, SchemaInfo const& info) { self.raw().require_schema(info); },
            nb::arg("info"),
            "Sets the schema where there is none, else compares. Errors: SchemaMismatchError, MismatchError.")
        .def(
            "unlink", [](RegionEnd& self) { self.raw().unlink(); }, "Removes the name. Existing handles stay valid.");
    region.def("_publisher", &publisher).def("_subscriber", &subscriber);
    bind_repairs(region);
}

} // namespace python
} // namespace kickmsg
