/// Faults no_space, lost_messages and late_wake.
#include "Condition.h"
#include "Waits.h"
#include "words.h"

#include "kickmsg/Error.h"
#include "kickmsg/Publisher.h"
#include "kickmsg/testing/NoAutomaticRecovery.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <sys/resource.h>

namespace kickmsg {
namespace testing {
namespace detail {

namespace {

class ShortFiles : public Condition {
public:
    explicit ShortFiles(std::size_t bytes) : bytes_(bytes)
    {
        if (getrlimit(RLIMIT_FSIZE, &before_) != 0) {
            throw Error(ErrorCode::System, "Fault no_space", "RLIMIT_FSIZE cannot be asked for", errno);
        }
        rlimit limit   = before_;
        limit.rlim_cur = std::min<rlim_t>(bytes, before_.rlim_max);
        struct sigaction ignore {};
        ignore.sa_handler = SIG_IGN; // or a write to a log would be the end of the process
        sigaction(SIGXFSZ, &ignore, &action_before_);
        if (setrlimit(RLIMIT_FSIZE, &limit) != 0) {
            int const error = errno;
            sigaction(SIGXFSZ, &action_before_, nullptr);
            throw Error(ErrorCode::System, "Fault no_space", "RLIMIT_FSIZE cannot be set", error);
        }
    }
    ~ShortFiles() override
    {
        setrlimit(RLIMIT_FSIZE, &before_);
        sigaction(SIGXFSZ, &action_before_, nullptr);
    }

    std::string words() const override
    {
        return "files of " + count(bytes_, "byte") + " at most";
    }

private:
    std::size_t      bytes_;
    rlimit           before_{};
    struct sigaction action_before_ {};
};

class Lapped : public Condition {
public:
    Lapped(std::string const& name, FaultSettings const& settings) : messages_(0)
    {
        NoAutomaticRecovery const as_it_is;
        SharedRegion const        region = open_as_it_is(name);
        if (!is_heard(region)) {
            throw Error(ErrorCode::InvalidConfig, name, "nobody subscribes, so nobody can lose a message",
                        Remedy{"make the fault when the subscribers have joined"});
        }
        Publisher      publisher(region);
        uint64_t const most = region.info().sub_ring_capacity + settings.lost;
        for (; messages_ < most; ++messages_) {
            int32_t const sent = publisher.send(settings.payload.data(), settings.payload.size());
            if (sent < 0) {
                throw Error(ErrorCode::InvalidConfig, name,
                            "a message of " + count(settings.payload.size(), "byte") + " was refused: " +
                                (sent == -EMSGSIZE ? "it is longer than max_payload_size" : "no slot is free"),
                            Remedy{"choose another FaultSettings::payload, or free slots"});
            }
        }
    }

    std::string words() const override
    {
        return count(messages_, "message") + " sent over what was unread";
    }

private:
    static bool is_heard(SharedRegion const& region)
    {
        auto const rings = region.stats().rings;
        return std::any_of(rings.begin(), rings.end(),
                           [](RingStats const& ring) { return ring.state == RingState::Live; });
    }

    uint64_t messages_;
};

class LateWakes : public Condition {
public:
    explicit LateWakes(std::chrono::nanoseconds delay) : delay_(delay)
    {
        waits::begin_late(delay);
    }
    ~LateWakes() override
    {
        waits::end_late();
    }

    std::string words() const override
    {
        return "waits of this process wake up to " + std::to_string(delay_.count() / 1000) + " us late";
    }

private:
    std::chrono::nanoseconds delay_;
};

} // namespace

std::unique_ptr<Condition> limit_files(FaultSettings const& settings)
{
    return std::make_unique<ShortFiles>(settings.bytes);
}

std::unique_ptr<Condition> lap_rings(std::string const& region, FaultSettings const& settings)
{
    return std::make_unique<Lapped>(region, settings);
}

std::unique_ptr<Condition> delay_wakes(FaultSettings const& settings)
{
    return std::make_unique<LateWakes>(settings.delay);
}

} // namespace detail
} // namespace testing
} // namespace kickmsg
