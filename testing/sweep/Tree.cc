#include "Tree.h"

#include "Failure.h"
#include "Waits.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <sched.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

namespace kickmsg_sweep {

namespace {

constexpr long traced = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
                        PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL;

/// The kernel's ptrace_syscall_info, as far as it is needed here: headers of the kernel and of glibc cannot be included together.
struct CallInfo {
    uint8_t  kind; ///< 1: entry, 2: exit
    uint8_t  unused[3];
    uint32_t arch;
    uint64_t address, stack;
    uint64_t rest[8];
};
constexpr int get_call_info = 0x420e;

long trace(int request, pid_t tid, std::size_t address = 0, std::size_t data = 0)
{
    return ptrace(static_cast<__ptrace_request>(request), tid, reinterpret_cast<void*>(address),
                  reinterpret_cast<void*>(data));
}

uint64_t register_of(pid_t tid, std::size_t offset)
{
    errno = 0;
    return static_cast<uint64_t>(trace(PTRACE_PEEKUSER, tid, offset));
}

/// Where the kernel cannot say it, entries and exits take turns.
bool is_entry(pid_t tid, bool otherwise)
{
    CallInfo info = {};
    if (trace(get_call_info, tid, sizeof(info), reinterpret_cast<std::size_t>(&info)) <= 0) {
        return otherwise;
    }
    return info.kind == 1;
}

pid_t process_of(pid_t tid)
{
    std::ifstream status("/proc/" + std::to_string(tid) + "/status");
    for (std::string line; std::getline(status, line);) {
        if (line.rfind("Tgid:", 0) == 0) {
            return static_cast<pid_t>(std::stol(line.substr(5)));
        }
    }
    return tid;
}

/// In the child: the same addresses each time, and not before the tracer is there.
bool begin(int go)
{
    personality(ADDR_NO_RANDOMIZE);
    char byte = 0;
    return read(go, &byte, 1) == 1;
}

} // namespace

Tree::Tree(Command const& command, Surroundings const& in, bool marks) : marks_(marks)
{
    std::array<int, 2> go = {-1, -1};
    if (pipe2(go.data(), O_CLOEXEC) != 0) {
        throw Failure("no pipe", "raise the limit of open files");
    }
    root_ = in.start(
        command, [&go] { return begin(go[0]); }, true);
    bool const seized = trace(PTRACE_SEIZE, root_, 0, static_cast<std::size_t>(traced)) == 0;
    int const  error  = errno;
    bool const told   = seized && write(go[1], "g", 1) == 1;
    close(go[0]);
    close(go[1]);
    threads_.push_back(std::make_unique<Thread>());
    threads_[0]->tid     = root_;
    threads_[0]->process = std::make_shared<Process>(Process{root_, Code(root_)});
    threads_[0]->stopped = false;
    if (!told) {
        kill();
        throw Failure(std::string("ptrace: ") + std::strerror(error),
                      "let this process trace its children: "
                      "kernel.yama.ptrace_scope, or the container's seccomp profile");
    }
    Event event = Event::None;
    while (event != Event::Executed && event != Event::Gone) {
        if (threads_[0]->stopped) {
            resume(*threads_[0], PTRACE_CONT);
        }
        event = collect(*threads_[0], Waits::wait(root_).value_or(0));
    }
    if (event == Event::Gone) {
        throw Failure(command.words[0] + ": it is not there, or cannot be executed",
                      "give the path of a program that can be executed");
    }
}

Tree::~Tree()
{
    kill();
}

Tree::Thread* Tree::find(pid_t tid)
{
    for (auto const& thread : threads_) {
        if (thread->tid == tid && !thread->gone) {
            return thread.get();
        }
    }
    return nullptr;
}

std::vector<Tree::Thread*> Tree::threads()
{
    std::vector<Thread*> all;
    for (auto const& thread : threads_) {
        if (!thread->gone) {
            all.push_back(thread.get());
        }
    }
    return all;
}

/// Returns: false when it is being killed: then its end is what is waited for.
bool Tree::resume(Thread& thread, int request)
{
    thread.stopped  = false;
    bool const done = trace(request, thread.tid, 0, static_cast<std::size_t>(thread.signal)) == 0;
    thread.signal   = 0;
    return done;
}

Event Tree::collect(Thread& thread, int status)
{
    if (!WIFSTOPPED(status)) {
        return end(thread, status);
    }
    thread.stopped = true;
    thread.forks   = false;
    switch (static_cast<unsigned>(status) >> 16) {
    case 0:
        break;
    case PTRACE_EVENT_VFORK:
        bear(thread, true);
        return Event::Born;
    case PTRACE_EVENT_CLONE:
    case PTRACE_EVENT_FORK:
        bear(thread, false);
        return Event::Born;
    case PTRACE_EVENT_EXEC:
        return executed(thread);
    default:
        return Event::None;
    }
    int const signal = WSTOPSIG(status);
    if (signal == (SIGTRAP | 0x80)) {
        thread.in_call = is_entry(thread.tid, !thread.in_call);
        if (thread.in_call) {
            thread.call = static_cast<long>(register_of(thread.tid, offsetof(user, regs.orig_rax)));
        }
        return thread.in_call ? Event::CallEntry : Event::CallExit;
    }
    if (signal == SIGTRAP) {
        uint64_t const before = address_of(thread) - 1; // of a breakpoint
        if (thread.process->code.is_mark(before)) {
            pass_mark(thread, before);
            return Event::Mark;
        }
        return Event::Step;
    }
    thread.signal = signal;
    return Event::Signal;
}

Event Tree::end(Thread& thread, int status)
{
    thread.gone    = true;
    thread.stopped = false;
    if (thread.tid == root_) {
        status_ = status;
    }
    return Event::Gone;
}

void Tree::bear(Thread& parent, bool shares)
{
    unsigned long message = 0;
    trace(PTRACE_GETEVENTMSG, parent.tid, 0, reinterpret_cast<std::size_t>(&message));
    auto const tid    = static_cast<pid_t>(message);
    int const  status = Waits::wait(tid).value_or(0); // its own first stop
    if (!WIFSTOPPED(status)) {
        return; // killed already
    }
    pid_t const process = process_of(tid);
    auto        child   = std::make_unique<Thread>();
    child->tid          = tid;
    child->process      = parent.process;
    if (process != parent.process->pid) {
        child->process = std::make_shared<Process>(
            Process{process, parent.process->code.of_child(process), parent.process->touched});
    }
    parent.forks = shares;
    threads_.push_back(std::move(child));
}

/// The other threads of the process are no more.
Event Tree::executed(Thread& thread)
{
    for (auto const& other : threads_) {
        if (other.get() != &thread && other->process == thread.process) {
            other->gone = true;
        }
    }
    thread.process = std::make_shared<Process>(Process{thread.process->pid, Code(thread.process->pid)});
    if (marks_) {
        thread.process->code.find_marks(thread.tid);
    }
    return Event::Executed;
}

void Tree::pass_mark(Thread& thread, uint64_t address)
{
    thread.mark = thread.process->code.text_at(register_of(thread.tid, offsetof(user, regs.rdi)));
    trace(PTRACE_POKEUSER, thread.tid, offsetof(user, regs.rip), address + Code::mark_length);
}

uint64_t Tree::address_of(Thread const& thread)
{
    return register_of(thread.tid, offsetof(user, regs.rip));
}

uint64_t Tree::argument_of(Thread const& thread, int which)
{
    static constexpr std::size_t places[] = {offsetof(user, regs.rdi), offsetof(user, regs.rsi),
                                             offsetof(user, regs.rdx), offsetof(user, regs.r10),
                                             offsetof(user, regs.r8),  offsetof(user, regs.r9)};
    return register_of(thread.tid, places[which]);
}

long Tree::next_call_of(Thread const& thread)
{
    return static_cast<long>(register_of(thread.tid, offsetof(user, regs.rax)));
}

bool Tree::is_asleep(Thread const& thread)
{
    char const state = state_of(thread.tid);
    return state == 'S' || state == 'Z' || state == 'X' || state == 0 || (state == 'D' && thread.forks);
}

std::optional<Event> Tree::poll(Thread& thread)
{
    auto const status = Waits::poll(thread.tid);
    return status ? std::optional<Event>(collect(thread, *status)) : std::nullopt;
}

std::optional<Event> Tree::wait_unless_asleep(Thread& thread)
{
    for (;;) {
        if (auto const event = poll(thread)) {
            return event;
        }
        if (is_asleep(thread)) {
            return poll(thread); // it may have stopped between the two looks
        }
        sched_yield();
    }
}

std::optional<Event> Tree::step(Thread& thread, bool is_call)
{
    bool const may_sleep = is_call || thread.signal != 0 || thread.in_call || thread.forks;
    if (!resume(thread, thread.in_call ? PTRACE_SYSCALL : PTRACE_SINGLESTEP) || may_sleep) {
        return wait_unless_asleep(thread);
    }
    return collect(thread, Waits::wait(thread.tid).value_or(0));
}

std::optional<Event> Tree::run_to_call(Thread& thread)
{
    resume(thread, PTRACE_SYSCALL);
    return wait_unless_asleep(thread);
}

Tree::Thread* Tree::run(std::function<bool(Thread&, Event)> const& stop, std::function<bool()> const& expired)
{
    constexpr unsigned often = 1024;
    Ticks const        ticks;
    for (unsigned events = 1;; ++events) {
        for (Thread* const thread : threads()) {
            if (thread->stopped) {
                resume(*thread, PTRACE_SYSCALL);
            }
        }
        auto const next = Waits::any();
        if ((!next || events % often == 0) && (threads().empty() || expired())) {
            if (next) {
                Waits::keep(*next);
            }
            stop_all();
            return nullptr;
        }
        Thread* const thread = next ? find(next->pid) : nullptr;
        if (thread == nullptr) {
            if (next) {
                Waits::keep(*next);
            }
            continue;
        }
        Event const event = collect(*thread, next->status);
        if (stop(*thread, event)) {
            stop_all();
            return thread;
        }
        if (threads().empty()) {
            return nullptr;
        }
    }
}

void Tree::stop_all()
{
    for (Thread* const thread : threads()) {
        while (!thread->gone && !thread->stopped && !thread->in_call) {
            if (trace(PTRACE_INTERRUPT, thread->tid) != 0) {
                break;
            }
            auto const status = Waits::wait(thread->tid);
            if (!status) {
                break;
            }
            collect(*thread, *status);
        }
    }
}

void Tree::kill()
{
    for (Thread* const thread : threads()) {
        ::kill(thread->process->pid, SIGKILL);
    }
    // Whoever leads a process can be waited for only when its other threads have been.
    for (bool again = true; again;) {
        again = false;
        for (Thread* const thread : threads()) {
            bool const leads = thread->tid == thread->process->pid;
            bool const alone = std::none_of(threads_.begin(), threads_.end(), [thread](auto const& other) {
                return !other->gone && other.get() != thread && other->process == thread->process;
            });
            if (leads && !alone) {
                again = true;
                continue;
            }
            while (!thread->gone) {
                auto const status = Waits::wait(thread->tid);
                if (status && WIFSTOPPED(*status)) {
                    continue; // it had stopped before
                }
                end(*thread, status.value_or(SIGKILL));
            }
        }
    }
}

} // namespace kickmsg_sweep
