/// The class WaitSet.
#include "WaitSetEnd.h"

#include "ClientEnd.h"
#include "ServerEnd.h"

#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>

#include <type_traits>

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

void WaitSetEnd::refuse_if_member_in_use() const
{
    for (auto const& [member, object] : members_) {
        if (member->is_in_use()) {
            throw Refusal("ThreadError", member->name(), "another thread is in a call of it",
                          "wait for its set in that thread");
        }
    }
}

nb::object WaitSetEnd::wait_for(std::optional<double> timeout)
{
    WaitSet&       set = raw();
    Deadline const deadline(timeout);
    refuse_if_member_in_use();
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

namespace {

void add_subscriber(WaitSetEnd& self, SubscriberEnd& member, uint64_t key)
{
    self.shared().add(member.raw(), key);
    self.note(member);
}

/// A Server or a Client.
template <class End>
void add_end(WaitSetEnd& self, End& member, uint64_t key)
{
    member.raw().add_to(self.shared(), key);
    self.note(member);
}

/// One that was closed has left the set.
template <class End>
void remove(WaitSetEnd& self, End& member)
{
    if (!member.is_closed()) {
        if constexpr (std::is_same_v<End, SubscriberEnd>) {
            self.shared().remove(member.raw());
        } else {
            member.raw().remove_from(self.shared());
        }
        member.join({});
    }
    self.forget(member);
}

} // namespace

void bind_wait_set(nb::module_& module)
{
    nb::class_<WaitSetEnd>(module, "WaitSet", "One wait for many ends, which it knows by numbers.")
        .def(nb::init<>())
        .def("add", &add_subscriber, nb::arg("member"), nb::arg("key"))
        .def("add", &add_end<ServerEnd>, nb::arg("member"), nb::arg("key"))
        .def("add", &add_end<ClientEnd>, nb::arg("member"), nb::arg("key"))
        .def("remove", &remove<SubscriberEnd>, nb::arg("member"))
        .def("remove", &remove<ServerEnd>, nb::arg("member"))
        .def("remove", &remove<ClientEnd>, nb::arg("member"))
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
