#include "Swarm.h"

#include "RegionState.h"
#include "support.h"

#include <csignal>
#include <cstdio>
#include <cstring>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <system_error>
#include <thread>
#include <unistd.h>

namespace kickmsg_crash {

using kickmsg_testkit::below;

void Board::find(uint32_t life_number, char const* what, uint64_t one, uint64_t two, uint64_t three) noexcept
{
    uint32_t const at = findings++;
    if (at < sizeof(finding) / sizeof(finding[0])) {
        std::snprintf(finding[at], sizeof(finding[at]), "process %u: %s (%llu, %llu, %llu)", life_number, what,
                      static_cast<unsigned long long>(one), static_cast<unsigned long long>(two),
                      static_cast<unsigned long long>(three));
    }
}

void Board::begin_round() noexcept
{
    phase = static_cast<uint32_t>(Phase::Storm);
    for (uint32_t i = 0; i < lives; ++i) {
        life[i].begun    = 0;
        life[i].finished = 0;
    }
    lives = 0;
}

Swarm::Swarm(uint64_t seed) : name_("/" + kickmsg_test::prefix() + "_swarm_" + std::to_string(getpid())), random_(seed)
{
    void* const shared = mmap(nullptr, sizeof(Board), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED) {
        throw std::system_error(errno, std::generic_category(), "mmap");
    }
    board_ = ::new (shared) Board();
    kickmsg::SharedMemory::unlink(name_);
    kickmsg::detail::set_automatic_recovery(false);
    region_.emplace(kickmsg::SharedRegion::create(name_, kickmsg::channel::PubSub, config_of_swarm(), "swarm"));
}

Swarm::~Swarm()
{
    for (uint32_t seat = 0; seat < seats_of_swarm; ++seat) {
        kill(seat);
    }
    kickmsg::detail::set_automatic_recovery(true);
    munmap(board_, sizeof(Board));
    try {
        kickmsg::SharedMemory::unlink(name_);
    } catch (kickmsg::Error const& error) {
        std::fprintf(stderr, "%s\n", error.what());
    }
}

void Swarm::start(uint32_t seat)
{
    uint32_t const life = board_->lives;
    if (life == most_lives) {
        return;
    }
    board_->lives = life + 1;
    vacate(seat);
    board_->seat[seat].life = life + 1;
    uint64_t const of_life  = random_();
    pid_t const    parent   = getpid();
    pid_t const    pid      = fork();
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent) {
            _exit(1);
        }
        try {
            kickmsg::detail::set_automatic_recovery(true);
            live_in_swarm(*board_, name_, seat, life, of_life);
            _exit(0);
        } catch (std::exception const& error) {
            board_->find(life + 1, error.what());
        }
        _exit(1);
    }
    processes_[seat] = Process{pid, false, {}};
    ++board_->tally.processes;
}

/// Nobody holds anything at this seat.
void Swarm::vacate(uint32_t seat)
{
    board_->seat[seat].life    = 0;
    board_->seat[seat].reached = 0;
    board_->seat[seat].views   = 0;
    processes_[seat]           = Process{};
}

void Swarm::kill(uint32_t seat)
{
    pid_t const pid = processes_[seat].pid;
    if (pid > 0) {
        ::kill(pid, SIGKILL);
        waitpid(pid, nullptr, 0);
        ++board_->tally.kills;
        vacate(seat);
    }
}

void Swarm::stop(uint32_t seat)
{
    if (!processes_[seat].stopped) {
        ::kill(processes_[seat].pid, SIGSTOP);
        processes_[seat].stopped = true;
        processes_[seat].until   = Clock::now() + std::chrono::microseconds(below(random_, 40000));
        ++board_->tally.stops;
    }
}

void Swarm::go_on(uint32_t seat)
{
    if (processes_[seat].stopped) {
        ::kill(processes_[seat].pid, SIGCONT);
        processes_[seat].stopped = false;
    }
}

/// Lets those go on whose time has come, and notices who ended without being asked to.
void Swarm::look_after()
{
    for (uint32_t seat = 0; seat < seats_of_swarm; ++seat) {
        Process& process = processes_[seat];
        if (process.stopped && Clock::now() >= process.until) {
            go_on(seat);
        }
        int status = 0;
        if (process.pid > 0 && waitpid(process.pid, &status, WNOHANG) == process.pid) {
            board_->find(board_->seat[seat].life, "a process ended by itself, with status",
                         static_cast<uint64_t>(status));
            vacate(seat);
        }
    }
}

void Swarm::disturb_somebody()
{
    auto const seat = static_cast<uint32_t>(below(random_, seats_of_swarm));
    if (processes_[seat].pid < 0) {
        return start(seat);
    }
    uint64_t const what = below(random_, 20);
    if (what < 8) {
        kill(seat);
    } else if (what < 17) {
        stop(seat);
    } else if (what == 17) {
        region_->recover();
    }
}

void Swarm::storm(Clock::time_point end)
{
    for (uint32_t seat = 0; seat < seats_of_swarm; ++seat) {
        start(seat);
    }
    while (Clock::now() < end && board_->findings == 0) {
        std::this_thread::sleep_for(std::chrono::microseconds(below(random_, 3000)));
        disturb_somebody();
        look_after();
    }
    for (uint32_t seat = 0; seat < seats_of_swarm; ++seat) {
        go_on(seat);
    }
}

bool Swarm::all_have_reached(Phase phase)
{
    for (uint32_t seat = 0; seat < seats_of_swarm; ++seat) {
        if (processes_[seat].pid > 0 && board_->seat[seat].reached < static_cast<uint32_t>(phase)) {
            return false;
        }
    }
    return true;
}

/// Leads all into a phase; returns when each has done its part of it.
void Swarm::enter(Phase phase)
{
    board_->phase = static_cast<uint32_t>(phase);
    while (!all_have_reached(phase)) {
        look_after();
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
}

void Swarm::round(std::chrono::milliseconds length, Findings& found)
{
    board_->begin_round();
    storm(Clock::now() + length);
    enter(Phase::Quiet);
    enter(Phase::Count);
    enter(Phase::Converse);
    enter(Phase::CountExactly);
    for (uint32_t seat = 0; seat < seats_of_swarm; seat += 2) {
        kill(seat); // the others leave
    }
    board_->phase = static_cast<uint32_t>(Phase::Leave);
    for (uint32_t seat = 0; seat < seats_of_swarm; ++seat) {
        if (processes_[seat].pid > 0) {
            waitpid(processes_[seat].pid, nullptr, 0);
            vacate(seat);
        }
    }
    expect_conserved(found);
    for (uint32_t i = 0; i < std::min<uint32_t>(board_->findings, 16); ++i) {
        found.emplace_back(board_->finding[i]);
    }
}

/// Nobody lives but this one, which holds nothing: one recovery, and all is there.
void Swarm::expect_conserved(Findings& found)
{
    region_->recover();
    auto const        config = config_of_swarm();
    std::size_t const there  = kickmsg_test::allocatable(name_);
    if (there != config.pool_size) {
        found.push_back("slots: " + std::to_string(there) + " of " + std::to_string(config.pool_size));
    }
    try {
        std::vector<kickmsg::Subscriber> subscribers;
        std::vector<kickmsg::Publisher>  publishers;
        for (uint32_t i = 0; i < config.max_subscribers; ++i) {
            subscribers.emplace_back(*region_);
        }
        for (uint32_t i = 0; i < config.max_publishers; ++i) {
            publishers.emplace_back(*region_);
        }
    } catch (kickmsg::Error const& error) {
        found.push_back(std::string("a ring or record was not given back: ") + error.what());
    }
    auto const again  = region_->recover();
    auto const health = region_->diagnose();
    if (again.participants + again.rings + again.entries + again.references + again.slots + again.schema != 0) {
        found.push_back("another recovery found something");
    }
    if (health.dead_participants + health.retired_rings + health.locked_entries + health.orphaned_slots +
                health.draining_rings + health.live_rings !=
            0 ||
        health.unlinked || region_->stats().corrupt != 0) {
        found.push_back("diagnose() is not clean, or a word was found out of range");
    }
}

std::string Swarm::state() const
{
    std::string text =
        "phase " + std::to_string(board_->phase) + ", findings " + std::to_string(board_->findings) + "\n";
    for (uint32_t seat = 0; seat < seats_of_swarm; ++seat) {
        Seat const& place = board_->seat[seat];
        text += "  seat " + std::to_string(seat) + ": process " + std::to_string(place.life) + ", pid " +
                std::to_string(processes_[seat].pid) + (processes_[seat].stopped ? " stopped" : "") +
                ", reached phase " + std::to_string(place.reached) + ", " + std::to_string(place.views) + " views\n";
    }
    return text;
}

} // namespace kickmsg_crash
