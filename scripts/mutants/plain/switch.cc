/// Reads what the environment of the process asks for: KICKMSG_MUTANT, the number of the mutant that it plays; KICKMSG_MUTANTS_REACHED, a
/// file with a byte for each mutant, which its children share.
#include "switch.h"

#include <cstdlib>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace kickmsg_mutants {

unsigned       played  = 0;
unsigned char* reached = nullptr;

namespace {

void map_reached(char const* path)
{
    int const   file = open(path, O_RDWR | O_CLOEXEC);
    struct stat status {};
    if (file >= 0 && fstat(file, &status) == 0 && status.st_size > 0) {
        void* const all =
            mmap(nullptr, static_cast<std::size_t>(status.st_size), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
        if (all != MAP_FAILED) {
            reached = static_cast<unsigned char*>(all);
        }
    }
    if (file >= 0) {
        close(file);
    }
}

} // namespace

/// Before the objects of the library are made: some of its code runs then.
__attribute__((constructor(101))) void read_environment()
{
    if (char const* number = std::getenv("KICKMSG_MUTANT")) {
        played = static_cast<unsigned>(std::strtoul(number, nullptr, 10));
    }
    if (char const* path = std::getenv("KICKMSG_MUTANTS_REACHED")) {
        map_reached(path);
    }
}

} // namespace kickmsg_mutants
