/// kickmsg_budget_driver: runs the operations of the shipped library for a process that counts from outside.
///
///   list      names the operations, one a line
///   measure   a call of kickmsg_budget_mark() before and after the repetitions of each: valgrind --tool=callgrind
///             --dump-before=kickmsg_budget_mark makes every second part the cost of one operation
///   sealed    all repetitions where the first system call but write and exit is the end by SIGKILL
///   leaking   the same with one system call planted
///   layout    where the words of a region lie
#include "layout.h"
#include "operations.h"

#if defined(__linux__)
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#endif
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <exception>
#include <stdexcept>

/// Never inlined, found by its name.
extern "C" __attribute__((noinline, used)) void kickmsg_budget_mark()
{
    asm volatile("");
}

namespace {

using kickmsg::budgets::most_repetitions;
using kickmsg::budgets::Operation;

int list()
{
    for (Operation const& operation : kickmsg::budgets::all_operations()) {
        std::printf("%s\n", operation.str().c_str());
    }
    return 0;
}

int measure()
{
    auto operations = kickmsg::budgets::all_operations();
    for (Operation& operation : operations) {
        kickmsg::budgets::warm_up(operation);
        operation.prepare(most_repetitions);
        kickmsg_budget_mark();
        uint64_t const right = operation.run(most_repetitions);
        kickmsg_budget_mark();
        if (right != most_repetitions) {
            throw std::runtime_error(operation.str() + ": a repetition went wrong");
        }
        std::printf("%llu %s\n", static_cast<unsigned long long>(most_repetitions), operation.str().c_str());
    }
    return 0;
}

#if defined(__linux__)
/// Neither buffers nor checks: the only call allowed here.
void say(std::string const& line)
{
    auto const written = write(STDOUT_FILENO, line.data(), line.size());
    static_cast<void>(written);
}

[[noreturn]] void end_sealed(int code)
{
    syscall(SYS_exit, code);
    __builtin_trap();
}

int run_sealed(bool plant)
{
    auto                     operations = kickmsg::budgets::all_operations();
    std::vector<std::string> lines;
    for (Operation const& operation : operations) {
        lines.push_back(operation.str() + "\n");
    }
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT) != 0) {
        throw std::runtime_error(std::string("no seccomp filter: ") + std::strerror(errno));
    }
    for (std::size_t i = 0; i < operations.size(); ++i) {
        if (operations[i].asks) {
            continue;
        }
        say(lines[i]); // a process that is killed has said where
        for (int lap = 0; lap < 12; ++lap) {
            operations[i].prepare(most_repetitions);
            if (operations[i].run(most_repetitions) != most_repetitions) {
                end_sealed(3);
            }
        }
        if (plant && i == operations.size() / 2) {
            syscall(SYS_getppid);
        }
    }
    say("no system call\n");
    end_sealed(0);
}
#else
int run_sealed(bool)
{
    throw std::runtime_error("a filter of system calls needs Linux");
}
#endif

int run(std::string const& what)
{
    if (what == "list") {
        return list();
    }
    if (what == "measure") {
        return measure();
    }
    if (what == "layout") {
        std::printf("%s", kickmsg::budgets::layout_table().c_str());
        return 0;
    }
    if (what == "sealed" || what == "leaking") {
        return run_sealed(what == "leaking");
    }
    throw std::invalid_argument("'" + what + "': expected list, measure, sealed, leaking or layout");
}

} // namespace

int main(int argc, char** argv)
{
    try {
        return run(argc == 2 ? argv[1] : "");
    } catch (std::exception const& error) {
        std::fprintf(stderr, "kickmsg_budget_driver: %s\n", error.what());
    }
    return 2;
}
