/// The classes Publisher and Loan.
#include "PublisherEnd.h"

#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>

namespace kickmsg {
namespace python {

namespace {

using Timeout = std::optional<double>;
using Length  = std::optional<std::size_t>;

/// Without an end of its time, or of no time at all, it may be refused.
LoanEnd* lend(nb::object self, std::size_t length, bool is_reliable, Timeout timeout)
{
    PublisherEnd&  end       = nb::cast<PublisherEnd&>(self);
    Publisher&     publisher = end.raw_without_loan();
    Deadline const deadline(timeout);
    void*          slot = is_reliable ? publisher.try_allocate(length) : publisher.allocate(length);
    if (slot == nullptr && is_reliable && !deadline.is_over()) {
        wait(end, deadline, polled_slice, [&](nanoseconds left) {
            slot = publisher.allocate_until(length, left);
            return slot != nullptr ? std::optional<bool>(true) : std::nullopt;
        });
    }
    if (slot == nullptr) {
        throw Refusal("NoSlotError", end.name(), "no slot for " + std::to_string(length) + " bytes could be had",
                      "release views, or see Config.max_payload_size and Config.pool_size");
    }
    return new LoanEnd(std::move(self), end, slot, length);
}

void bind_sending(nb::class_<PublisherEnd>& publisher)
{
    publisher
        .def(
            "send", &PublisherEnd::send, nb::arg("data"),
            "Copies the bytes of `data` into a slot and delivers it to every live subscriber. Returns: the bytes sent.")
        .def(
            "try_send", [](PublisherEnd& self, nb::handle data) { return self.try_send(data, 0.0); }, nb::arg("data"),
            "As send(), but overwrites nothing. Returns: False where there was no room; then nobody got it.")
        .def("send_until", &PublisherEnd::try_send, nb::arg("data"), nb::arg("timeout") = nb::none(),
             "As try_send(), waiting up to `timeout` seconds for room.")
        .def("flush_until", &PublisherEnd::flush, nb::arg("timeout") = nb::none(),
             "Delivers what is pending. Returns: whether nothing is pending any more.")
        .def(
            "loan", [](nb::object self, std::size_t length) { return lend(std::move(self), length, false, 0.0); },
            nb::arg("length"), "Lends a slot of the pool to be written in place.")
        .def(
            "loan_until",
            [](nb::object self, std::size_t length, Timeout timeout) {
                return lend(std::move(self), length, true, timeout);
            },
            nb::arg("length"), nb::arg("timeout") = nb::none(),
            "As loan(), but gives up no unread message for the slot.");
}

void bind_loan(nb::module_& module)
{
    nb::class_<LoanEnd>(module, "Loan", nb::type_slots(Lending<LoanEnd>::slots),
                        "A slot that is written in place, as a writable buffer. Nobody sees it until publish().")
        .def("publish", &LoanEnd::publish, nb::arg("length") = nb::none(),
             "Delivers it, or its first `length` bytes. Returns: how many subscribers it reached.\n"
             "Errors: BufferError while a memoryview or an array of it is there.")
        .def(
            "try_publish", [](LoanEnd& self, Length length) { return self.try_publish(length, 0.0); },
            nb::arg("length") = nb::none(),
            "As publish(), but overwrites nothing. Returns: whether it was accepted; else it stays.")
        .def("publish_until", &LoanEnd::try_publish, nb::arg("length") = nb::none(), nb::arg("timeout") = nb::none(),
             "As try_publish(), waiting up to `timeout` seconds for room.")
        .def("abandon", &LoanEnd::abandon, "Gives it back; nothing is delivered.")
        .def("write", &LoanEnd::write, nb::arg("data"), nb::arg("offset") = 0, "Copies the bytes of `data` into it.")
        .def(
            "array", [](nb::handle self, nb::handle type, nb::handle shape) { return array_of(self, type, shape); },
            nb::arg("dtype") = "uint8", nb::arg("shape").none() = nb::none(),
            nb::sig(
                "def array(self, dtype: object = 'uint8', shape: object = None) -> numpy.typing.NDArray[typing.Any]"),
            "Returns: its bytes as a NumPy array, to be written in place.")
        .def_prop_ro(
            "data", [](nb::handle self) { return memory_view(self); },
            nb::for_getter(nb::sig("def data(self, /) -> memoryview")), "Its bytes, to be written in place.")
        .def_prop_ro("out", &LoanEnd::is_out, "Whether it is neither published nor given back.")
        .def("__len__", &LoanEnd::length)
        .def(
            "__enter__", [](nb::object self) { return self; }, nb::sig("def __enter__(self) -> Loan"))
        .def(
            "__exit__", [](LoanEnd& self, nb::args const&) { self.abandon(); },
            nb::sig("def __exit__(self, *exception: object) -> None"));
}

} // namespace

void bind_publisher(nb::module_& module)
{
    nb::class_<PublisherEnd> publisher(module, "Publisher", "The sending end, for bytes.");
    bind_sending(publisher);
    publisher.def("close", &PublisherEnd::close, "Leaves the region.")
        .def_prop_ro("closed", &PublisherEnd::is_closed, "Whether close() was called.")
        .def_prop_ro("name", &PublisherEnd::name, "What errors call it.")
        .def_prop_ro(
            "pending", [](PublisherEnd& self) { return self.raw().pending(); },
            "Subscribers that the last message is pending for.")
        .def_prop_ro(
            "dropped", [](PublisherEnd& self) { return self.raw().dropped(); },
            "Sends that were refused for want of a slot.")
        .def_prop_ro(
            "sent", [](PublisherEnd& self) { return self.raw().sent(); }, "Messages sent.")
        .def_prop_ro(
            "incarnation", [](PublisherEnd& self) { return self.raw().incarnation(); },
            "The number of this attachment.")
        .def_prop_ro(
            "moves", [](PublisherEnd& self) { return self.raw().moves(); }, "How often it moved to another region.")
        .def(
            "stale", [](PublisherEnd& self) { return self.raw().stale(); },
            "Returns: whether the name no longer leads here.");
    bind_loan(module);
}

} // namespace python
} // namespace kickmsg
