/// The class WaitSet.
#include "WaitSetEnd.h"

#include "ClientEnd.h"
#include "ServerEnd.h"

#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>

namespace kickmsg {
namespace python {

namespace {

/// While it is there, no other thread receives from a member.
class Waiting {
public:
    explicit Waiting(bool& flag) noexcept : flag_(flag)
    {
        flag_ = true;
    }
    Waiting(Waiting const&)            = delete;
    Waiting& operator=(Waiting const&) = delete;
    ~Waiting()
    {
        flag_ = false;
    }

private:
    bool& flag_;
};

} // namespace

nb::object WaitSetEnd::wait_for(std::optional<double> timeout)
{
    WaitSet&       set = raw();
    Deadline const deadline(timeout);
    WaitSet::Ready found = set.wait(nanoseconds(0));
    if (!found && !deadline.is_over()) {
        Waiting const waiting(*waits_);
        found = wait(*this, deadline, polled_slice, [&](nanoseconds left) { return set.wait(left); });
    }
    nb::list keys;
    for (uint64_t const key : found) {
        keys.append(key);
    }
    return nb::make_tuple(keys, found.woken());
}

void bind_wait_set(nb::module_& module)
{
    nb::class_<WaitSetEnd>(module, "WaitSet", "One wait for many ends, which it knows by numbers.")
        .def(nb::init<>())
        .def(
            "add",
            [](WaitSetEnd& self, SubscriberEnd& member, uint64_t key) {
                self.shared().add(member.raw(), key);
                member.join(self.in_use());
            },
            nb::arg("member"), nb::arg("key"))
        .def(
            "add",
            [](WaitSetEnd& self, ServerEnd& member, uint64_t key) {
                member.raw().add_to(self.shared(), key);
                member.join(self.in_use());
            },
            nb::arg("member"), nb::arg("key"))
        .def(
            "add",
            [](WaitSetEnd& self, ClientEnd& member, uint64_t key) {
                member.raw().add_to(self.shared(), key);
                member.join(self.in_use());
            },
            nb::arg("member"), nb::arg("key"))
        .def(
            "remove",
            [](WaitSetEnd& self, SubscriberEnd& member) {
                self.shared().remove(member.raw());
                member.join({});
            },
            nb::arg("member"))
        .def(
            "remove",
            [](WaitSetEnd& self, ServerEnd& member) {
                member.raw().remove_from(self.shared());
                member.join({});
            },
            nb::arg("member"))
        .def(
            "remove",
            [](WaitSetEnd& self, ClientEnd& member) {
                member.raw().remove_from(self.shared());
                member.join({});
            },
            nb::arg("member"))
        .def("wait", &WaitSetEnd::wait_for, nb::arg("timeout") = nb::none(),
             nb::sig("def wait(self, timeout: float | None = None) -> tuple[list[int], bool]"),
             "Returns: the keys of those that are ready, and whether wake() was called.")
        .def(
            "wake", [](WaitSetEnd& self) { self.shared().wake(); },
            "Ends the present wait, or else the next one: any thread may.")
        .def(
            "fileno", [](WaitSetEnd& self) { return self.raw().native_handle(); },
            "Returns: a descriptor that is readable when wait(0) has something to say.")
        .def("close", &WaitSetEnd::close)
        .def_prop_ro("closed", &WaitSetEnd::is_closed)
        .def("__len__", [](WaitSetEnd& self) { return self.shared().size(); });
}

} // namespace python
} // namespace kickmsg
