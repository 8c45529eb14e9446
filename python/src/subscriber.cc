/// The class Subscriber.
#include "SubscriberEnd.h"

#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>

namespace kickmsg {
namespace python {

void bind_subscriber(nb::module_& module)
{
    nb::class_<SubscriberEnd>(module, "Subscriber", "The receiving end, for bytes.")
        .def("receive", &SubscriberEnd::receive, nb::arg("timeout") = nb::none(),
             nb::sig("def receive(self, timeout: float | None = None) -> tuple[bytes, int, SampleInfo] | None"),
             "Returns: the next message, copied: (bytes, position, info); None when the time is over, or interrupted.")
        .def("receive_view", &SubscriberEnd::receive_view, nb::arg("timeout") = nb::none(),
             nb::sig("def receive_view(self, timeout: float | None = None) -> View[typing.Any] | None"),
             "Returns: the next message in place; None when the time is over, or interrupted.")
        .def("interrupt", &SubscriberEnd::interrupt, "Ends the present wait, or the next one: any thread may.")
        .def("close", &SubscriberEnd::close, "Leaves the region; views that are out stay.")
        .def_prop_ro("closed", &SubscriberEnd::is_closed, "Whether close() was called.")
        .def_prop_ro("name", &SubscriberEnd::name, "What errors call it.")
        .def_prop_ro(
            "capacity", [](SubscriberEnd& self) { return self.raw().capacity(); }, "How many messages can wait here.")
        .def_prop_ro(
            "lost", [](SubscriberEnd& self) { return self.raw().lost(); }, "Messages lost so far.")
        .def_prop_ro(
            "moves", [](SubscriberEnd& self) { return self.raw().moves(); }, "How often it moved to another region.")
        .def(
            "stale", [](SubscriberEnd& self) { return self.raw().stale(); },
            "Returns: whether the name no longer leads here.");
}

} // namespace python
} // namespace kickmsg
