/// macOS has no sleep on more than one word that processes share.
#include "../WaitHooks.h"

namespace kickmsg {
namespace os {

std::size_t known_most_words() noexcept
{
    return 1;
}

void wait_any(Awaited const* words, std::size_t count, std::chrono::nanoseconds timeout) noexcept
{
    begin_wait(words, count);
    wait(*words->word, words->expected, words->sleeper, timeout);
    end_wait(words, count);
}

} // namespace os
} // namespace kickmsg
