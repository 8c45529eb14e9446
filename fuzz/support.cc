#include "support.h"

#include "names.h"

#include "kickmsg/os/SharedMemory.h"

#include <cstdio>
#include <cstdlib>
#include <unistd.h>

namespace kickmsg_fuzz {

void require(bool holds, char const* what)
{
    if (!holds) {
        std::fprintf(stderr, "FOUND: %s\n", what);
        std::abort();
    }
}

std::string const& prefix()
{
    static std::string const begin = kickmsg_testkit::prefix_or("kmfuzz") + "_" + std::to_string(getpid());
    return begin;
}

std::string path_of(std::string const& name)
{
    return "/dev/shm" + name;
}

std::string Input::text()
{
    std::string found;
    while (!empty() && *at_ != 0xff) {
        found += static_cast<char>(*at_++);
    }
    number(1);
    return found;
}

Name::Name(std::string const& suffix) : name_("/" + prefix() + "_" + suffix)
{
    kickmsg::SharedMemory::unlink(name_);
}

Name::~Name()
{
    kickmsg::SharedMemory::unlink(name_);
}

std::string message(uint32_t number, std::size_t most)
{
    std::string bytes(sizeof(number) + number % (most - sizeof(number) + 1), '\0');
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        bytes[i] = static_cast<char>(i < sizeof(number) ? number >> (8 * i) : std::size_t{number} * 31 + i);
    }
    return bytes;
}

} // namespace kickmsg_fuzz
