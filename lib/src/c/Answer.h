/// What calls of the C interface return, and what they note of a failure.
#pragma once

#include "kickmsg/Error.h"
#include "kickmsg/c/Status.h"

#include <exception>
#include <new>
#include <string>
#include <type_traits>
#include <utility>

namespace kickmsg {
namespace c {

/// Notes `error` as what kickmsg_last_error() says. Returns: its status.
kickmsg_status note(Error const& error) noexcept;

/// What is wrong with a call, in the words of an Error. Made without memory: it may be memory that is short.
struct Refusal {
    kickmsg_status status;
    char const*    object;
    char const*    explanation;
    char const*    remedy;
    int            os_error = 0;
};

/// Notes `refusal`. Returns: its status.
kickmsg_status refuse(Refusal const& refusal) noexcept;
/// The argument called `name` is NULL.
kickmsg_status refuse_null(char const* name) noexcept;
/// A structure of the kind `name` is held, and was to be filled.
kickmsg_status refuse_held(char const* name) noexcept;
/// There are not so many as an index says.
kickmsg_status refuse_index(char const* name) noexcept;
/// A handle or a structure of the kind `name` is of no use.
kickmsg_status refuse_handle(char const* name) noexcept;
/// A handle of the kind `name` is one that a child inherited.
kickmsg_status refuse_inherited(char const* name) noexcept;
/// `code`: minus an errno, as calls of the data path return it. Returns: the status that stands for it.
kickmsg_status refuse_code(int32_t code, char const* name) noexcept;

kickmsg_status status_of(ErrorCode code) noexcept;

/// Thrown where the text called `name` is NULL.
struct NullText {
    char const* name;
};

/// Runs `call()`, which returns a status or nothing. No exception comes out. One that is none of std::exception is the end of a
/// thread that is cancelled, and continues.
template <class Call>
kickmsg_status guard(Call&& call)
{
    try {
        if constexpr (std::is_void_v<decltype(call())>) {
            std::forward<Call>(call)();
            return KICKMSG_OK;
        } else {
            return std::forward<Call>(call)();
        }
    } catch (Error const& error) {
        return note(error);
    } catch (NullText const& null) {
        return refuse_null(null.name);
    } catch (std::bad_alloc const&) {
        return refuse({KICKMSG_LIMIT_REACHED, "memory", "no memory is left for what this call needs",
                       usual_remedy(ErrorCode::LimitReached)});
    } catch (std::exception const& error) {
        return refuse({KICKMSG_SYSTEM, "call", error.what(), usual_remedy(ErrorCode::System)});
    }
}

/// Copies `text` to `to`, which has room for `size` bytes, with a zero behind it.
kickmsg_status copy_text(std::string const& text, char* to, std::size_t size) noexcept;

/// Writes `value` to `out`, which a caller has given. Returns: KICKMSG_OK; refused where it is NULL.
template <class Value>
kickmsg_status give(Value* out, Value const& value, char const* name) noexcept
{
    if (out == nullptr) {
        return refuse_null(name);
    }
    *out = value;
    return KICKMSG_OK;
}

} // namespace c
} // namespace kickmsg
