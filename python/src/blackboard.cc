/// Blackboards: their sizes, their ends, and what is known of their values.
#include "BoardEnd.h"
#include "Fields.h"

#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

namespace kickmsg {
namespace python {

namespace {

void make_config(BlackboardConfig* self, uint32_t max_keys, std::size_t max_value_size, uint32_t max_handles,
                 uint32_t mode)
{
    new (self) BlackboardConfig{max_keys, max_value_size, max_handles, mode};
}

void bind_board_config(nb::module_& module)
{
    BlackboardConfig const   usual;
    Fields<BlackboardConfig> config(module, "BlackboardConfig",
                                    "The sizes of a blackboard: all who name some have to name the same.");
    config.made().def("__init__", &make_config, nb::kw_only(), nb::arg("max_keys") = usual.max_keys,
                      nb::arg("max_value_size") = usual.max_value_size, nb::arg("max_handles") = usual.max_handles,
                      nb::arg("mode") = usual.mode);
    config.field("max_keys", &BlackboardConfig::max_keys, "1 to 65536. A key that was named stays.")
        .field("max_value_size", &BlackboardConfig::max_value_size,
               "Bytes, 1 to 2**31 - 40. Each key takes that five times.")
        .field("max_handles", &BlackboardConfig::max_handles, "Blackboards that may be open at once, 1 to 1024.")
        .field("mode", &BlackboardConfig::mode, "Of the region's file, as Config.mode.");
}

void bind_values(nb::module_& module)
{
    Fields<ValueInfo> info(module, "ValueInfo", "What is known of a value beside its bytes.");
    info.field("version", &ValueInfo::version, "1 for the first value of its key, one more for each further one.")
        .field("size", &ValueInfo::size, "Bytes.")
        .field("written_ns", &ValueInfo::written_ns, "When it was written, monotonic_ns().")
        .field("wall_ns", &ValueInfo::wall_ns, "The same by the wall clock, ns since 1970.");
    info.made().def_prop_ro(
        "age", [](ValueInfo const& self) { return std::chrono::duration<double>(self.age()).count(); },
        "Seconds since it was written, by the clock that never goes back.");
    nb::enum_<WriterState>(module, "WriterState", "Whether a key has a writer.")
        .value("NONE", WriterState::None)
        .value("ALIVE", WriterState::Alive)
        .value("DEAD", WriterState::Dead);
    Fields<WriterInfo>(module, "WriterInfo", "Who writes a key.")
        .field("state", &WriterInfo::state, "When it was asked. DEAD: the next one that asks gets the key.")
        .field("pid", &WriterInfo::pid, "In its own pid namespace; 0 when its record has gone.")
        .field("incarnation", &WriterInfo::incarnation, "The number of its Blackboard; never reused.");
    Fields<BlackboardEntry>(module, "BlackboardEntry", "One key, as Blackboard.values() lists it.")
        .field("key", &BlackboardEntry::key, "Its name.")
        .field("info", &BlackboardEntry::info, "Of its last value.")
        .field("writer", &BlackboardEntry::writer, "Who writes it.")
        .field("typed", &BlackboardEntry::typed, "Whether somebody has said what type its values are of.")
        .field("type", &BlackboardEntry::type, "A number of that type, alike on all hosts; 0: nobody has said.");
}

void bind_ends(nb::module_& module)
{
    nb::class_<BoardWriterEnd>(module, "BlackboardWriter", "Writes one key.")
        .def("write", &BoardWriterEnd::write, nb::arg("data"))
        .def_prop_ro("version", [](BoardWriterEnd& self) { return self.raw().version(); })
        .def_prop_ro("key", [](BoardWriterEnd& self) { return self.raw().key(); })
        .def_prop_ro("name", [](BoardWriterEnd const& self) { return self.name(); })
        .def("close", &BoardWriterEnd::close)
        .def_prop_ro("closed", &BoardWriterEnd::is_closed);
    nb::class_<BoardReaderEnd>(module, "BlackboardReader", "Reads one key.")
        .def("read", &BoardReaderEnd::read, nb::sig("def read(self) -> tuple[bytes, ValueInfo] | None"))
        .def("wait_for_change", &BoardReaderEnd::wait_for_change, nb::arg("timeout").none())
        .def_prop_ro("has_changed", [](BoardReaderEnd& self) { return self.raw().has_changed(); })
        .def_prop_ro("version", [](BoardReaderEnd& self) { return self.raw().version(); })
        .def_prop_ro("seen", [](BoardReaderEnd& self) { return self.raw().seen(); })
        .def("writer", [](BoardReaderEnd& self) { return self.raw().writer(); })
        .def_prop_ro("key", [](BoardReaderEnd& self) { return self.raw().key(); })
        .def_prop_ro("name", [](BoardReaderEnd const& self) { return self.name(); })
        .def("close", &BoardReaderEnd::close)
        .def_prop_ro("closed", &BoardReaderEnd::is_closed);
}

} // namespace

void bind_blackboard(nb::module_& module)
{
    bind_board_config(module);
    bind_values(module);
    bind_ends(module);
    nb::class_<BoardEnd>(module, "Blackboard", "Named values, each with one writer.")
        .def("writer", &BoardEnd::writer, nb::arg("key"), nb::arg("type").none())
        .def("reader", &BoardEnd::reader, nb::arg("key"), nb::arg("type").none())
        .def("wait_for_change", &BoardEnd::wait_for_change, nb::arg("readers"), nb::arg("timeout").none())
        .def("values", [](BoardEnd& self) { return self.raw().values(); })
        .def(
            "has", [](BoardEnd& self, std::string const& key) { return self.raw().has(key); }, nb::arg("key"))
        .def("stale", [](BoardEnd& self) { return self.raw().stale(); })
        .def_prop_ro("max_value_size", [](BoardEnd& self) { return self.raw().max_value_size(); })
        .def_prop_ro("max_keys", [](BoardEnd& self) { return self.raw().max_keys(); })
        .def_prop_ro("region", [](BoardEnd& self) { return self.raw().region(); })
        .def_prop_ro("name", [](BoardEnd const& self) { return self.name(); })
        .def("close", &BoardEnd::close)
        .def_prop_ro("closed", &BoardEnd::is_closed);
}

} // namespace python
} // namespace kickmsg
