#include "Forked.h"

#include "kickmsg/Error.h"
#include "kickmsg/os/Time.h"

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <exception>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#if defined(__linux__)
#include <sys/prctl.h>
#endif

namespace kickmsg {
namespace testing {

namespace {

constexpr int thrown = 99; ///< exit code of a body that throws

[[noreturn]] void refuse(char const* call)
{
    int const  error = errno;
    bool const full  = error == EAGAIN || error == ENOMEM || error == EMFILE || error == ENFILE;
    throw Error(full ? ErrorCode::LimitReached : ErrorCode::System, "child process", std::string(call) + " was refused",
                error);
}

void close_end(int& end) noexcept
{
    if (end >= 0) {
        close(end);
        end = -1;
    }
}

} // namespace

Forked::Forked(Body const& body)
{
    if (pipe(ends_) != 0) {
        refuse("pipe()");
    }
    fcntl(ends_[0], F_SETFD, FD_CLOEXEC);
    fcntl(ends_[1], F_SETFD, FD_CLOEXEC);
    std::fflush(nullptr); // or the child would write it, too
    pid_ = fork();
    if (pid_ == 0) {
        run(body);
    }
    close_end(ends_[1]);
    if (pid_ < 0) {
        close_end(ends_[0]);
        refuse("fork()");
    }
}

void Forked::run(Body const& body) noexcept
{
#if defined(__linux__)
    prctl(PR_SET_PDEATHSIG, SIGKILL);
#endif
    close_end(ends_[0]);
    int code = thrown;
    try {
        code = body(*this);
    } catch (std::exception const& error) {
        say(error.what());
    } catch (...) {
        say("an exception that is no std::exception");
    }
    std::fflush(nullptr);
    _exit(code);
}

Forked::~Forked()
{
    kill();
    close_end(ends_[0]);
}

void Forked::say(std::string const& text) noexcept
{
    for (std::size_t done = 0; done < text.size();) {
        ssize_t const now = write(ends_[1], text.data() + done, text.size() - done);
        if (now <= 0 && errno != EINTR) {
            return;
        }
        done += now > 0 ? static_cast<std::size_t>(now) : 0;
    }
}

std::string Forked::hear()
{
    std::string text;
    char        byte = 0;
    for (ssize_t got = 1; got != 0 && byte != '\n';) {
        got = read(ends_[0], &byte, 1);
        if (got < 0 && errno != EINTR) {
            break;
        }
        text += got > 0 ? std::string(1, byte) : "";
    }
    return text;
}

std::string Forked::heard()
{
    fcntl(ends_[0], F_SETFL, O_NONBLOCK);
    return hear();
}

std::optional<int> Forked::join(std::chrono::nanoseconds most)
{
    constexpr std::chrono::nanoseconds pause = std::chrono::milliseconds(1);
    for (uint64_t const begin = monotonic_ns();;) {
        int         status = 0;
        pid_t const ended  = waitpid(pid_, &status, WNOHANG);
        if (ended == pid_) {
            pid_ = -1;
            return status;
        }
        if (static_cast<int64_t>(monotonic_ns() - begin) >= most.count()) {
            return std::nullopt;
        }
        sleep(pause);
    }
}

void Forked::kill() noexcept
{
    if (pid_ > 0) {
        ::kill(pid_, SIGKILL);
        while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
        }
        pid_ = -1;
    }
}

} // namespace testing
} // namespace kickmsg
