/// Child processes by fork.
#include "support.h"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <sys/wait.h>
#include <unistd.h>

#if defined(__linux__)
#include <sys/prctl.h>
#endif

namespace kickmsg_test {

Child::Child(ChildBody const& body, Texts const& texts)
{
    start([&body, &texts](Child& self) { return body.function()(self, texts); });
}

Child::Child(std::function<int(Child&)> const& body)
{
    start(body);
}

void Child::start(std::function<int(Child&)> const& body)
{
    EXPECT_EQ(pipe(to_parent_), 0);
    EXPECT_EQ(pipe(to_child_), 0);
    pid_ = fork();
    if (pid_ != 0) {
        close(to_parent_[1]);
        close(to_child_[0]);
        to_parent_[1] = to_child_[0] = -1;
        return;
    }
#if defined(__linux__) // elsewhere it ends when its pipe does
    prctl(PR_SET_PDEATHSIG, SIGKILL);
#endif
    int code = 99;
    try {
        code = body(*this);
    } catch (std::exception const& error) {
        std::fprintf(stderr, "child: %s\n", error.what());
    }
    _exit(code);
}

Child::~Child()
{
    if (pid_ > 0) {
        kill();
    }
    close_ends();
}

void Child::close_ends()
{
    for (int* end : {&to_parent_[0], &to_parent_[1], &to_child_[0], &to_child_[1]}) {
        if (*end >= 0) {
            close(*end);
            *end = -1;
        }
    }
}

void Child::wait_ready()
{
    char byte = 0;
    ASSERT_EQ(read(to_parent_[0], &byte, 1), 1) << "the child ended before it was ready";
}

void Child::go_on()
{
    ASSERT_EQ(write(to_child_[1], "g", 1), 1);
}

int Child::join()
{
    int status = 0;
    while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

void Child::kill()
{
    ::kill(pid_, SIGKILL);
    join();
}

void Child::kill_without_reaping()
{
    ::kill(pid_, SIGKILL);
    siginfo_t info{};
    waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOWAIT);
}

void Child::signal(int number)
{
    ASSERT_EQ(::kill(pid_, number), 0) << std::strerror(errno);
}

void Child::ready()
{
    if (write(to_parent_[1], "r", 1) != 1) {
        _exit(98);
    }
}

void Child::pause()
{
    ready();
    char byte = 0;
    while (read(to_child_[0], &byte, 1) < 0 && errno == EINTR) {
    }
}

} // namespace kickmsg_test
