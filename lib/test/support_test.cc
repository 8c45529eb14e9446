#include "support.h"

#include "RegionState.h"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace kickmsg_test {

std::string prefix()
{
    char const* const given = std::getenv("KICKMSG_TEST_PREFIX");
    return given != nullptr && *given != '\0' ? given : "kmunit_" + std::to_string(getpid());
}

namespace {

std::string unique_name(std::string const& suffix)
{
    static std::string const begin = "/" + prefix() + "_" + std::to_string(getpid()) + "_"; // shared with children
    return begin + suffix;
}

} // namespace

Name::Name(std::string const& suffix) : name_(unique_name(suffix))
{
    kickmsg::SharedMemory::unlink(name_);
}

Name::~Name()
{
    kickmsg::SharedMemory::unlink(name_);
}

kickmsg::channel::Config small_config(uint32_t pool_size, uint32_t capacity, uint32_t subscribers)
{
    kickmsg::channel::Config cfg;
    cfg.pool_size         = pool_size;
    cfg.sub_ring_capacity = capacity;
    cfg.max_subscribers   = subscribers;
    cfg.max_publishers    = 4;
    cfg.max_payload_size  = 256;
    return cfg;
}

kickmsg::SharedRegion make(std::string const& name, kickmsg::channel::Config const& cfg)
{
    return kickmsg::SharedRegion::create(name, kickmsg::channel::PubSub, cfg, "unit test");
}

Child::Child(std::function<int(Child&)> const& body)
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
    prctl(PR_SET_PDEATHSIG, SIGKILL);
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

kickmsg::Error error_of(std::function<void()> const& call)
{
    try {
        call();
    } catch (kickmsg::Error const& error) {
        return error;
    }
    ADD_FAILURE() << "expected a kickmsg::Error, found none";
    return kickmsg::Error(kickmsg::ErrorCode::System, "", "none was thrown");
}

void send(kickmsg::Publisher& publisher, uint64_t value)
{
    ASSERT_EQ(publisher.send(&value, sizeof(value)), static_cast<int32_t>(sizeof(value)));
}

std::vector<uint64_t> receive_all(kickmsg::Subscriber& subscriber)
{
    std::vector<uint64_t> values;
    while (auto sample = subscriber.try_receive()) {
        uint64_t value = 0;
        EXPECT_EQ(sample->len(), sizeof(value));
        std::memcpy(&value, sample->data(), sizeof(value));
        values.push_back(value);
    }
    return values;
}

std::size_t allocatable(std::string const& name)
{
    using namespace kickmsg;
    bool const automatic = detail::automatic_recovery();
    detail::set_automatic_recovery(false);
    auto const region = detail::open_region(name, nullptr);
    detail::set_automatic_recovery(automatic);
    auto&                                           layout = region->mapping().layout();
    core::Self const                                self   = region->participant().self();
    core::Claims<detail::Policy>                    claims(layout.record(self.record));
    std::vector<core::Loan>                         loans;
    core::FreeStack<detail::Policy, detail::Layout> stack(layout);
    while (core::Loan const loan = stack.pop(claims, self.incarnation)) {
        loans.push_back(loan);
    }
    for (core::Loan const& loan : loans) {
        core::release_references<detail::Policy>(layout, loan.slot, core::References<detail::Policy>::loan);
    }
    return loans.size();
}

} // namespace kickmsg_test
