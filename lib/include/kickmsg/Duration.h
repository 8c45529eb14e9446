/// Durations of any unit and number type, in nanoseconds: what is out of range becomes the end of the range.
#pragma once

#include <chrono>
#include <cstdint>
#include <limits>
#include <ratio>
#include <type_traits>

namespace kickmsg {
namespace detail {

/// `count` units of `Numerator / Denominator` nanoseconds each.
template <std::intmax_t Numerator, std::intmax_t Denominator>
struct Nanoseconds {
    using Limits = std::numeric_limits<std::int64_t>;

    /// Rounded up, or a wait of less than a nanosecond would be none. Half of the range has a product that fits, bit for bit.
    static constexpr std::int64_t of_positive(std::uint64_t count) noexcept
    {
        constexpr std::uint64_t most  = static_cast<std::uint64_t>(Limits::max());
        constexpr std::uint64_t up    = static_cast<std::uint64_t>(Numerator);
        constexpr std::uint64_t down  = static_cast<std::uint64_t>(Denominator);
        std::uint64_t const     whole = count / down;
        std::uint64_t const     rest  = count % down;
        std::uint64_t const     part  = (rest * up + (down - 1)) / down;
        return whole > (most - part) / up ? Limits::max() : static_cast<std::int64_t>(whole * up + part);
    }

    /// What does not fit whole numbers. No comparison with "not a number" holds: it becomes zero.
    static constexpr std::int64_t of_real(long double count) noexcept
    {
        constexpr long double end = 9223372036854775808.0L; // 2^63
        long double const exact   = count * static_cast<long double>(Numerator) / static_cast<long double>(Denominator);
        if (exact >= end) {
            return Limits::max();
        }
        if (exact <= -end) {
            return Limits::min();
        }
        return exact > 0 && exact < 1 ? 1 : exact > 0 || exact < 0 ? static_cast<std::int64_t>(exact) : 0;
    }
};

constexpr std::intmax_t greatest_common_divisor(std::intmax_t a, std::intmax_t b) noexcept
{
    return b == 0 ? a : greatest_common_divisor(b, a % b);
}

/// Whether the product of any remainder with the numerator fits.
constexpr bool fits_whole(std::intmax_t numerator, std::intmax_t denominator) noexcept
{
    return denominator == 1 || numerator <= std::numeric_limits<std::intmax_t>::max() / denominator;
}

} // namespace detail

/// Returns: `duration` in nanoseconds: rounded up when it is positive; the largest or smallest number of nanoseconds where it
///          is out of their range, which milliseconds::max() or hours of 300 years are; zero when it is not a number.
/// Threads:  pure function.
template <class Rep, class Period>
constexpr std::chrono::nanoseconds saturated(std::chrono::duration<Rep, Period> duration) noexcept
{
    constexpr std::intmax_t second = 1000000000;
    constexpr std::intmax_t common = detail::greatest_common_divisor(second, Period::den);
    constexpr bool          narrow = Period::num <= std::numeric_limits<std::intmax_t>::max() / (second / common);
    constexpr std::intmax_t up     = narrow ? Period::num * (narrow ? second / common : 1) : 1;
    constexpr std::intmax_t down   = Period::den / common;
    if constexpr (std::is_integral_v<Rep> && sizeof(Rep) <= sizeof(std::int64_t) && narrow &&
                  detail::fits_whole(up, down)) {
        using Whole = detail::Nanoseconds<up, down>;
        if (duration.count() > 0) {
            return std::chrono::nanoseconds(Whole::of_positive(static_cast<std::uint64_t>(duration.count())));
        }
        std::uint64_t const size = std::uint64_t{0} - static_cast<std::uint64_t>(duration.count());
        std::int64_t const  most = Whole::of_positive(size);
        bool const          low  = size != 0 && most == std::numeric_limits<std::int64_t>::max();
        return std::chrono::nanoseconds(low ? std::numeric_limits<std::int64_t>::min() : -most);
    } else {
        using Real = detail::Nanoseconds<Period::num, Period::den>;
        return std::chrono::nanoseconds(Real::of_real(static_cast<long double>(duration.count()) * 1e9L));
    }
}

} // namespace kickmsg
