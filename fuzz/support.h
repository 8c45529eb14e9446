/// What the fuzz targets share: the input as numbers, a region name of this process, a requirement that ends the run.
#pragma once

#include "kickmsg/Publisher.h"
#include "kickmsg/Subscriber.h"

#include <cstddef>
#include <cstdint>
#include <string>

namespace kickmsg_fuzz {

/// Ends the process, and so makes the input a finding, when `holds` is false.
void require(bool holds, char const* what);

/// The beginning of every name: KICKMSG_TEST_PREFIX, or one of this process.
std::string const& prefix();
/// The path of a region's file.
std::string path_of(std::string const& name);

/// The bytes of an input, read from the front; zero when they are used up.
class Input {
public:
    Input(uint8_t const* data, std::size_t size) noexcept : at_(data), end_(data + size) {}

    bool empty() const noexcept
    {
        return at_ == end_;
    }
    std::size_t left() const noexcept
    {
        return static_cast<std::size_t>(end_ - at_);
    }
    uint64_t number(unsigned bytes) noexcept
    {
        uint64_t value = 0;
        for (unsigned i = 0; i < bytes && !empty(); ++i) {
            value |= uint64_t{*at_++} << (8 * i);
        }
        return value;
    }
    uint32_t byte() noexcept
    {
        return static_cast<uint32_t>(number(1));
    }
    /// A text up to the next byte 0xff, or to the end.
    std::string text();

private:
    uint8_t const* at_;
    uint8_t const* end_;
};

/// A region name of this process; unlinked before and after.
class Name {
public:
    explicit Name(std::string const& suffix = "region");
    Name(Name const&)            = delete;
    Name& operator=(Name const&) = delete;
    ~Name();

    std::string const& str() const noexcept
    {
        return name_;
    }

private:
    std::string name_;
};

/// A message that proves itself: its number, and a length and bytes that follow from it.
std::string message(uint32_t number, std::size_t most);

} // namespace kickmsg_fuzz
