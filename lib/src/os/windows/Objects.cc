#include "Objects.h"

#include <cstdio>

namespace kickmsg {
namespace os {

Section::~Section()
{
    if (view() != nullptr) {
        UnmapViewOfFile(view());
    }
}

DWORD Section::map(DWORD access) noexcept
{
    view_ = Sole<void*>(MapViewOfFile(handle_.get(), access, 0, 0, 0));
    return view() != nullptr ? ERROR_SUCCESS : GetLastError();
}

DWORD Section::create(std::string const& name, uint64_t size) noexcept
{
    handle_          = Handle(CreateFileMappingA(INVALID_HANDLE_VALUE, nullptr, PAGE_READWRITE | SEC_COMMIT,
                                                 static_cast<DWORD>(size >> 32), static_cast<DWORD>(size & 0xffffffffU),
                                                 name.c_str()));
    DWORD const made = GetLastError(); // ERROR_ALREADY_EXISTS comes with a handle
    if (!handle_) {
        return made;
    }
    DWORD const mapped = map(FILE_MAP_READ | FILE_MAP_WRITE);
    return mapped != ERROR_SUCCESS ? mapped : made == ERROR_ALREADY_EXISTS ? made : ERROR_SUCCESS;
}

DWORD Section::open(std::string const& name, DWORD access) noexcept
{
    handle_ = Handle(OpenFileMappingA(access, FALSE, name.c_str()));
    return handle_ ? map(access) : GetLastError();
}

bool Section::exists(std::string const& name) noexcept
{
    Handle const handle(OpenFileMappingA(FILE_MAP_READ, FALSE, name.c_str()));
    return handle || GetLastError() != ERROR_FILE_NOT_FOUND;
}

std::size_t Section::size() const noexcept
{
    MEMORY_BASIC_INFORMATION pages{};
    return VirtualQuery(view(), &pages, sizeof(pages)) != 0 ? pages.RegionSize : 0;
}

std::string digits(uint64_t number)
{
    char hex[17];
    std::snprintf(hex, sizeof(hex), "%016llx", static_cast<unsigned long long>(number));
    return hex;
}

std::string describe(DWORD error)
{
    char        text[256] = {};
    DWORD const length = FormatMessageA(FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS, nullptr, error, 0,
                                        text, sizeof(text), nullptr);
    std::string words(text, length);
    while (!words.empty() && (words.back() == '\n' || words.back() == '\r' || words.back() == '.')) {
        words.pop_back();
    }
    return (words.empty() ? std::string("refused") : words) + " (error " + std::to_string(error) + ")";
}

} // namespace os
} // namespace kickmsg
