/// The classes Server and Request.
#include "ServerEnd.h"

#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/typing.h>

namespace kickmsg {
namespace python {

namespace {

nb::object value_of(nb::handle self)
{
    RequestEnd const& request = nb::cast<RequestEnd const&>(self);
    if (request.decode.is_valid()) {
        return request.decode(self);
    }
    if (request.bytes().data == nullptr) {
        throw Error(ErrorCode::InvalidHandle, "request", "it was released, or inherited through fork()",
                    Remedy{"receive another one"});
    }
    return copy_of(self);
}

bool answer_with(RequestEnd& self, nb::handle value)
{
    nb::object const data = self.encode.is_valid() ? self.encode(value) : nb::borrow(value);
    return self.answer(data);
}

void bind_request(nb::module_& module)
{
    module.attr("Req_co")      = nb::type_var("Req_co", nb::arg("covariant") = true);
    module.attr("Resp_contra") = nb::type_var("Resp_contra", nb::arg("contravariant") = true);
    nb::class_<RequestEnd>(
        module, "Request", nb::type_slots(Lending<RequestEnd>::slots), nb::is_generic(),
        nb::sig("class Request(typing.Generic[Req_co, Resp_contra])"),
        "A request, read in place, and the right to answer it once. Its client learns when it is dropped without.")
        .def("answer", &answer_with, nb::arg("value"), nb::sig("def answer(self, value: Resp_contra) -> bool"),
             "Answers. Returns: False when its client has left, or waits no more; one that was killed just now may "
             "still be sent to, see wanted().")
        .def_prop_ro("value", &value_of, nb::for_getter(nb::sig("def value(self, /) -> Req_co")), "What was asked.")
        .def_prop_ro(
            "data", [](nb::handle self) { return memory_view(self); },
            nb::for_getter(nb::sig("def data(self, /) -> memoryview")), "Its bytes in place, read-only.")
        .def_prop_ro("open", &RequestEnd::is_open, "Whether it is to be answered.")
        .def("wanted", &RequestEnd::is_wanted, "Returns: whether its client lives and still waits.")
        .def("release", &RequestEnd::release, "Drops it; its client gets CallStatus.REFUSED where it was not answered.")
        .def("__len__", &RequestEnd::length)
        .def(
            "__enter__", [](nb::object self) { return self; },
            nb::sig("def __enter__(self) -> Request[Req_co, Resp_contra]"))
        .def(
            "__exit__", [](RequestEnd& self, nb::args const&) { self.release(); },
            nb::sig("def __exit__(self, *exception: object) -> None"))
        .def(
            "_set_codecs",
            [](RequestEnd& self, nb::object decode, nb::object encode) {
                self.decode = decode.is_none() ? nb::object() : std::move(decode);
                self.encode = encode.is_none() ? nb::object() : std::move(encode);
            },
            nb::arg("decode").none(), nb::arg("encode").none());
}

} // namespace

void bind_server(nb::module_& module)
{
    bind_request(module);
    nb::class_<ServerEnd>(module, "Server", "The serving end, for bytes.")
        .def(
            "receive",
            [](nb::handle self, std::optional<double> timeout) {
                return nb::cast<ServerEnd&>(self).receive(self, timeout);
            },
            nb::arg("timeout") = nb::none(),
            nb::sig("def receive(self, timeout: float | None = None) -> Request[typing.Any, typing.Any] | None"),
            "Returns: the next request; None when the time is over, or interrupted.")
        .def("interrupt", &ServerEnd::interrupt, "Ends the present wait, or the next one: any thread may.")
        .def("close", &ServerEnd::close, "Leaves the service.")
        .def_prop_ro("closed", &ServerEnd::is_closed, "Whether close() was called.")
        .def_prop_ro("name", &ServerEnd::name, "What errors call it.")
        .def_prop_ro(
            "malformed", [](ServerEnd& self) { return self.raw().malformed(); }, "Messages that were no requests.")
        .def(
            "stale", [](ServerEnd& self) { return self.raw().stale(); },
            "Returns: whether the name no longer leads here.");
}

} // namespace python
} // namespace kickmsg
