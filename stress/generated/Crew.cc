#include "Crew.h"

#include "Trial.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <new>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <system_error>
#include <thread>
#include <unistd.h>

namespace kickmsg_stress {
namespace generated {

namespace {

[[noreturn]] void fail(int error, char const* what)
{
    throw std::system_error(error, std::generic_category(), what);
}

TrialBoard* map(int descriptor)
{
    void* const memory = mmap(nullptr, sizeof(TrialBoard), PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
    if (memory == MAP_FAILED) {
        fail(errno, "mmap of the board");
    }
    return static_cast<TrialBoard*>(memory);
}

int make_file()
{
    int const descriptor = memfd_create("kickmsg_trial_board", 0); // without CLOEXEC: the processes inherit it
    if (descriptor < 0 || ftruncate(descriptor, sizeof(TrialBoard)) != 0) {
        fail(errno, "memfd_create");
    }
    return descriptor;
}

uint32_t size_of(TrialPlan const& plan)
{
    return plan.publishers + plan.subscribers;
}

class ThreadCrew : public Crew {
public:
    ThreadCrew(TrialBoard& board, kickmsg::SharedRegion const& region) : board_(board)
    {
        for (uint32_t i = 0; i < size_of(board.plan); ++i) {
            threads_.emplace_back([this, &region, i] {
                take_part(board_, region, i);
                ended_.fetch_add(1);
            });
        }
    }
    ~ThreadCrew() override
    {
        board_.abort();
        for (uint32_t i = 0; i < most_subscribers; ++i) {
            board_.parked[i].store(0);
        }
        for (auto& thread : threads_) {
            thread.join();
        }
    }

    void stop(uint32_t subscriber) override
    {
        board_.parked[subscriber].store(1);
    }
    void go_on(uint32_t subscriber) override
    {
        board_.parked[subscriber].store(0);
    }
    bool have_all_ended() override
    {
        return ended_.load() == threads_.size();
    }
    /// A thread counts by itself where it stood still.
    uint64_t stops() const override
    {
        return 0;
    }

private:
    TrialBoard&              board_;
    std::atomic<std::size_t> ended_{0};
    std::vector<std::thread> threads_;
};

/// Each is this program's file again, so that it inherits no handle and no thread.
class ProcessCrew : public Crew {
public:
    explicit ProcessCrew(SharedBoard const& board) : board_(*board)
    {
        std::string const descriptor = std::to_string(board.descriptor());
        for (uint32_t i = 0; i < size_of(board_.plan); ++i) {
            pids_[i] = start(descriptor, std::to_string(i));
        }
    }
    ~ProcessCrew() override
    {
        for (pid_t const pid : pids_) {
            if (pid > 0) {
                kill(pid, SIGKILL);
                waitpid(pid, nullptr, 0);
            }
        }
    }

    /// Returns when it is stopped, or has ended.
    void stop(uint32_t subscriber) override
    {
        pid_t const pid = pids_[board_.plan.publishers + subscriber];
        siginfo_t   info{};
        if (pid > 0 && kill(pid, SIGSTOP) == 0 &&
            waitid(P_PID, static_cast<id_t>(pid), &info, WSTOPPED | WEXITED | WNOWAIT) == 0) {
            stops_ += info.si_code == CLD_STOPPED ? 1 : 0;
        }
    }
    void go_on(uint32_t subscriber) override
    {
        pid_t const pid = pids_[board_.plan.publishers + subscriber];
        if (pid > 0) {
            kill(pid, SIGCONT);
        }
    }
    bool have_all_ended() override
    {
        for (uint32_t i = 0; i < size_of(board_.plan); ++i) {
            int status = 0;
            if (pids_[i] > 0 && waitpid(pids_[i], &status, WNOHANG) == pids_[i]) {
                pids_[i] = 0;
                note(i, status);
            }
        }
        return std::none_of(pids_.begin(), pids_.end(), [](pid_t pid) { return pid > 0; });
    }
    uint64_t stops() const override
    {
        return stops_;
    }

private:
    static pid_t start(std::string const& descriptor, std::string const& participant)
    {
        pid_t       pid         = -1;
        std::string words[]     = {"kickmsg_stress_test", take_part_flag, descriptor, participant};
        char*       arguments[] = {words[0].data(), words[1].data(), words[2].data(), words[3].data(), nullptr};
        int const   error       = posix_spawn(&pid, "/proc/self/exe", nullptr, nullptr, arguments, environ);
        if (error != 0) {
            fail(error, "posix_spawn of this program");
        }
        return pid;
    }

    void note(uint32_t participant, int status)
    {
        if (status != 0) {
            board_.fault_of(participant).note("its process ended with wait status", static_cast<uint64_t>(status));
            board_.abort();
        }
    }

    TrialBoard&                                           board_;
    std::array<pid_t, most_publishers + most_subscribers> pids_{};
    uint64_t                                              stops_ = 0;
};

} // namespace

SharedBoard::SharedBoard() : SharedBoard(make_file()) {}

SharedBoard::SharedBoard(int descriptor) : descriptor_(descriptor), board_(map(descriptor)) {}

SharedBoard::~SharedBoard()
{
    munmap(board_, sizeof(TrialBoard));
    close(descriptor_);
}

void SharedBoard::begin(TrialPlan const& plan, std::string const& region)
{
    ::new (static_cast<void*>(board_)) TrialBoard();
    board_->plan   = plan;
    board_->parent = getpid();
    board_->sending.store(plan.publishers);
    region.copy(board_->region, sizeof(board_->region) - 1);
}

std::unique_ptr<Crew> start_threads(SharedBoard const& board, kickmsg::SharedRegion const& region)
{
    return std::make_unique<ThreadCrew>(*board, region);
}

std::unique_ptr<Crew> start_processes(SharedBoard const& board)
{
    return std::make_unique<ProcessCrew>(board);
}

int main_of_participant(char const* descriptor, char const* participant)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    SharedBoard const board(std::atoi(descriptor));
    if (getppid() != board->parent) {
        return EXIT_FAILURE; // it died before the first line
    }
    auto const which = static_cast<uint32_t>(std::atoi(participant));
    try {
        take_part(*board, kickmsg::SharedRegion::open(board->region), which);
    } catch (std::exception const& error) {
        board->fault_of(which).note(error.what());
        board->abort();
    }
    return EXIT_SUCCESS;
}

} // namespace generated
} // namespace kickmsg_stress
