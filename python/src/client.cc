/// The classes Client, Call and Response.
#include "ClientEnd.h"

#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>

namespace kickmsg {
namespace python {

namespace {

nb::object value_of(nb::handle self)
{
    ResponseEnd const& response = nb::cast<ResponseEnd const&>(self);
    if (response.decode.is_valid()) {
        return response.decode(self);
    }
    if (response.bytes().data == nullptr) {
        throw Error(ErrorCode::InvalidHandle, "response", "it was released, or inherited through fork()",
                    Remedy{"ask again"});
    }
    return copy_of(self);
}

void bind_response(nb::module_& module)
{
    nb::class_<ResponseEnd>(module, "Response", nb::type_slots(Lending<ResponseEnd>::slots), nb::is_generic(),
                            nb::sig("class Response(typing.Generic[T_co])"),
                            "An answer, read in place. It counts as one of max_calls until release().")
        .def_prop_ro("value", &value_of, nb::for_getter(nb::sig("def value(self, /) -> T_co")),
                     "The answer, as its type says.")
        .def_prop_ro(
            "data", [](nb::handle self) { return memory_view(self); },
            nb::for_getter(nb::sig("def data(self, /) -> memoryview")), "Its bytes in place, read-only.")
        .def("release", &ResponseEnd::release, "Gives the slot back.")
        .def("__len__", &ResponseEnd::length)
        .def(
            "__enter__", [](nb::object self) { return self; }, nb::sig("def __enter__(self) -> Response[T_co]"))
        .def(
            "__exit__", [](ResponseEnd& self, nb::args const&) { self.release(); },
            nb::sig("def __exit__(self, *exception: object) -> None"))
        .def(
            "_set_decode", [](ResponseEnd& self, nb::object decode) { self.decode = std::move(decode); },
            nb::arg("decode"));
}

CallEnd* start(nb::object self, nb::handle data, std::optional<double> timeout)
{
    ClientEnd&   client = nb::cast<ClientEnd&>(self);
    Client::Call call   = client.start(data, timeout);
    return new CallEnd(std::move(self), client, std::move(call));
}

void bind_call(nb::module_& module)
{
    nb::class_<CallEnd>(module, "Call", nb::is_generic(), nb::sig("class Call(typing.Generic[T_co])"),
                        "A call that is out. Dropped, it is cancelled.")
        .def(
            "poll", [](CallEnd& self) { return self.wait_for(0.0); },
            nb::sig("def poll(self) -> Response[T_co] | None"),
            "Returns: the answer; None while it is out. Errors: CallError when it ended otherwise.")
        .def("wait", &CallEnd::wait_for, nb::arg("timeout") = nb::none(),
             nb::sig("def wait(self, timeout: float | None = None) -> Response[T_co] | None"),
             "The same, sleeping for it: None when the time is over, or interrupted.")
        .def("cancel", &CallEnd::cancel, "Ends it. Returns: whether the request was taken back, and nobody serves it.")
        .def_prop_ro("status", &CallEnd::status, "WAITING while it is out, else how it ended. It looks at nothing.")
        .def(
            "_set_decode", [](CallEnd& self, nb::object decode) { self.decode = std::move(decode); },
            nb::arg("decode"));
}

} // namespace

void bind_client(nb::module_& module)
{
    bind_response(module);
    bind_call(module);
    nb::class_<ClientEnd>(module, "Client", "The asking end, for bytes.")
        .def("call", &ClientEnd::call, nb::arg("data"), nb::arg("timeout") = nb::none(),
             nb::sig("def call(self, data: object, timeout: float | None = None) -> Response[typing.Any]"),
             "Asks, and sleeps for the answer. Errors: CallError.")
        .def("start", &start, nb::arg("data"), nb::arg("timeout") = 0.0,
             nb::sig("def start(self, data: object, timeout: float | None = 0.0) -> Call[typing.Any]"),
             "Asks, and does not wait for the answer; for room, up to `timeout`. Errors: CallError where the request "
             "went nowhere.")
        .def(
            "has_server", [](ClientEnd& self) { return self.receiving().has_server(); },
            "Returns: whether a living server takes requests.")
        .def("wait_for_server", &ClientEnd::wait_for_server, nb::arg("timeout") = nb::none(),
             "Returns: whether there is one in time.")
        .def_prop_ro(
            "outstanding", [](ClientEnd& self) { return self.raw().outstanding(); },
            "Calls that count towards max_calls.")
        .def("interrupt", &ClientEnd::interrupt, "Ends the present wait, or the next one: any thread may.")
        .def("close", &ClientEnd::close, "Cancels the calls that are out, and leaves the service.")
        .def_prop_ro("closed", &ClientEnd::is_closed, "Whether close() was called.")
        .def_prop_ro("name", &ClientEnd::name, "What errors call it.")
        .def(
            "stale", [](ClientEnd& self) { return self.raw().stale(); },
            "Returns: whether the name no longer leads here.");
}

} // namespace python
} // namespace kickmsg
