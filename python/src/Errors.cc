/// Errors of the library as exceptions of Python: the classes are in kickmsg/_errors.py.
#include "binding.h"

#include <nanobind/stl/string.h>

#include <exception>

namespace kickmsg {
namespace python {

namespace {

char const* kind_of(ErrorCode code) noexcept
{
    switch (code) {
    case ErrorCode::InvalidName:
        return "InvalidNameError";
    case ErrorCode::InvalidConfig:
        return "InvalidConfigError";
    case ErrorCode::NotFound:
        return "NotFoundError";
    case ErrorCode::InUse:
        return "InUseError";
    case ErrorCode::Mismatch:
        return "MismatchError";
    case ErrorCode::NameCollision:
        return "NameCollisionError";
    case ErrorCode::WrongVersion:
        return "WrongVersionError";
    case ErrorCode::Corrupt:
        return "CorruptError";
    case ErrorCode::NotReady:
        return "NotReadyError";
    case ErrorCode::NoSpace:
        return "NoSpaceError";
    case ErrorCode::NoFreeRing:
        return "NoFreeRingError";
    case ErrorCode::NoFreeRecord:
        return "NoFreeRecordError";
    case ErrorCode::PermissionDenied:
        return "PermissionDeniedError";
    case ErrorCode::InvalidHandle:
        return "InvalidHandleError";
    case ErrorCode::System:
        return "SystemCallError";
    case ErrorCode::LimitReached:
        return "LimitReachedError";
    case ErrorCode::SchemaMismatch:
        return "SchemaMismatchError";
    }
    return "KickmsgError";
}

nb::object exception(char const* kind, char const* text, std::string const& object, int os_error)
{
    return nb::module_::import_("kickmsg._errors").attr(kind)(text, object, os_error);
}

/// What goes wrong in making the exception takes its place.
void set(char const* kind, char const* text, std::string const& object, int os_error) noexcept
{
    try {
        nb::object const made = exception(kind, text, object, os_error);
        PyErr_SetObject(made.type().ptr(), made.ptr());
    } catch (nb::python_error& error) {
        error.restore();
    } catch (...) {
        PyErr_NoMemory();
    }
}

void translate(std::exception_ptr const& thrown, void* /*unused*/)
{
    try {
        std::rethrow_exception(thrown);
    } catch (Error const& error) {
        set(kind_of(error.code()), error.what(), error.object(), error.os_error());
    } catch (Refusal const& refusal) {
        set(refusal.kind, refusal.what(), refusal.about, 0);
    }
}

} // namespace

void bind_errors(nb::module_& module)
{
    nb::enum_<ErrorCode>(module, "ErrorCode",
                         "What kind of error it is, for programs; the text of a KickmsgError says more.")
        .value("INVALID_NAME", ErrorCode::InvalidName)
        .value("INVALID_CONFIG", ErrorCode::InvalidConfig)
        .value("NOT_FOUND", ErrorCode::NotFound)
        .value("IN_USE", ErrorCode::InUse)
        .value("MISMATCH", ErrorCode::Mismatch)
        .value("NAME_COLLISION", ErrorCode::NameCollision)
        .value("WRONG_VERSION", ErrorCode::WrongVersion)
        .value("CORRUPT", ErrorCode::Corrupt)
        .value("NOT_READY", ErrorCode::NotReady)
        .value("NO_SPACE", ErrorCode::NoSpace)
        .value("NO_FREE_RING", ErrorCode::NoFreeRing)
        .value("NO_FREE_RECORD", ErrorCode::NoFreeRecord)
        .value("PERMISSION_DENIED", ErrorCode::PermissionDenied)
        .value("INVALID_HANDLE", ErrorCode::InvalidHandle)
        .value("SYSTEM", ErrorCode::System)
        .value("LIMIT_REACHED", ErrorCode::LimitReached)
        .value("SCHEMA_MISMATCH", ErrorCode::SchemaMismatch);
    nb::register_exception_translator(translate);
}

} // namespace python
} // namespace kickmsg
