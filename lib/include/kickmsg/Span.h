/// A view of elements that lie one after another: a pointer and a number, as std::span of C++20.
#pragma once

#include <cstddef>
#include <type_traits>
#include <utility>

namespace kickmsg {

namespace detail {

/// Whether a `Container` has its elements at data(), and they can be seen as of type T without a conversion of each.
template <class Container, class T, class = void>
struct IsContiguous : std::false_type {
};
template <class Container, class T>
struct IsContiguous<
    Container, T, std::void_t<decltype(std::declval<Container&>().data()), decltype(std::declval<Container&>().size())>>
    : std::is_convertible<std::remove_pointer_t<decltype(std::declval<Container&>().data())> (*)[], T (*)[]> {
};

} // namespace detail

/// Elements of type `T` that somebody else holds: `T const` to be read only.
///
/// Threads: as the elements.
template <class T>
class Span {
public:
    using value_type = std::remove_cv_t<T>; ///< what is at one place
    using iterator   = T*;                  ///< what begin() returns

    /// No element.
    constexpr Span() noexcept = default;
    /// `count` elements from `first` on.
    constexpr Span(T* first, std::size_t count) noexcept : data_(first), size_(count) {}
    /// The elements of an array `all`.
    template <std::size_t N>
    constexpr Span(T (&all)[N]) noexcept // NOLINT(google-explicit-constructor): as std::span
        : data_(all), size_(N)
    {
    }
    /// The elements of a `container` that has data() and size(): std::vector, std::array, std::span, another Span. It has to outlive
    /// the Span.
    template <class Container, std::enable_if_t<detail::IsContiguous<Container, T>::value, int> = 0>
    constexpr Span(Container&& container) noexcept // NOLINT(google-explicit-constructor): as std::span
        : data_(container.data()), size_(container.size())
    {
    }

    /// Returns: the first element, for pointers.
    constexpr T* data() const noexcept
    {
        return data_;
    }
    /// Returns: how many there are.
    constexpr std::size_t size() const noexcept
    {
        return size_;
    }
    /// Returns: whether there is none.
    constexpr bool empty() const noexcept
    {
        return size_ == 0;
    }
    /// Returns: the element at `index`, which has to be less than size().
    constexpr T& operator[](std::size_t index) const noexcept
    {
        return data_[index];
    }
    /// Returns: the first element, and the place behind the last.
    /// @{
    constexpr T* begin() const noexcept
    {
        return data_;
    }
    constexpr T* end() const noexcept
    {
        return data_ + size_;
    }
    /// @}

private:
    T*          data_ = nullptr;
    std::size_t size_ = 0;
};

} // namespace kickmsg
