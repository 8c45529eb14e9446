/// The class View.
#include "SubscriberEnd.h"

#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/typing.h>

namespace kickmsg {
namespace python {

namespace {

nb::object value_of(nb::handle self)
{
    ViewEnd const& view = nb::cast<ViewEnd const&>(self);
    if (view.decode.is_valid()) {
        return view.decode(self);
    }
    view.raw();
    return copy_of(self);
}

std::string show(ViewEnd const& view)
{
    return view.is_valid() ? "<kickmsg.View of " + std::to_string(view.length()) + " bytes>"
                           : "<kickmsg.View, released>";
}

} // namespace

void bind_view(nb::module_& module)
{
    module.attr("T_co") = nb::type_var("T_co", nb::arg("covariant") = true);
    nb::class_<ViewEnd>(module, "View", nb::type_slots(Lending<ViewEnd>::slots), nb::is_generic(),
                        nb::sig("class View(typing.Generic[T_co])"),
                        "A received message, read in place, as a read-only buffer. It keeps its slot until release().")
        .def("release", &ViewEnd::release,
             "Gives the slot back. Errors: BufferError while a memoryview or an array of it is there.")
        .def_prop_ro("value", &value_of, nb::for_getter(nb::sig("def value(self, /) -> T_co")),
                     "The message as its type says: in place where that can be, for NumPy and slices; else a copy.")
        .def(
            "array", [](nb::handle self, nb::handle type, nb::handle shape) { return array_of(self, type, shape); },
            nb::arg("dtype") = "uint8", nb::arg("shape").none() = nb::none(),
            nb::sig(
                "def array(self, dtype: object = 'uint8', shape: object = None) -> numpy.typing.NDArray[typing.Any]"),
            "Returns: its bytes as a NumPy array in place, read-only.")
        .def_prop_ro(
            "data", [](nb::handle self) { return memory_view(self); },
            nb::for_getter(nb::sig("def data(self, /) -> memoryview")), "Its bytes in place, read-only.")
        .def_prop_ro(
            "info", [](ViewEnd const& self) { return self.raw().info(); }, "Where the message comes from.")
        .def_prop_ro(
            "position", [](ViewEnd const& self) { return self.raw().ring_pos(); },
            "Its position in the subscriber's ring: a gap is a loss.")
        .def_prop_ro("valid", &ViewEnd::is_valid, "Whether it is there: neither released nor inherited through fork().")
        .def_prop_ro(
            "lent", [](ViewEnd const& self) { return self.lent(); },
            "How many memoryviews and arrays of it are there: 0 lets it be released.")
        .def("__len__", &ViewEnd::length)
        .def("__repr__", &show)
        .def(
            "__enter__", [](nb::object self) { return self; }, nb::sig("def __enter__(self) -> View[T_co]"))
        .def(
            "__exit__", [](ViewEnd& self, nb::args const&) { self.release(); },
            nb::sig("def __exit__(self, *exception: object) -> None"))
        .def(
            "_set_decode", [](ViewEnd& self, nb::object decode) { self.decode = std::move(decode); },
            nb::arg("decode"));
}

} // namespace python
} // namespace kickmsg
