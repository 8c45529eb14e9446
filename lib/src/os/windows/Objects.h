/// Named kernel objects: their names, and handles and views that close themselves.
#pragma once

#ifndef NOMINMAX
#define NOMINMAX
#endif
#ifndef WIN32_LEAN_AND_MEAN
#define WIN32_LEAN_AND_MEAN
#endif
#include <windows.h>

#include <cstddef>
#include <cstdint>
#include <string>

namespace kickmsg {
namespace os {

class Handle {
public:
    Handle() noexcept = default;
    explicit Handle(HANDLE handle) noexcept : handle_(handle == INVALID_HANDLE_VALUE ? nullptr : handle) {}
    Handle(Handle&& other) noexcept : handle_(other.handle_)
    {
        other.handle_ = nullptr;
    }
    Handle& operator=(Handle&& other) noexcept
    {
        HANDLE const mine = handle_;
        handle_           = other.handle_;
        other.handle_     = mine;
        return *this;
    }
    Handle(Handle const&)            = delete;
    Handle& operator=(Handle const&) = delete;
    ~Handle()
    {
        if (handle_ != nullptr) {
            CloseHandle(handle_);
        }
    }

    explicit operator bool() const noexcept
    {
        return handle_ != nullptr;
    }
    HANDLE get() const noexcept
    {
        return handle_;
    }

private:
    HANDLE handle_ = nullptr;
};

/// A named section, mapped whole. Its name lives as long as somebody's handle: a view alone does not keep it.
class Section {
public:
    Section() noexcept = default;
    Section(Section&& other) noexcept : handle_(std::move(other.handle_)), view_(other.view_)
    {
        other.view_ = nullptr;
    }
    Section& operator=(Section&& other) noexcept
    {
        std::swap(handle_, other.handle_);
        std::swap(view_, other.view_);
        return *this;
    }
    Section(Section const&)            = delete;
    Section& operator=(Section const&) = delete;
    ~Section();

    /// Makes it, of `size` zero bytes with memory behind them, or opens it. Returns: ERROR_SUCCESS, ERROR_ALREADY_EXISTS
    /// when there was one (mapped, too), or why not.
    DWORD create(std::string const& name, uint64_t size) noexcept;
    /// Returns: ERROR_SUCCESS, or why not.
    DWORD open(std::string const& name) noexcept;

    static bool exists(std::string const& name) noexcept;

    void* view() const noexcept
    {
        return view_;
    }
    /// Bytes of the view, in whole pages.
    std::size_t size() const noexcept;

private:
    DWORD map() noexcept;

    Handle handle_;
    void*  view_ = nullptr;
};

/// A number as a part of a name.
std::string digits(uint64_t number);

std::string describe(DWORD error);

} // namespace os
} // namespace kickmsg
