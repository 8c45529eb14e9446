#include "enclosure.h"

#ifdef __linux__
#include "Namespace.h"
#include "process.h"

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <stdexcept>

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace kickmsg {
namespace bench {
namespace {

volatile sig_atomic_t enclosed = 0; ///< the process that a signal is passed on to

extern "C" void pass_on(int number)
{
    kill(static_cast<pid_t>(enclosed), number);
}

/// Folders of this process's own in place of those that all share, but for what is kept of them.
bool hide_folders(std::vector<std::string> const& kept)
{
    std::vector<int> open_folders;
    open_folders.reserve(kept.size());
    for (std::string const& folder : kept) {
        open_folders.push_back(open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    }
    bool hidden = mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
    for (char const* const folder : {"/dev/shm", "/tmp"}) {
        hidden = hidden && mount("tmpfs", folder, "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777") == 0;
    }
    for (std::size_t i = 0; i < kept.size(); ++i) {
        std::error_code   none; // what is not there cannot be mounted on
        std::string const held = "/proc/self/fd/" + std::to_string(open_folders[i]);
        std::filesystem::create_directories(kept[i], none);
        hidden = hidden && mount(held.c_str(), kept[i].c_str(), nullptr, MS_BIND, nullptr) == 0;
        close(open_folders[i]);
    }
    return hidden;
}

/// Returns: false where it is not permitted; this process is of no use then.
bool enclose(std::vector<std::string> const& kept)
{
    return kickmsg_testkit::enter_namespaces(CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC) && hide_folders(kept);
}

/// In the first process of its pid namespace: /proc shows these processes.
bool see_own_processes()
{
    return mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr) == 0;
}

bool is_permitted(std::vector<std::string> const& kept)
{
    auto const in_first = [] { return see_own_processes() ? 0 : 1; };
    auto const tried    = [&] { return enclose(kept) ? kickmsg_testkit::in_child(in_first) : 1; };
    return kickmsg_testkit::in_child(tried) == 0;
}

/// What the run has named in the folders that all share. A shorter prefix tells nothing from others' names.
void remove_names(std::string const& prefix)
{
    if (prefix.size() < 4) {
        return;
    }
    for (char const* const folder : {"/dev/shm", "/tmp", "/tmp/iceoryx2/nodes", "/tmp/iceoryx2/services"}) {
        std::error_code none; // a folder that is not there has no names
        for (auto const& entry : std::filesystem::directory_iterator(folder, none)) {
            if (entry.path().filename().string().compare(0, prefix.size(), prefix) == 0) {
                std::filesystem::remove_all(entry.path(), none);
            }
        }
    }
}

/// It dies with its parent, which holds the other end of `alive`.
[[noreturn]] void live(int alive, bool apart, std::function<int()> const& body)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    pollfd ended = {alive, 0, 0};
    int    code  = 2;
    if (poll(&ended, 1, 0) == 0 && (!apart || see_own_processes())) {
        code = body();
        std::fflush(nullptr);
    }
    _exit(code);
}

int wait_for(pid_t pid)
{
    int status = 0;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

} // namespace

int run_enclosed(std::vector<std::string> kept, std::function<int()> const& body)
{
    kept.push_back(std::filesystem::read_symlink("/proc/self/exe").parent_path().string());
    bool const apart = is_permitted(kept);
    if (!apart) {
        std::fprintf(stderr,
                     "kickmsg_bench: no namespaces are permitted here: names of peers may stay when it is killed\n");
    }
    int alive[2];
    if ((apart && !enclose(kept)) || pipe2(alive, O_CLOEXEC) != 0) {
        throw std::runtime_error(std::string("no namespaces of its own: ") + std::strerror(errno));
    }
    sigset_t ending;
    sigemptyset(&ending);
    for (int const number : {SIGINT, SIGTERM, SIGHUP}) {
        sigaddset(&ending, number);
    }
    // until install_cleanup(): the first process of a namespace would ignore what it has no handler for yet
    sigprocmask(SIG_BLOCK, &ending, nullptr);
    std::fflush(nullptr); // or the child would write it once more
    pid_t const pid = fork();
    if (pid == 0) {
        close(alive[1]);
        live(alive[0], apart, body);
    }
    if (pid < 0) {
        throw std::runtime_error(std::string("no fork: ") + std::strerror(errno));
    }
    enclosed = pid;
    for (int const number : {SIGINT, SIGTERM, SIGHUP}) {
        std::signal(number, pass_on);
    }
    sigprocmask(SIG_UNBLOCK, &ending, nullptr);
    int const code = wait_for(pid);
    if (!apart) {
        remove_names(prefix_of(pid));
    }
    return code;
}

} // namespace bench
} // namespace kickmsg
#else

namespace kickmsg {
namespace bench {

int run_enclosed(std::vector<std::string> /*kept*/, std::function<int()> const& body)
{
    return body();
}

} // namespace bench
} // namespace kickmsg
#endif
