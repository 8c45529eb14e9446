/// What the sources of the module share: its parts, and errors that have no kickmsg::ErrorCode.
#pragma once

#include "kickmsg/Error.h"

#include <nanobind/nanobind.h>

#include <stdexcept>
#include <string>

namespace kickmsg {
namespace python {

namespace nb = nanobind;

/// Each adds its part to the module.
/// @{
void bind_errors(nb::module_& module);
void bind_config(nb::module_& module);
void bind_schema(nb::module_& module);
void bind_reports(nb::module_& module);
void bind_discovery(nb::module_& module);
void bind_region(nb::module_& module);
void bind_publisher(nb::module_& module);
void bind_subscriber(nb::module_& module);
void bind_view(nb::module_& module);
void bind_service(nb::module_& module);
void bind_server(nb::module_& module);
void bind_client(nb::module_& module);
void bind_wait_set(nb::module_& module);
void bind_blackboard(nb::module_& module);
void bind_node(nb::module_& module);
/// @}

/// Becomes the exception called `kind` of kickmsg._errors: what the data path of C++ says by a value.
struct Refusal : std::runtime_error {
    Refusal(char const* name, std::string const& object, std::string const& explanation, std::string const& remedy)
        : std::runtime_error("kickmsg: " + object + ": " + explanation + " (" + remedy + ")"), kind(name), about(object)
    {
    }

    char const* kind;
    std::string about;
};

/// From here on messages are copied without the interpreter's lock: to give it back and take it again costs some microseconds.
constexpr std::size_t long_copy = std::size_t{128} << 10U;

} // namespace python
} // namespace kickmsg
