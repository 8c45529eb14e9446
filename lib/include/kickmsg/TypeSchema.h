/// What typed ends store and check as a region's schema: the name and version that a type's user gives it, its size and alignment.
#pragma once

#include "kickmsg/Config.h"
#include "kickmsg/Schema.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <type_traits>

namespace kickmsg {

namespace detail {

template <class T, class = void>
struct OwnName {
    static constexpr std::string_view value{};
};
template <class T>
struct OwnName<T, std::void_t<decltype(T::schema_name)>> {
    static constexpr std::string_view value = T::schema_name;
};

template <class T, class = void>
struct OwnVersion {
    static constexpr uint32_t value = 0;
};
template <class T>
struct OwnVersion<T, std::void_t<decltype(T::schema_version)>> {
    static constexpr uint32_t value = T::schema_version;
};

/// By what it is, and not by what it is called: std::int64_t is long here and long long there.
template <class T>
constexpr std::string_view name_of_number() noexcept
{
    constexpr std::string_view integers[2][4] = {{"uint8", "uint16", "uint32", "uint64"},
                                                 {"int8", "int16", "int32", "int64"}};
    constexpr std::size_t      power          = sizeof(T) == 1 ? 0 : sizeof(T) == 2 ? 1 : sizeof(T) == 4 ? 2 : 3;
    if constexpr (std::is_same_v<T, bool>) {
        return "bool";
    } else if constexpr (std::is_same_v<T, char>) {
        return "char";
    } else if constexpr (std::is_same_v<T, std::byte>) {
        return "byte";
    } else if constexpr (std::is_same_v<T, float>) {
        return "float32";
    } else if constexpr (std::is_same_v<T, double>) {
        return "float64";
    } else if constexpr (std::is_integral_v<T> && sizeof(T) <= 8) {
        return integers[std::is_signed_v<T> ? 1 : 0][power];
    } else {
        return {};
    }
}

/// What a message of type T has one of, and one of T[] any number. An array of a given number is neither.
template <class T>
struct ElementOf {
    using Type                     = T;
    static constexpr bool is_slice = false;
};
template <class T>
struct ElementOf<T[]> {
    using Type                     = T;
    static constexpr bool is_slice = true;
};

/// What can be a message, or an element of one. In a function, so that a class may be named before it is complete.
template <class T>
constexpr bool is_payload() noexcept
{
    static_assert(!std::is_const_v<T> && !std::is_volatile_v<T>, "kickmsg: name the type of a message without const");
    static_assert(std::is_object_v<T> && !std::is_pointer_v<T> && !std::is_member_pointer_v<T> && !std::is_array_v<T>,
                  "kickmsg: a message is an object, and neither a pointer nor an array: T[] is a slice of any number "
                  "of T, std::array<T, N> an array");
    static_assert(std::is_trivially_copyable_v<T>,
                  "kickmsg: a message has to be trivially copyable: other processes get its bytes, and run no "
                  "constructor");
    static_assert(alignof(T) <= channel::alignment_limit, "kickmsg: a message may be aligned to 4096 bytes at most");
    static_assert(sizeof(T) <= channel::payload_limit, "kickmsg: a message may have 2^31 - 1 bytes at most");
    return true;
}

} // namespace detail

/// What a type is called, and which version of it this program was built with: both ends compare both.
///
/// Give a type of your own static members, or specialise this:
///
///     struct Pose {
///         static constexpr char const*   schema_name    = "robot/Pose";
///         static constexpr std::uint32_t schema_version = 2;
///         double x, y;
///     };
///
///     template <>
///     struct kickmsg::SchemaOf<other::Pose> {
///         static constexpr std::string_view name    = "other/Pose";
///         static constexpr std::uint32_t    version = 1;
///     };
///
/// Raise the version whenever the meaning or the place of a field changes: the library sees size and alignment, and no fields. A derived
/// class has those of its base until it gives its own. A type that says nothing has no name and version 0, so that only its size
/// and alignment are compared: what compilers call a type differs between them. The numbers of the language have names: "int32", "float64", "bool", "char", "byte".
template <class T>
struct SchemaOf {
    /// The same text in every program that uses the type; at most 125 bytes.
    static constexpr std::string_view name =
        detail::OwnName<T>::value.empty() ? detail::name_of_number<T>() : detail::OwnName<T>::value;
    /// The user's own number.
    static constexpr uint32_t version = detail::OwnVersion<T>::value;
};
template <class T>
struct SchemaOf<T[]> : SchemaOf<T> {
};

/// Returns: the schema of messages of type `T`, or `T[]`: name and version of SchemaOf, size and alignment. A slice is another type than
///          its element.
/// Threads: any.
template <class T>
SchemaInfo schema_of()
{
    using Element = typename detail::ElementOf<T>::Type;
    static_assert(detail::is_payload<Element>(), "");
    static_assert(SchemaOf<T>::name.size() <= 125, "kickmsg: the name of a schema may have 125 bytes at most");
    return schema::describe_type(std::string(SchemaOf<T>::name), SchemaOf<T>::version,
                                 {sizeof(Element), alignof(Element), detail::ElementOf<T>::is_slice});
}

/// A Config whose messages have room for just a `T`, aligned as it is, 32 at least. Its other fields are the usual ones, to be changed as
/// you like. Any Config may take its place.
template <class T>
struct TypedConfig : channel::Config {
    /// For messages of type `T`.
    TypedConfig() noexcept
    {
        static_assert(detail::is_payload<T>(), "");
        max_payload_size  = sizeof(T);
        payload_alignment = std::max(payload_alignment, static_cast<uint32_t>(alignof(T)));
    }
    /// As `cfg` says.
    TypedConfig(channel::Config const& cfg) noexcept // NOLINT(google-explicit-constructor): a Config is one
        : channel::Config(cfg)
    {
    }
};

/// The same for slices: they have no length of their own.
template <class T>
struct TypedConfig<T[]> : channel::Config {
    /// For slices of up to `elements`. More than a message can have are an Error InvalidConfig where the region is made.
    TypedConfig(std::size_t elements) noexcept // NOLINT(google-explicit-constructor): advertise<T[]>(topic, elements)
    {
        static_assert(detail::is_payload<T>(), "");
        bool const fits   = elements <= channel::payload_limit / sizeof(T);
        max_payload_size  = fits ? elements * sizeof(T) : std::numeric_limits<std::size_t>::max();
        payload_alignment = std::max(payload_alignment, static_cast<uint32_t>(alignof(T)));
    }
    /// As `cfg` says.
    TypedConfig(channel::Config const& cfg) noexcept // NOLINT(google-explicit-constructor): a Config is one
        : channel::Config(cfg)
    {
    }
};

} // namespace kickmsg
