#include "Message.h"

#include <cstring>

namespace kickmsg_testkit {

namespace {

unsigned char content(uint32_t publisher, uint32_t number, std::size_t at)
{
    return static_cast<unsigned char>(publisher * 131U + number * 29U + at * 7U);
}

std::size_t length_of(uint32_t publisher, uint32_t number)
{
    return 8 + (publisher * 5U + number * 11U) % (Message::most - 8);
}

} // namespace

Message::Message(uint32_t publisher, uint32_t number) : length_(length_of(publisher, number))
{
    std::memcpy(bytes_, &publisher, 4);
    std::memcpy(bytes_ + 4, &number, 4);
    for (std::size_t at = 8; at < length_; ++at) {
        bytes_[at] = content(publisher, number, at);
    }
}

uint64_t Message::identify(void const* data, std::size_t length)
{
    auto const* const bytes     = static_cast<unsigned char const*>(data);
    uint32_t          publisher = 0;
    uint32_t          number    = 0;
    if (length < 8) {
        return 0;
    }
    std::memcpy(&publisher, bytes, 4);
    std::memcpy(&number, bytes + 4, 4);
    bool whole = length == length_of(publisher, number);
    for (std::size_t at = 8; whole && at < length; ++at) {
        whole = bytes[at] == content(publisher, number, at);
    }
    return whole ? uint64_t{publisher} << 32 | number : 0;
}

} // namespace kickmsg_testkit
