#include "Explanation.h"

#include "Shadow.h"

#if defined(KICKMSG_DEBUG_MEMORY)

#include "kickmsg/os/GuardedPages.h"

namespace kickmsg {
namespace detail {

namespace {

char const* words_for(Shadow::State state) noexcept
{
    switch (state) {
    case Shadow::State::Loan:
        return "of a loan that is out: it may be read and written";
    case Shadow::State::View:
        return "of a view that is held: it may be read, and not written";
    case Shadow::State::Published:
        return "after publish(): it is not its publisher's any more, subscribers may be reading it";
    case Shadow::State::GivenBack:
        return "after the end of its loan, which was not published: its slot is for other messages";
    case Shadow::State::Dropped:
        return "after the end of its view: its slot is for other messages";
    case Shadow::State::Free:
    case Shadow::State::Taken:
        break;
    }
    return "that has just gone";
}

void say_where(Explanation& text, Shadow const& shadow, unsigned char const* address) noexcept
{
    unsigned char const* const begin = shadow.data;
    std::size_t const          size  = shadow.length;
    unsigned char const* const end   = begin + size;
    if (address < begin) {
        text << static_cast<uint64_t>(begin - address) << " bytes before a message";
    } else if (address >= end) {
        text << static_cast<uint64_t>(address - end) << " bytes behind the end of a message";
    } else {
        text << "byte " << static_cast<uint64_t>(address - begin) << " of a message";
    }
    text << " of " << uint64_t{size} << " bytes, ";
}

void say_which(Explanation& text, Shadow const& shadow) noexcept
{
    text << " (region ";
    for (char const letter : shadow.region) {
        if (letter == '\0') {
            break;
        }
        text << letter;
    }
    text << ", slot " << uint64_t{shadow.slot};
    if (shadow.sequence != 0) {
        text << ", message " << uint64_t{shadow.sequence};
    }
    text << " of publisher " << uint64_t{shadow.publisher} << ")";
}

} // namespace

Explanation& Explanation::operator<<(char const* text) noexcept
{
    for (; *text != '\0'; ++text) {
        *this << *text;
    }
    return *this;
}

Explanation& Explanation::operator<<(char letter) noexcept
{
    if (length_ + 1 < size_) {
        room_[length_++] = letter;
    }
    return end();
}

Explanation& Explanation::operator<<(uint64_t number) noexcept
{
    return in_digits(number, 10);
}

Explanation& Explanation::operator<<(void const* address) noexcept
{
    return (*this << "0x").in_digits(reinterpret_cast<uintptr_t>(address), 16);
}

Explanation& Explanation::in_digits(uint64_t number, uint64_t base) noexcept
{
    char  digits[24];
    char* first = digits + sizeof(digits) - 1;
    *first      = '\0';
    do {
        *--first = "0123456789abcdef"[number % base];
        number /= base;
    } while (number != 0);
    return *this << static_cast<char const*>(first);
}

Explanation& Explanation::end() noexcept
{
    if (size_ != 0) {
        room_[length_] = '\0';
    }
    return *this;
}

bool Explanation::say(void const* address) noexcept
{
    auto const* const byte  = static_cast<unsigned char const*>(address);
    auto const        spans = [=](Shadow const& shadow, Shadow::State) {
        unsigned char const* const first = shadow.pages;
        std::size_t const          size  = shadow.bytes;
        return byte >= first && byte < first + size;
    };
    Shadow const* const shadow = Shadow::find(spans);
    if (shadow != nullptr) {
        say_where(*this, *shadow, byte);
        *this << words_for(shadow->state.load(std::memory_order_acquire));
        say_which(*this, *shadow);
    }
    return shadow != nullptr;
}

void report(void const* address, char const* what) noexcept
{
    char        line[Shadow::name_limit + 512];
    Explanation text(line, sizeof(line));
    text << "kickmsg: " << what << " " << address << ": ";
    if (text.say(address)) {
        text << "\n";
        os::write_error(line, text.length());
    }
}

} // namespace detail
} // namespace kickmsg

#endif
