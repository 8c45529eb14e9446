/// SchemaInfo: what a channel carries.
#include "kickmsg/Schema.h"

#include "Pinned.h"
#include "kickmsg/Hash.h"

#include <nanobind/stl/string.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace kickmsg {
namespace python {

namespace {

using Digest = std::array<uint8_t, 64>;

Digest digest(nb::bytes const& bytes, char const* field)
{
    Digest made{};
    if (bytes.size() > made.size()) {
        throw nb::value_error(
            (std::string(field) + ": expected at most 64 bytes, found " + std::to_string(bytes.size())).c_str());
    }
    std::memcpy(made.data(), bytes.data(), bytes.size());
    return made;
}

nb::bytes bytes_of(Digest const& digest)
{
    return nb::bytes(digest.data(), digest.size());
}

std::string name_of(SchemaInfo const& info)
{
    return {info.name, std::find(std::begin(info.name), std::end(info.name), '\0')};
}

// clang-format off
void make(SchemaInfo* self, std::string const& name, uint32_t version, nb::bytes const& identity, nb::bytes const& layout,
          uint32_t identity_algo, uint32_t layout_algo, uint32_t flags)
// clang-format on
{
    if (name.size() >= sizeof(self->name)) {
        throw nb::value_error(("name: expected at most 127 bytes, found " + std::to_string(name.size())).c_str());
    }
    SchemaInfo info{};
    info.identity = digest(identity, "identity");
    info.layout   = digest(layout, "layout");
    std::copy(name.begin(), name.end(), info.name);
    info.version       = version;
    info.identity_algo = identity_algo;
    info.layout_algo   = layout_algo;
    info.flags         = flags;
    new (self) SchemaInfo(info);
}

SchemaInfo describe(std::string const& name, uint32_t version, uint64_t size, uint64_t alignment, bool is_slice)
{
    return schema::describe_type(name, version, {size, alignment, is_slice});
}

/// What the user's own flags say is no difference, as for the library.
bool is_equal(SchemaInfo const& one, SchemaInfo const& other)
{
    return schema::diff(one, other) == schema::Equal;
}

void bind_functions(nb::module_& module)
{
    module.def("describe_type", &describe, nb::arg("name"), nb::arg("version"), nb::arg("size"), nb::arg("alignment"),
               nb::arg("is_slice") = false,
               "Returns: the schema of a type, as C++ makes it of SchemaOf<T>, sizeof and alignof.");
    module.def("schema_diff", &schema::diff, nb::arg("a"), nb::arg("b"),
               "Returns: a bit for each part in which the two differ: identity 1, layout 2, version 4, name 8, the "
               "numbers of the two algorithms 16, 32.");
    module.def(
        "identity_from_fnv1a", [](std::string const& text) { return bytes_of(hash::identity_from_fnv1a(text)); },
        nb::arg("text"),
        "Returns: an identity of 64 bytes for SchemaInfo, the same for the same text on every platform.");
}

} // namespace

void bind_schema(nb::module_& module)
{
    nb::class_<SchemaInfo>(
        module, "SchemaInfo",
        "What a channel carries, in its users' own terms. Two are equal when nothing but their flags differs.")
        .def("__init__", &make, nb::arg("name") = "", nb::arg("version") = 0, nb::kw_only(),
             nb::arg("identity") = nb::bytes("", 0), nb::arg("layout") = nb::bytes("", 0), nb::arg("identity_algo") = 0,
             nb::arg("layout_algo") = 0, nb::arg("flags") = 0)
        .def_prop_ro("name", &name_of, "The name of the type.")
        .def_ro("version", &SchemaInfo::version, "The user's own; compared, never interpreted.")
        .def_prop_ro(
            "identity", [](SchemaInfo const& info) { return bytes_of(info.identity); },
            "Digest of what the type means, 64 bytes.")
        .def_prop_ro(
            "layout", [](SchemaInfo const& info) { return bytes_of(info.layout); },
            "Digest of how its bytes lie, 64 bytes.")
        .def_ro("identity_algo", &SchemaInfo::identity_algo, "The user's number of the algorithm behind identity.")
        .def_ro("layout_algo", &SchemaInfo::layout_algo, "The user's number of the algorithm behind layout.")
        .def_ro("flags", &SchemaInfo::flags, "The user's own; not compared.")
        .def(
            "__eq__",
            [](SchemaInfo const& self, nb::handle other) {
                return nb::isinstance<SchemaInfo>(other) && is_equal(self, nb::cast<SchemaInfo const&>(other));
            },
            nb::arg("other").none(), nb::sig("def __eq__(self, other: object, /) -> bool"))
        .def("__hash__",
             [](SchemaInfo const& self) { return hash::fnv1a(self.identity.data(), self.identity.size()) >> 1U; })
        .def("__repr__", [](SchemaInfo const& self) { return "<SchemaInfo " + schema::text_of(self) + ">"; });
    bind_functions(module);
}

} // namespace python
} // namespace kickmsg
