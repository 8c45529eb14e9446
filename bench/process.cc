#include "process.h"

#include "names.h"

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <stdexcept>

#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

namespace kickmsg {
namespace bench {
namespace {

// What a signal handler has to clean up; plain arrays, because a handler may read nothing else.
constexpr int         places = 128;
volatile sig_atomic_t child_pids[places];
volatile sig_atomic_t daemon_pid;
char                  region_names[places][256];

char cleaner[2][256]; // program and tag

/// Async-signal-safe.
void clean_after_children()
{
    if (cleaner[0][0] == '\0') {
        return;
    }
    pid_t const pid = fork();
    if (pid == 0) {
        alarm(5);
        execl(cleaner[0], cleaner[0], "clean", cleaner[1], static_cast<char*>(nullptr));
        _exit(127);
    }
    if (pid > 0) {
        waitpid(pid, nullptr, 0);
    }
    cleaner[0][0] = '\0';
}

/// Async-signal-safe. A daemon that obeys removes what it made; one that gets its signal before it has set up its own
/// handler, or does not obey and is killed, leaves it behind: in the run's own folders (enclosure.h).
void end_daemon()
{
    auto const pid = static_cast<pid_t>(daemon_pid);
    if (pid <= 0) {
        return;
    }
    daemon_pid             = 0;
    timespec const instant = {0, 1'000'000};
    kill(pid, SIGTERM);
    bool ended = false;
    for (int turn = 0; turn < 2000 && !ended; ++turn) {
        ended = waitpid(pid, nullptr, WNOHANG) == pid;
        nanosleep(&instant, nullptr);
    }
    if (!ended) {
        kill(-pid, SIGKILL);
        waitpid(pid, nullptr, 0);
    }
}

extern "C" void clean_up_and_end(int signal_number)
{
    for (auto& pid : child_pids) {
        if (pid > 0) {
            ::kill(static_cast<pid_t>(pid), SIGKILL);
            waitpid(static_cast<pid_t>(pid), nullptr, 0);
        }
    }
    end_daemon();
    clean_after_children();
    for (auto const& name : region_names) {
        if (name[0] != '\0') {
            shm_unlink(name);
        }
    }
    if (signal_number == SIGALRM) {
        char const    text[]  = "kickmsg_bench: a cell did not end in its time; gave up\n";
        ssize_t const written = write(STDERR_FILENO, text, sizeof(text) - 1);
        static_cast<void>(written);
    }
    _exit(128 + signal_number);
}

int note_child(pid_t pid)
{
    for (int i = 0; i < places; ++i) {
        if (child_pids[i] == 0) {
            child_pids[i] = pid;
            return i;
        }
    }
    return -1;
}

void forget_child(pid_t pid)
{
    for (auto& noted : child_pids) {
        if (noted == pid) {
            noted = 0;
        }
    }
}

} // namespace

void Line::tell(char what) const
{
    if (send(fd_, &what, 1, MSG_NOSIGNAL) != 1) {
        throw std::runtime_error("the other process is gone");
    }
}

void Line::hear(char what) const
{
    pollfd waiting  = {fd_, POLLIN, 0};
    char   received = 0;
    if (poll(&waiting, 1, 10'000) != 1) {
        throw std::runtime_error("the other process does not answer");
    }
    if (recv(fd_, &received, 1, 0) != 1) {
        throw std::runtime_error("the other process is gone");
    }
    if (received != what) {
        throw std::runtime_error(std::string("the other process says '") + received + "', expected '" + what + "'");
    }
}

Child::Child(int processor, unsigned seconds_to_live, std::function<int(Line const&)> const& body) : pid_(-1), line_(-1)
{
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) {
        throw std::runtime_error(std::string("no socket pair: ") + std::strerror(errno));
    }
    pid_t const parent = getpid();
    std::fflush(nullptr); // or the child would write it once more
    pid_ = fork();
    if (pid_ < 0) {
        throw std::runtime_error(std::string("no fork: ") + std::strerror(errno));
    }
    if (pid_ == 0) {
        for (int number : {SIGINT, SIGTERM, SIGHUP, SIGALRM}) {
            std::signal(number, SIG_DFL);
        }
#ifdef __linux__
        prctl(PR_SET_PDEATHSIG, SIGKILL);
#endif
        close(ends[0]);
        if (getppid() != parent) {
            _exit(125);
        }
        alarm(seconds_to_live);
        int code = 124;
        try {
            pin_to(processor);
            code = body(Line(ends[1]));
        } catch (std::exception const& error) {
            std::fprintf(stderr, "kickmsg_bench: child: %s\n", error.what());
        }
        _exit(code);
    }
    note_child(pid_);
    close(ends[1]);
    line_ = Line(ends[0]);
}

int Child::join()
{
    int status = 0;
    for (int turn = 0; turn < 10'000 && !joined_; ++turn) {
        joined_ = waitpid(pid_, &status, WNOHANG) == pid_;
        if (!joined_) {
            usleep(1000);
        }
    }
    return joined_ && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

void Child::stop()
{
    int status = 0;
    ::kill(pid_, SIGSTOP);
    if (waitpid(pid_, &status, WUNTRACED) != pid_ || !WIFSTOPPED(status)) {
        joined_ = true;
        throw std::runtime_error("a process that was to be stopped has ended");
    }
}

void Child::kill()
{
    if (!joined_) {
        ::kill(pid_, SIGKILL);
        waitpid(pid_, nullptr, 0);
        joined_ = true;
    }
}

Child::~Child()
{
    kill();
    forget_child(pid_);
    close(line_.fd());
}

std::string prefix_of(pid_t pid)
{
    return prefix_or("kmbench_" + std::to_string(pid)) + "_";
}

std::string region_name(std::string const& suffix)
{
    return "/" + prefix_of(getpid()) + suffix;
}

RegionName::RegionName(std::string const& suffix) : name_(region_name(suffix)), place_(-1)
{
    for (int i = 0; i < places && place_ < 0 && name_.size() < sizeof(region_names[0]); ++i) {
        if (region_names[i][0] == '\0') {
            std::memcpy(region_names[i], name_.c_str(), name_.size() + 1);
            place_ = i;
        }
    }
}

RegionName::~RegionName()
{
    shm_unlink(name_.c_str());
    if (place_ >= 0) {
        region_names[place_][0] = '\0';
    }
}

void note_daemon(pid_t pid)
{
    daemon_pid = pid;
}

void note_cleaner(std::string const& program, std::string const& tag)
{
    if (program.size() < sizeof(cleaner[0]) && tag.size() < sizeof(cleaner[1])) {
        std::memcpy(cleaner[1], tag.c_str(), tag.size() + 1);
        std::memcpy(cleaner[0], program.c_str(), program.size() + 1);
    }
}

void run_cleaner()
{
    clean_after_children();
}

void stop_daemon()
{
    end_daemon();
}

void install_cleanup()
{
    sigset_t ending;
    sigemptyset(&ending);
    for (int number : {SIGINT, SIGTERM, SIGHUP, SIGALRM}) {
        std::signal(number, clean_up_and_end);
        sigaddset(&ending, number);
    }
    sigprocmask(SIG_UNBLOCK, &ending, nullptr); // run_enclosed() holds them back until here
}

void watchdog(unsigned seconds)
{
    alarm(seconds);
}

SharedBytes::SharedBytes(std::size_t size) : data_(nullptr), size_(size)
{
#ifdef __linux__
    fd_               = memfd_create("kickmsg_bench", 0); // not closed by exec
    bool const  sized = fd_ >= 0 && ftruncate(fd_, static_cast<off_t>(size)) == 0;
    void* const at    = sized ? mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd_, 0) : MAP_FAILED;
#else
    void* const at = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
#endif
    if (at == MAP_FAILED) {
        int const error = errno;
        if (fd_ >= 0) {
            close(fd_);
        }
        throw std::runtime_error(std::string("no shared memory: ") + std::strerror(error));
    }
    data_ = static_cast<unsigned char*>(at);
    std::memset(data_, 0, size);
}

SharedBytes::~SharedBytes()
{
    munmap(data_, size_);
    if (fd_ >= 0) {
        close(fd_);
    }
}

} // namespace bench
} // namespace kickmsg
