#include "Victim.h"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <sched.h>
#include <stdexcept>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>

namespace kickmsg_crash {

namespace {

constexpr int begin_signal = SIGUSR1;
constexpr int end_signal   = SIGUSR2;

[[noreturn]] void fail(char const* what)
{
    throw std::system_error(errno, std::generic_category(), what);
}

void bind_to(int processor)
{
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(static_cast<unsigned>(processor), &one);
    if (processor >= 0 && sched_setaffinity(0, sizeof(one), &one) != 0) {
        fail("sched_setaffinity");
    }
}

} // namespace

struct Bound::Mask {
    cpu_set_t set;
};

Bound::Bound(int processor) : before_(new Mask)
{
    sched_getaffinity(0, sizeof(before_->set), &before_->set);
    bind_to(processor);
}

Bound::~Bound()
{
    sched_setaffinity(0, sizeof(before_->set), &before_->set);
    delete before_;
}

Victim::Victim(Body const& body, int processor)
{
    void* const shared = mmap(nullptr, sizeof(Report), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED) {
        fail("mmap");
    }
    report_ = ::new (shared) Report();
    pid_    = fork();
    if (pid_ < 0) {
        fail("fork");
    }
    if (pid_ == 0) {
        live(body, processor);
    }
    exists_ = true;
    if (wait_for_stop() != Stop::Begin) {
        throw std::runtime_error(std::string("the victim did not come to the beginning of its operation: ") +
                                 report_->error);
    }
    // It dies with its tracer, whatever becomes of that one.
    ptrace(PTRACE_SETOPTIONS, pid_, nullptr, reinterpret_cast<void*>(PTRACE_O_EXITKILL | PTRACE_O_TRACESYSGOOD));
}

Victim::~Victim()
{
    kill();
    munmap(report_, sizeof(Report));
}

void Victim::live(Body const& body, int processor) noexcept
{
    try {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        bind_to(processor);
        ptrace(PTRACE_TRACEME, 0, nullptr, nullptr);
        body.prepare(*report_);
        report_->prepared = 1;
        raise(begin_signal);
        body.act(*report_);
        raise(end_signal);
        report_->completed = 1;
        if (body.finish) {
            body.finish(*report_);
        }
        _exit(0);
    } catch (std::exception const& error) {
        std::strncpy(report_->error, error.what(), sizeof(report_->error) - 1);
        _exit(99);
    }
}

Victim::Stop Victim::wait_for_stop()
{
    int status = 0;
    while (waitpid(pid_, &status, __WALL) < 0) {
        if (errno != EINTR) {
            fail("waitpid");
        }
    }
    if (WIFEXITED(status) || WIFSIGNALED(status)) {
        exists_ = false;
        exit_   = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
        return WIFEXITED(status) ? Stop::Exited : Stop::Killed;
    }
    int const signal = WSTOPSIG(status);
    if (signal == (SIGTRAP | 0x80)) {
        return Stop::Call;
    }
    if (signal == SIGTRAP || signal == begin_signal || signal == end_signal) {
        return signal == SIGTRAP ? Stop::Stepped : signal == begin_signal ? Stop::Begin : Stop::End;
    }
    ptrace(PTRACE_KILL, pid_, nullptr, nullptr);
    throw std::runtime_error("the victim was stopped by signal " + std::to_string(signal));
}

/// One step at most changes one place (a vector store may be wide; a system call may fill a structure).
void Victim::look(Watched const& watched)
{
    if (std::memcmp(seen_.data(), watched.begin, watched.size) == 0) {
        return;
    }
    std::size_t at = 0;
    while (seen_[at] == watched.begin[at]) {
        ++at;
    }
    changes_.push_back(at);
    std::memcpy(seen_.data(), watched.begin, watched.size);
}

bool Victim::run_to_change(unsigned changes, Watched const& watched, std::function<void(unsigned)> const& meanwhile)
{
    seen_.assign(watched.begin, watched.begin + watched.size);
    while (changes_.size() < changes && !ended_) {
        if (ptrace(PTRACE_SINGLESTEP, pid_, nullptr, nullptr) != 0) {
            fail("ptrace(PTRACE_SINGLESTEP)");
        }
        Stop const stop = wait_for_stop();
        if (stop == Stop::Exited || stop == Stop::Killed) {
            throw std::runtime_error(std::string("the victim ended within its operation: ") + report_->error);
        }
        ++steps_;
        ended_             = stop == Stop::End;
        std::size_t before = changes_.size();
        look(watched);
        if (changes_.size() != before && meanwhile) {
            meanwhile(static_cast<unsigned>(changes_.size()));
            std::memcpy(seen_.data(), watched.begin, watched.size);
        }
    }
    return changes_.size() >= changes;
}

bool Victim::run_to_call(unsigned boundaries)
{
    Stop stop = Stop::Call;
    // the first boundary is the return from the system call that announced the beginning
    for (unsigned seen = 0; seen <= boundaries && !ended_; ++seen) {
        if (ptrace(PTRACE_SYSCALL, pid_, nullptr, nullptr) != 0) {
            fail("ptrace(PTRACE_SYSCALL)");
        }
        stop   = wait_for_stop();
        ended_ = stop == Stop::End;
        if (stop == Stop::Exited || stop == Stop::Killed) {
            throw std::runtime_error(std::string("the victim ended within its operation: ") + report_->error);
        }
    }
    return !ended_;
}

bool Victim::run_to_end()
{
    while (exists_) {
        if (ptrace(PTRACE_CONT, pid_, nullptr, nullptr) != 0) {
            fail("ptrace(PTRACE_CONT)");
        }
        wait_for_stop();
    }
    return exit_ == 0;
}

void Victim::kill()
{
    if (exists_) {
        ::kill(pid_, SIGKILL);
        while (exists_) {
            wait_for_stop();
        }
    }
}

} // namespace kickmsg_crash
