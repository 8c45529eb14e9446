#include "Command.h"

#include "Failure.h"
#include "Waits.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace kickmsg_sweep {

namespace {

constexpr off_t quoted = 2000; ///< bytes of an output

std::vector<char*> pointers(std::vector<std::string> const& words)
{
    std::vector<char*> all;
    for (std::string const& word : words) {
        all.push_back(const_cast<char*>(word.c_str()));
    }
    all.push_back(nullptr);
    return all;
}

} // namespace

Command Command::of_shell(std::string const& line)
{
    return {{"/bin/sh", "-c", line}};
}

std::string Command::text() const
{
    if (words.size() == 3 && words[0] == "/bin/sh") {
        return words[2];
    }
    std::string line;
    for (std::string const& word : words) {
        line += (line.empty() ? "" : " ") + word;
    }
    return line;
}

Surroundings::Surroundings(bool shown)
{
    for (char** variable = environ; *variable != nullptr; ++variable) {
        variables_.emplace_back(*variable);
    }
    if (!shown) {
        file_ = memfd_create("kickmsg-sweep", MFD_CLOEXEC);
    }
}

Surroundings::~Surroundings()
{
    if (file_ >= 0) {
        close(file_);
    }
}

void Surroundings::set(std::string const& variable, std::string const& value)
{
    std::string const begin = variable + "=";
    variables_.erase(std::remove_if(variables_.begin(), variables_.end(),
                                    [&begin](std::string const& one) { return one.rfind(begin, 0) == 0; }),
                     variables_.end());
    variables_.push_back(begin + value);
}

std::string Surroundings::output() const
{
    off_t const end = file_ >= 0 ? lseek(file_, 0, SEEK_END) : 0;
    std::string text(static_cast<std::size_t>(std::max<off_t>(0, std::min(end, quoted))), '\0');
    if (!text.empty()) {
        ssize_t const got = pread(file_, text.data(), text.size(), end - static_cast<off_t>(text.size()));
        text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    }
    while (!text.empty() && text.back() == '\n') {
        text.pop_back();
    }
    return text;
}

void Surroundings::forget_output()
{
    if (file_ >= 0 && ftruncate(file_, 0) == 0) {
        lseek(file_, 0, SEEK_SET);
    }
}

void Surroundings::become(Command const& command, std::function<bool()> const& before, int report) const
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    setpgid(0, 0);
    (void)signal(SIGPIPE, SIG_DFL);
    int const nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
    dup2(nothing, 0);
    if (file_ >= 0) {
        fcntl(file_, F_SETFL, O_APPEND);
        dup2(file_, 1);
        dup2(file_, 2);
    }
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    std::vector<char*> const words     = pointers(command.words);
    std::vector<char*> const variables = pointers(variables_);
    if (!before || before()) {
        execvpe(words[0], words.data(), variables.data());
    }
    int const error = errno;
    if (write(report, &error, sizeof(error)) != static_cast<ssize_t>(sizeof(error))) {
        _exit(126);
    }
    _exit(127);
}

pid_t Surroundings::start(Command const& command, std::function<bool()> const& before, bool later) const
{
    std::array<int, 2> report = {-1, -1};
    if (pipe2(report.data(), O_CLOEXEC) != 0) {
        throw Failure(std::string("no pipe: ") + std::strerror(errno), "raise the limit of open files");
    }
    pid_t const pid = fork();
    if (pid == 0) {
        become(command, before, report[1]);
    }
    close(report[1]);
    int  error = pid < 0 ? errno : 0;
    bool known = later || pid < 0;
    while (!known) {
        ssize_t const got = read(report[0], &error, sizeof(error));
        known             = got >= 0 || errno != EINTR;
        error             = got == static_cast<ssize_t>(sizeof(error)) ? error : 0;
    }
    close(report[0]);
    if (error != 0) {
        if (pid > 0) {
            Waits::wait(pid);
        }
        throw Failure(command.words[0] + ": " + std::strerror(error),
                      "give the path of a program that can be executed");
    }
    return pid;
}

int run(Command const& command, Surroundings const& in)
{
    int const status = Waits::wait(in.start(command)).value_or(0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

std::string describe_end(int status)
{
    if (WIFEXITED(status)) {
        return "exit code " + std::to_string(WEXITSTATUS(status));
    }
    return "signal " + std::to_string(WTERMSIG(status)) + " (" + strsignal(WTERMSIG(status)) + ")";
}

} // namespace kickmsg_sweep
