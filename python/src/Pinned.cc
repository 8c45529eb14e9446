#include "Pinned.h"

#include <cstring>

namespace kickmsg {
namespace python {

void copy(void* to, void const* from, std::size_t length)
{
    if (length == 0) {
        return;
    }
    if (length < long_copy) {
        std::memcpy(to, from, length);
    } else {
        nb::gil_scoped_release const others;
        std::memcpy(to, from, length);
    }
}

nb::object copied(void const* data, std::size_t length)
{
    nb::object bytes = nb::steal(PyBytes_FromStringAndSize(nullptr, static_cast<Py_ssize_t>(length)));
    if (!bytes.is_valid()) {
        throw nb::python_error();
    }
    copy(PyBytes_AsString(bytes.ptr()), data, length);
    return bytes;
}

nb::object copy_of(nb::handle owner)
{
    Argument const lent(owner);
    return copied(lent.data(), lent.length());
}

nb::object memory_view(nb::handle owner)
{
    nb::object view = nb::steal(PyMemoryView_FromObject(owner.ptr()));
    if (!view.is_valid()) {
        throw nb::python_error();
    }
    return view;
}

nb::object array_of(nb::handle owner, nb::handle type, nb::handle shape)
{
    nb::object array = nb::module_::import_("numpy").attr("frombuffer")(owner, type);
    return shape.is_none() ? array : nb::object(array.attr("reshape")(shape));
}

} // namespace python
} // namespace kickmsg
