/// Named kernel objects: their names, and handles and views that close themselves.
#pragma once

#ifndef NOMINMAX
#define NOMINMAX
#endif
#ifndef WIN32_LEAN_AND_MEAN
#define WIN32_LEAN_AND_MEAN
#endif
#include "kickmsg/os/Sole.h"

#include <windows.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

namespace kickmsg {
namespace os {

class Handle {
public:
    Handle() noexcept = default;
    explicit Handle(HANDLE handle) noexcept : handle_(handle == INVALID_HANDLE_VALUE ? nullptr : handle) {}
    Handle(Handle&&) noexcept            = default;
    Handle& operator=(Handle&&) noexcept = default;
    ~Handle()
    {
        if (*this) {
            CloseHandle(get());
        }
    }

    explicit operator bool() const noexcept
    {
        return get() != nullptr;
    }
    HANDLE get() const noexcept
    {
        return handle_.get();
    }

private:
    Sole<HANDLE> handle_;
};

/// A named section, mapped whole. Its name lives as long as somebody's handle: a view alone does not keep it.
class Section {
public:
    Section() noexcept                     = default;
    Section(Section&&) noexcept            = default;
    Section& operator=(Section&&) noexcept = default;
    ~Section();

    /// Makes it, of `size` zero bytes with memory behind them, or opens it. Returns: ERROR_SUCCESS, ERROR_ALREADY_EXISTS
    /// when there was one (mapped, too), or why not.
    DWORD create(std::string const& name, uint64_t size) noexcept;
    /// Opens it, to be read alone when `access` is FILE_MAP_READ. Returns: ERROR_SUCCESS, or why not.
    DWORD open(std::string const& name, DWORD access = FILE_MAP_READ | FILE_MAP_WRITE) noexcept;

    static bool exists(std::string const& name) noexcept;

    void* view() const noexcept
    {
        return view_.get();
    }
    /// Bytes of the view, in whole pages.
    std::size_t size() const noexcept;

private:
    DWORD map(DWORD access) noexcept;

    Handle      handle_;
    Sole<void*> view_;
};

/// Calls act(name) for each section of `Local\` whose name, without that, begins so. Returns: ERROR_SUCCESS, or why they cannot be listed.
DWORD for_each_section(std::string const& beginning, std::function<void(std::string const&)> const& act);

/// A number as a part of a name.
std::string digits(uint64_t number);

std::string describe(DWORD error);

} // namespace os
} // namespace kickmsg
