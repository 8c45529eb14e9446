/// A message that proves itself: which publisher sent it, which one it is, and a length and contents that follow from both.
#pragma once

#include <cstddef>
#include <cstdint>

namespace kickmsg_testkit {

class Message {
public:
    static constexpr std::size_t most = 48;

    Message(uint32_t publisher, uint32_t number);
    void const* data() const noexcept
    {
        return bytes_;
    }
    std::size_t length() const noexcept
    {
        return length_;
    }
    /// Returns: publisher << 32 | number, or 0 when the contents are not those of one message.
    static uint64_t identify(void const* data, std::size_t length);

private:
    unsigned char bytes_[most];
    std::size_t   length_;
};

} // namespace kickmsg_testkit
