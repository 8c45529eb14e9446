/// Structures of C that may grow, and those of C++ that they stand for.
#pragma once

#include "c/Answer.h"
#include "kickmsg/Config.h"
#include "kickmsg/Region.h"
#include "kickmsg/Schema.h"
#include "kickmsg/Service.h"
#include "kickmsg/Subscriber.h"
#include "kickmsg/c/Config.h"
#include "kickmsg/c/Region.h"
#include "kickmsg/c/Subscriber.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <optional>

namespace kickmsg {
namespace c {

constexpr std::size_t largest_struct = 65536; ///< bytes: a greater `struct_size` is a mistake

/// Throws the Error that says what is wrong with a structure's `size`.
[[noreturn]] void refuse_size(char const* name, std::size_t size, std::string const& expected);

/// Returns: the structure `given`, of this, of a later or of an earlier version, as this version has it; the first had `first` bytes. What an
///          earlier one did not have is zero.
/// Errors:  Error InvalidConfig, where its size is that of no version, or it says something that this version does not know.
template <class Struct>
Struct read_struct(Struct const& given, char const* name, std::size_t first = sizeof(Struct))
{
    std::size_t const size = given.struct_size;
    if (size < first || size > largest_struct) {
        refuse_size(name, size, "expected sizeof, " + std::to_string(sizeof(Struct)));
    }
    auto const* const bytes = reinterpret_cast<unsigned char const*>(&given);
    if (size < sizeof(Struct)) {
        Struct known{};
        std::memcpy(&known, bytes, size);
        return known;
    }
    if (std::any_of(bytes + sizeof(Struct), bytes + size, [](unsigned char byte) { return byte != 0; })) {
        refuse_size(name, size,
                    "what this library does not know has to be zero, and it knows " + std::to_string(sizeof(Struct)) +
                        " bytes");
    }
    return given;
}

/// Writes `value` to `out` as far as that has room, and zeros behind what this version knows.
template <class Struct>
kickmsg_status fill(Struct* out, Struct value, char const* name)
{
    if (out == nullptr) {
        return refuse_null(name);
    }
    std::size_t const size = out->struct_size;
    if (size <= sizeof(size) || size > largest_struct) {
        refuse_size(name, size, "expected sizeof, " + std::to_string(sizeof(Struct)));
    }
    value.struct_size = size;
    std::memcpy(static_cast<void*>(out), &value, std::min(size, sizeof(Struct)));
    if (size > sizeof(Struct)) {
        std::memset(reinterpret_cast<unsigned char*>(out) + sizeof(Struct), 0, size - sizeof(Struct));
    }
    return KICKMSG_OK;
}

/// Returns: what a pointer stands for that may be NULL: the default.
/// Errors:  Error InvalidConfig.
/// @{
channel::Config config_of(kickmsg_config const* given);
ServiceConfig   config_of(kickmsg_service_config const* given);
/// @}

/// @{
SchemaInfo     schema_of(kickmsg_schema const& given) noexcept;
kickmsg_schema schema_of(SchemaInfo const& info) noexcept;
/// @}

kickmsg_participant participant_of(ParticipantStats const& stats) noexcept;

/// Writes where a message comes from to `to`.
inline void write_info(SampleInfo const& info, kickmsg_sample_info& to) noexcept
{
    to.publisher   = info.publisher;
    to.sequence    = info.sequence;
    to.sent_ns     = info.sent_ns.value_or(0);
    to.has_sent_ns = info.sent_ns.has_value();
}

/// Returns: `text` as C++ takes it.
/// Errors:  NullText.
inline std::string text(char const* given, char const* name)
{
    if (given == nullptr) {
        throw NullText{name};
    }
    return given;
}

/// Copies a text of which more than has room is left out.
template <std::size_t Size>
void copy_to(char (&to)[Size], std::string const& text) noexcept
{
    std::size_t const length = std::min(text.size(), Size - 1);
    std::memcpy(to, text.data(), length);
    to[length] = 0;
}

} // namespace c
} // namespace kickmsg
