#include "Accounts.h"

#include <algorithm>
#include <cstdio>
#include <cstring>

namespace kickmsg_stress {
namespace generated {

namespace {

constexpr std::size_t word = sizeof(uint64_t);

uint64_t mix(uint64_t value)
{
    value = (value ^ value >> 31) * 0x9e3779b97f4a7c15U;
    return (value ^ value >> 29) * 0xbf58476d1ce4e5b9U;
}

uint64_t identity_of(uint32_t publisher, uint32_t number)
{
    return uint64_t{publisher} << 32 | number;
}

constexpr uint64_t identity_bits = 0xffffffffffU; ///< 8 of the publisher, 32 of the number

/// Word `at` of a message: first its identity, below bits that follow from it, for there may be no other word.
uint64_t content(uint64_t identity, std::size_t at)
{
    return at == 0 ? identity | (mix(identity) & ~identity_bits) : mix(identity) + at * 0x9e3779b97f4a7c15U;
}

/// Those of a publisher's messages between two that have bytes, and so must have been seen or lost.
uint64_t identified_between(uint32_t publisher, uint32_t after, uint32_t before, std::size_t limit)
{
    uint64_t count = 0;
    for (uint32_t number = after + 1; number < before; ++number) {
        count += message::length_of(publisher, number, limit) != 0 ? 1 : 0;
    }
    return count;
}

} // namespace

std::size_t message::length_of(uint32_t publisher, uint32_t number, std::size_t limit)
{
    uint64_t const mixed = mix(identity_of(publisher, number));
    switch (mixed >> 61) {
    case 0:
        return 0;
    case 1:
        return limit;
    case 2:
    case 3:
        return word + (mixed >> 8) % (std::min<std::size_t>(limit, 100) - word + 1);
    default:
        return word + (mixed >> 8) % (limit - word + 1);
    }
}

void message::write(void* to, uint32_t publisher, uint32_t number, std::size_t length)
{
    auto* const    bytes    = static_cast<unsigned char*>(to);
    uint64_t const identity = identity_of(publisher, number);
    for (std::size_t at = 0; at < length; at += word) {
        uint64_t const value = content(identity, at / word);
        std::memcpy(bytes + at, &value, std::min(word, length - at));
    }
}

uint64_t message::identify(void const* data, std::size_t length, std::size_t limit)
{
    auto const* const bytes = static_cast<unsigned char const*>(data);
    uint64_t          head  = 0;
    if (length < word) {
        return 0;
    }
    std::memcpy(&head, bytes, word);
    uint64_t const identity = head & identity_bits;
    bool whole = length == length_of(static_cast<uint32_t>(identity >> 32), static_cast<uint32_t>(identity), limit);
    for (std::size_t at = 0; whole && at < length; at += word) {
        uint64_t const value = content(identity, at / word);
        whole                = std::memcmp(bytes + at, &value, std::min(word, length - at)) == 0;
    }
    return whole ? identity : 0;
}

void Fault::note(char const* what, uint64_t one, uint64_t two, uint64_t three) noexcept
{
    if (text[0] == '\0') {
        std::snprintf(text, sizeof(text), "%s (%llu, %llu, %llu)", what, static_cast<unsigned long long>(one),
                      static_cast<unsigned long long>(two), static_cast<unsigned long long>(three));
    }
}

void Reading::note(void const* data, std::size_t length, uint64_t position, uint64_t lost) noexcept
{
    ++received_;
    ++account_.received;
    note_position(position, lost);
    if (length == 0) {
        ++account_.zero_length;
        return;
    }
    uint64_t const identity  = message::identify(data, length, limit_);
    auto const     publisher = static_cast<uint32_t>(identity >> 32);
    if (publisher == 0 || publisher > most_publishers) {
        return account_.fault.note("a message is corrupt: position, length", position, length);
    }
    ++account_.from[publisher];
    note_identity(publisher, static_cast<uint32_t>(identity), lost);
}

/// Each position since the first was received or lost.
void Reading::note_position(uint64_t position, uint64_t lost) noexcept
{
    uint64_t const start = position + 1 - received_ - lost;
    if (received_ == 1) {
        start_         = start;
        account_.start = start;
    } else if (position <= position_) {
        account_.fault.note("a position came twice or went back: found, last", position, position_);
    } else if (start != start_) {
        account_.fault.note("positions passed are not received + lost: passed, received, lost", position + 1 - start_,
                            received_, lost);
    }
    position_ = position;
}

void Reading::note_identity(uint32_t publisher, uint32_t number, uint64_t lost) noexcept
{
    uint32_t& last = last_[publisher];
    if (number <= last) {
        return account_.fault.note("a message came twice or out of order: publisher, number, last", publisher, number,
                                   last);
    }
    if (last != 0 || from_the_first_) {
        passed_over_ += identified_between(publisher, last, number, limit_);
    }
    if (passed_over_ > lost) {
        account_.fault.note("messages were passed over and not counted as lost: publisher, passed over, lost",
                            publisher, passed_over_, lost);
    }
    first_[publisher] = first_[publisher] != 0 ? first_[publisher] : number;
    last              = number;
}

} // namespace generated
} // namespace kickmsg_stress
