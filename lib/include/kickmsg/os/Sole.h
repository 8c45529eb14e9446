/// A value with one owner at a time: what a handle to something of the system keeps, so that the handle's own moves are the
/// default ones, and whoever it is moved from ends nothing.
#pragma once

#include <utility>

namespace kickmsg {
namespace os {

/// `T{}` says that nothing is owned.
template <class T>
class Sole {
public:
    Sole() noexcept = default;
    explicit Sole(T value) noexcept : value_(value) {}
    Sole(Sole&& other) noexcept : value_(other.release()) {}
    /// What was owned here ends with `other`.
    Sole& operator=(Sole&& other) noexcept
    {
        std::swap(value_, other.value_);
        return *this;
    }
    ~Sole() = default;

    T const& get() const noexcept
    {
        return value_;
    }
    T release() noexcept
    {
        return std::exchange(value_, T{});
    }

private:
    T value_{};
};

} // namespace os
} // namespace kickmsg
