#include "c/Answer.h"

#include "kickmsg/Debug.h"
#include "kickmsg/Region.h"

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace kickmsg {
namespace c {

namespace {

/// What a thread has to say of its last failure. Zero at first, so that a thread begins without a constructor.
struct Last {
    kickmsg_error error;
    char          object[600];
    char          message[2048];
};
thread_local Last last;

kickmsg_status note(kickmsg_status status, int os_error) noexcept
{
    last.error = {status, os_error, last.object, last.message};
    return status;
}

char const* const texts[] = {
    "done",
    "a region, topic or node name that is empty, too long or malformed",
    "a configuration that cannot be laid out",
    "no region of that name",
    "living participants hold the region",
    "the region exists with another geometry or type",
    "two different user names lead to one region name",
    "a region of another layout version",
    "not a region, truncated, or with offsets that contradict its geometry",
    "still being created, or its creator died half-way",
    "no room for the region: file system, quota, file size limit or memory limit of a container",
    "max_subscribers rings are all in use",
    "no participant record is free",
    "the file mode of the region forbids it",
    "a handle that is NULL, was destroyed, or was inherited through fork()",
    "any other refusal of the operating system",
    "memory, descriptors, mappings, address space or locks of this process are used up",
    "the region carries messages of another type, or of another version of it",
};
constexpr std::size_t text_count = sizeof(texts) / sizeof(texts[0]);
static_assert(text_count == KICKMSG_SCHEMA_MISMATCH + 1, "each ErrorCode has a text");

char const* text_of_other(kickmsg_status status) noexcept
{
    switch (status) {
    case KICKMSG_INVALID_ARGUMENT:
        return "a pointer that is NULL, or a structure that is held";
    case KICKMSG_TOO_LONG:
        return "more bytes than there is room for";
    case KICKMSG_NOTHING_TO_PUBLISH:
        return "nothing is allocated, or the request was answered before";
    case KICKMSG_CLIENT_GONE:
        return "the client has died or left";
    case KICKMSG_NOT_WANTED:
        return "the client waits no more for this answer";
    case KICKMSG_AGAIN:
        return "nothing there, or no room, at the moment";
    case KICKMSG_TIMED_OUT:
        return "the time was over";
    case KICKMSG_INTERRUPTED:
        return "interrupted by a call or a signal";
    default:
        return "no status of this version";
    }
}

char const* remedy_of(kickmsg_status status) noexcept
{
    switch (status) {
    case KICKMSG_TOO_LONG:
        return "send less, or make the region with more room";
    case KICKMSG_NOTHING_TO_PUBLISH:
        return "allocate first, and publish once";
    default:
        return "go on with the next request";
    }
}

} // namespace

kickmsg_status status_of(ErrorCode code) noexcept
{
    return static_cast<kickmsg_status>(static_cast<int>(code) + 1);
}
static_assert(static_cast<int>(ErrorCode::InvalidName) + 1 == KICKMSG_INVALID_NAME &&
                  static_cast<int>(ErrorCode::InvalidHandle) + 1 == KICKMSG_INVALID_HANDLE &&
                  static_cast<int>(ErrorCode::SchemaMismatch) + 1 == KICKMSG_SCHEMA_MISMATCH,
              "the numbers of C are those of C++ and one");

kickmsg_status note(Error const& error) noexcept
{
    std::snprintf(last.object, sizeof(last.object), "%s", error.object().c_str());
    std::snprintf(last.message, sizeof(last.message), "%s", error.what());
    return note(status_of(error.code()), error.os_error());
}

kickmsg_status refuse(Refusal const& refusal) noexcept
{
    std::snprintf(last.object, sizeof(last.object), "%s", refusal.object);
    std::snprintf(last.message, sizeof(last.message), "kickmsg: %s: %s (%s)", refusal.object, refusal.explanation,
                  refusal.remedy);
    return note(refusal.status, refusal.os_error);
}

kickmsg_status refuse_null(char const* name) noexcept
{
    return refuse({KICKMSG_INVALID_ARGUMENT, name, "expected a pointer, found NULL", "pass one"});
}

kickmsg_status refuse_held(char const* name) noexcept
{
    return refuse({KICKMSG_INVALID_ARGUMENT, name, "expected one that holds nothing, found one that is held",
                   "drop it first, or take another"});
}

kickmsg_status refuse_index(char const* name) noexcept
{
    return refuse({KICKMSG_INVALID_ARGUMENT, name, "expected a number of what is there, found a greater one",
                   "ask how many there are"});
}

kickmsg_status refuse_handle(char const* name) noexcept
{
    return refuse({KICKMSG_INVALID_HANDLE, name, "it is NULL, was ended, or is not where the library has put it",
                   "make another one"});
}

kickmsg_status refuse_inherited(char const* name) noexcept
{
    return refuse(
        {KICKMSG_INVALID_HANDLE, name, "it was inherited through fork()", "make another one in this process"});
}

kickmsg_status refuse_code(int32_t code, char const* name) noexcept
{
    switch (code) {
    case -EBADF:
        return refuse_inherited(name);
    case -EMSGSIZE:
        return refuse({KICKMSG_TOO_LONG, name, text_of_other(KICKMSG_TOO_LONG), remedy_of(KICKMSG_TOO_LONG), EMSGSIZE});
    case -EPIPE:
        return refuse(
            {KICKMSG_CLIENT_GONE, name, text_of_other(KICKMSG_CLIENT_GONE), remedy_of(KICKMSG_CLIENT_GONE), EPIPE});
    case -ECANCELED:
        return refuse(
            {KICKMSG_NOT_WANTED, name, text_of_other(KICKMSG_NOT_WANTED), remedy_of(KICKMSG_NOT_WANTED), ECANCELED});
    case -EINVAL:
        return refuse({KICKMSG_NOTHING_TO_PUBLISH, name, text_of_other(KICKMSG_NOTHING_TO_PUBLISH),
                       remedy_of(KICKMSG_NOTHING_TO_PUBLISH), EINVAL});
    default: // -EAGAIN
        return KICKMSG_AGAIN;
    }
}

kickmsg_status copy_text(std::string const& text, char* to, std::size_t size) noexcept
{
    if (to == nullptr || size == 0) {
        return refuse_null("text");
    }
    std::snprintf(to, size, "%s", text.c_str());
    return text.size() < size ? KICKMSG_OK : refuse_code(-EMSGSIZE, "text");
}

} // namespace c
} // namespace kickmsg

using namespace kickmsg;

kickmsg_error const* kickmsg_last_error(void)
{
    c::last.error.object  = c::last.object; // of a thread that has had no failure yet, empty
    c::last.error.message = c::last.message;
    return &c::last.error;
}

char const* kickmsg_status_text(kickmsg_status status)
{
    auto const number = static_cast<std::size_t>(status);
    return number < c::text_count ? c::texts[number] : c::text_of_other(status);
}

char const* kickmsg_version(void)
{
    return KICKMSG_VERSION;
}

uint64_t kickmsg_monotonic_ns(void)
{
    return monotonic_ns();
}

void kickmsg_set_core_dumps(bool included)
{
    set_core_dumps(included);
}

bool kickmsg_debug_checks_memory(void)
{
    return debug::checks_memory();
}

size_t kickmsg_debug_explain(void const* address, char* text, size_t size)
{
    return text != nullptr ? debug::explain(address, text, size) : 0;
}

bool kickmsg_debug_explain_faults(void)
{
    return debug::explain_faults();
}
