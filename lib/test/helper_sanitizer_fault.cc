/// Faults on purpose, one by its name: what a sanitizer must report in a program built as the tests are. Without an argument it
/// lists them, each with the instrument that must report it, the exit code of the program then, and a part of the report.
/// Ends well when nothing ended it before.
#include "kickmsg/Publisher.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <thread>

#include <sys/wait.h>
#include <unistd.h>

namespace {

/// What the compiler cannot know.
template <class T>
T hidden(T value)
{
    T volatile unknown = value;
    return unknown;
}

uint32_t volatile sink = 0;

void heap_overflow()
{
    auto const bytes               = std::make_unique<unsigned char[]>(64);
    bytes[hidden<std::size_t>(64)] = 1;
    sink                           = bytes[hidden<std::size_t>(0)];
}

void use_after_free()
{
    auto                 owner = std::make_unique<unsigned char[]>(64);
    unsigned char* const bytes = hidden(owner.get());
    owner.reset();
    sink = bytes[0];
}

void leak()
{
    auto* const bytes = hidden(new unsigned char[64]);
    sink              = bytes[0];
}

void shift()
{
    sink = 1U << hidden(32U);
}

/// The fault in a forked child, as most of the tests' processes are; the parent ends as if nothing had been.
void overflow_in_a_child()
{
    if (fork() == 0) {
        heap_overflow();
        _exit(0);
    }
    wait(nullptr);
}

/// A region that nobody else knows; its name is gone at once, for the program is ended by a report.
kickmsg::SharedRegion make_region()
{
    char const* const given = std::getenv("KICKMSG_TEST_PREFIX");
    std::string const name  = std::string(given != nullptr ? given : "kmfault") + "_" + std::to_string(getpid());
    auto              made  = kickmsg::SharedRegion::create(name, kickmsg::channel::PubSub, {}, "sanitizer fault");
    kickmsg::SharedMemory::unlink(name);
    return made;
}

/// A publisher is one thread's: which slot it has borrowed is a plain member.
void race_on_a_publisher()
{
    auto const         region = make_region();
    kickmsg::Publisher publisher(region);
    auto const         send = [&publisher] {
        for (uint64_t i = 0; i < 1000; ++i) {
            (void)publisher.send(&i, sizeof(i));
        }
    };
    std::thread other(send);
    send();
    other.join();
}

/// A publisher's payload, read by a thread that has not received it, in the mapping that they share.
void race_on_a_payload()
{
    auto const         region = make_region();
    kickmsg::Publisher publisher(region);
    auto* const        slot = static_cast<uint64_t*>(publisher.allocate(sizeof(uint64_t)));
    std::thread        reader([slot] { sink = static_cast<uint32_t>(*slot); });
    *slot = 7;
    reader.join();
    publisher.publish();
}

struct Fault {
    char const* name;
    char const* instrument;
    int         code; ///< of the program: 86 where the report ends it
    char const* report;
    void (*commit)();
};

Fault const faults[] = {
    {"heap-overflow", "asan-ubsan", 86, "AddressSanitizer: heap-buffer-overflow", heap_overflow},
    {"use-after-free", "asan-ubsan", 86, "AddressSanitizer: heap-use-after-free", use_after_free},
    {"leak", "asan-ubsan", 86, "LeakSanitizer: detected memory leaks", leak},
    {"shift", "asan-ubsan", 86, "runtime error: shift exponent", shift},
    {"heap-overflow-in-a-child", "asan-ubsan", 0, "AddressSanitizer: heap-buffer-overflow", overflow_in_a_child},
    {"race-on-a-publisher", "tsan", 86, "ThreadSanitizer: data race", race_on_a_publisher},
    {"race-on-a-payload", "tsan", 86, "ThreadSanitizer: data race", race_on_a_payload},
    {"heap-overflow", "valgrind", 86, "Invalid write of size 1", heap_overflow},
    {"use-after-free", "valgrind", 86, "Invalid read of size 1", use_after_free},
    {"leak", "valgrind", 86, "definitely lost", leak},
    {"heap-overflow-in-a-child", "valgrind", 0, "Invalid write of size 1", overflow_in_a_child},
};

} // namespace

int main(int argc, char** argv)
{
    for (Fault const& fault : faults) {
        if (argc == 1) {
            std::printf("%s\t%s\t%d\t%s\n", fault.name, fault.instrument, fault.code, fault.report);
        } else if (std::strcmp(argv[1], fault.name) == 0) {
            fault.commit();
            return 0;
        }
    }
    return argc == 1 ? 0 : 2;
}
