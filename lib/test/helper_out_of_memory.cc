/// Lets each allocation of a call fail, one after another: each time the call throws a kickmsg::Error, and leaves nothing.
/// Ends with 0; with 77 where this program's operator new is not the one that is used (under valgrind).
#include "kickmsg/Region.h"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <new>
#include <string>
#include <unistd.h>

namespace {

long allocations = 0;
long failing     = 0;     ///< the number of the first that fails; 0 for none
bool all_after   = false; ///< whether those after it fail, too: then there is no memory for the error's text

bool fails() noexcept
{
    ++allocations;
    return failing != 0 && (allocations == failing || (all_after && allocations > failing));
}

} // namespace

[[gnu::noinline]] void* operator new(std::size_t size)
{
    if (void* const memory = fails() ? nullptr : std::malloc(size)) {
        return memory;
    }
    throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* memory) noexcept
{
    std::free(memory);
}
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept
{
    std::free(memory);
}

namespace {

using kickmsg::Error;
using kickmsg::SharedRegion;

int next_descriptor()
{
    int const fd = dup(STDOUT_FILENO);
    close(fd);
    return fd;
}

[[noreturn]] void give_up(char const* call, char const* why)
{
    std::printf("%s, allocation %ld%s: %s\n", call, failing, all_after ? " and all after it" : "", why);
    std::exit(1);
}

/// Returns: whether the call came through, which it does when fewer allocations are made than the one that is to fail.
bool comes_through(char const* name, std::function<void()> const& call)
{
    allocations = 0;
    try {
        call();
        failing = 0;
        return true;
    } catch (Error const& error) {
        failing = 0;
        if (error.os_error() != ENOMEM || std::string(error.what()).find("no memory") == std::string::npos) {
            give_up(name, error.what());
        }
        return false;
    } catch (std::exception const& error) {
        give_up(name, error.what());
    }
}

/// `creates`: the call leaves a region where it comes through, and there is none before.
void try_each(char const* call, std::string const& region, std::function<void()> const& body, bool creates)
{
    for (bool const all : {false, true}) {
        bool through = false;
        for (long first = 1; !through; ++first) {
            int const before    = next_descriptor();
            all_after           = all;
            failing             = first;
            through             = comes_through(call, body);
            bool const has_name = creates && kickmsg::SharedMemory::unlink(region);
            if (through && first == 1) {
                std::exit(77);
            }
            if (next_descriptor() != before || has_name != (creates && through)) {
                failing = first;
                give_up(call, has_name ? "a refused region has a name" : "a descriptor is kept");
            }
        }
    }
}

} // namespace

int main()
{
    char const* const prefix = std::getenv("KICKMSG_TEST_PREFIX");
    std::string const name =
        "/" + std::string(prefix != nullptr ? prefix : "km") + "_memory_of_" + std::to_string(getpid());
    auto const               type = kickmsg::channel::PubSub;
    kickmsg::channel::Config cfg;
    auto const               create = [&] { SharedRegion::create(name, type, cfg); };
    auto const               join   = [&] { SharedRegion::create_or_open(name, type, cfg); };
    try_each("create", name, create, true);
    try_each("create_or_open", name, join, true);
    create();
    try_each("create over it", name, create, false);
    try_each("create_or_open it", name, join, false);
    try_each(
        "open", name, [&] { SharedRegion::open(name); }, false);
    kickmsg::SharedMemory::unlink(name);
    return 0;
}
