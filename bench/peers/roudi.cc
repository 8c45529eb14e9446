#include "roudi.h"

#include "peers.h"

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <sstream>

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace kickmsg {
namespace bench {
namespace {

/// Chunks for the payloads of both directions, and for the small ones that Cyclone DDS needs.
std::string configuration(std::size_t size)
{
    std::size_t const  payload = (size + 31) / 32 * 32 + 256; // alignment, and a header of the user of the chunk
    std::ostringstream text;
    text << "[general]\nversion = 1\n\n[[segment]]\n\n";
    if (payload > 1024) {
        text << "[[segment.mempool]]\nsize = 1024\ncount = 64\n\n";
    }
    text << "[[segment.mempool]]\nsize = " << payload << "\ncount = " << RouDi::chunks << "\n";
    return text.str();
}

/// A file without a name, for the daemon to read at /proc/self/fd/N.
int file_of(std::string const& text)
{
    int const fd = memfd_create("roudi.toml", 0);
    need(fd >= 0 && write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()), "no configuration file");
    return fd;
}

[[noreturn]] void become(std::string const& program, int config, int output, pid_t parent)
{
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    for (int number : {SIGINT, SIGTERM, SIGHUP, SIGALRM}) {
        std::signal(number, SIG_DFL);
    }
    std::string const path = "/proc/self/fd/" + std::to_string(config);
    dup2(output, STDOUT_FILENO);
    dup2(output, STDERR_FILENO);
    if (getppid() == parent) {
        execl(program.c_str(), program.c_str(), "-c", path.c_str(), "-m", "off", static_cast<char*>(nullptr));
    }
    _exit(127);
}

} // namespace

std::string find_roudi()
{
    char const* const  path = std::getenv("PATH");
    std::istringstream folders(path != nullptr ? path : "");
    for (std::string folder; std::getline(folders, folder, ':');) {
        std::string const program = folder + "/iox-roudi";
        if (access(program.c_str(), X_OK) == 0) {
            return program;
        }
    }
    return "";
}

RouDi::RouDi(std::size_t size) : pid_(-1), output_(-1)
{
    start(find_roudi(), size);
    try {
        wait_until_ready();
    } catch (...) {
        stop_daemon();
        close(output_);
        throw;
    }
}

RouDi::~RouDi()
{
    stop_daemon();
    close(output_);
}

void RouDi::start(std::string const& program, std::size_t size)
{
    int output[2];
    need(pipe2(output, O_CLOEXEC) == 0, "no pipe");
    int const   config = file_of(configuration(size));
    pid_t const parent = getpid();
    std::fflush(nullptr);
    pid_ = fork();
    if (pid_ == 0) {
        become(program, config, output[1], parent);
    }
    close(config);
    close(output[1]);
    output_ = output[0];
    need(pid_ > 0, "no fork");
    note_daemon(pid_);
}

void RouDi::wait_until_ready()
{
    std::string    said;
    uint64_t const limit = steady_ns() + 5'000'000'000;
    while (said.find("RouDi is ready for clients") == std::string::npos) {
        char          part[512];
        pollfd        wait = {output_, POLLIN, 0};
        bool const    more = steady_ns() < limit && poll(&wait, 1, 5000) == 1;
        ssize_t const got  = more ? read(output_, part, sizeof(part)) : 0;
        if (got <= 0) {
            throw std::runtime_error("iox-roudi did not become ready; it said: " + said);
        }
        said.append(part, static_cast<std::size_t>(got));
    }
}

} // namespace bench
} // namespace kickmsg
