/// What there is in the session's own folder of the kernel's names. Win32 has no call for it: these two of ntdll.dll are documented, and are
/// looked for when they are needed.
#include "Objects.h"

#include <vector>
#include <winternl.h>

namespace kickmsg {
namespace os {

namespace {

using OpenDirectory  = NTSTATUS(NTAPI*)(HANDLE*, ACCESS_MASK, OBJECT_ATTRIBUTES*);
using QueryDirectory = NTSTATUS(NTAPI*)(HANDLE, void*, ULONG, BOOLEAN, BOOLEAN, ULONG*, ULONG*);

constexpr ACCESS_MASK may_query       = 1;
constexpr NTSTATUS    no_more_entries = static_cast<NTSTATUS>(0x8000001A);

struct Entry {
    UNICODE_STRING name, type;
};

template <class Function>
Function of_ntdll(char const* name) noexcept
{
    HMODULE const library = GetModuleHandleA("ntdll.dll");
    auto const    found   = library != nullptr ? GetProcAddress(library, name) : nullptr;
    return reinterpret_cast<Function>(reinterpret_cast<void*>(found));
}

/// Where `Local\` leads to.
std::wstring folder()
{
    DWORD session = 0;
    ProcessIdToSessionId(GetCurrentProcessId(), &session);
    return session == 0 ? L"\\BaseNamedObjects" : L"\\Sessions\\" + std::to_wstring(session) + L"\\BaseNamedObjects";
}

/// Our own names are ASCII; of others the rest does not matter.
std::string narrow(UNICODE_STRING const& text)
{
    std::string out;
    for (USHORT i = 0; i < text.Length / sizeof(wchar_t); ++i) {
        out += text.Buffer[i] < 128 ? static_cast<char>(text.Buffer[i]) : '?';
    }
    return out;
}

} // namespace

DWORD for_each_section(std::string const& beginning, std::function<void(std::string const&)> const& act)
{
    auto const open  = of_ntdll<OpenDirectory>("NtOpenDirectoryObject");
    auto const query = of_ntdll<QueryDirectory>("NtQueryDirectoryObject");
    if (open == nullptr || query == nullptr) {
        return ERROR_PROC_NOT_FOUND;
    }
    std::wstring   path = folder();
    UNICODE_STRING name{};
    name.Buffer = &path[0];
    name.Length = name.MaximumLength = static_cast<USHORT>(path.size() * sizeof(wchar_t));
    OBJECT_ATTRIBUTES attributes{};
    attributes.Length     = sizeof(attributes);
    attributes.ObjectName = &name;
    HANDLE opened         = nullptr;
    if (open(&opened, may_query, &attributes) < 0) {
        return ERROR_ACCESS_DENIED;
    }
    Handle const               directory(opened);
    std::vector<unsigned char> buffer(4096); // an entry: its two texts are of 64 KiB at most, ours of 300 bytes
    ULONG                      context = 0;
    for (BOOLEAN first = TRUE;; first = FALSE) {
        NTSTATUS const status =
            query(directory.get(), buffer.data(), static_cast<ULONG>(buffer.size()), TRUE, first, &context, nullptr);
        if (status == no_more_entries) {
            return ERROR_SUCCESS;
        }
        if (status < 0 && buffer.size() < (1U << 18)) {
            buffer.resize(2 * buffer.size()); // too small for this one: asked for again
            continue;
        }
        if (status < 0) {
            return ERROR_INVALID_DATA;
        }
        auto const& entry = *reinterpret_cast<Entry const*>(buffer.data());
        std::string text  = narrow(entry.name);
        if (narrow(entry.type) == "Section" && text.rfind(beginning, 0) == 0) {
            act(text);
        }
    }
}

} // namespace os
} // namespace kickmsg
