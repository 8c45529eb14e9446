/// Creating, replacing and opening regions, killed and stopped at the entry and the return of every system call. What a
/// creator writes is in nobody's sight until a system call gives it a name; what it changes in a region that others see is
/// swept instruction by instruction (Operations).
#include "Arena.h"
#include "Settings.h"
#include "Victim.h"

#include "Unlinking.h"
#include "support.h"
#include "waiting.h"

#include <gtest/gtest.h>

#include <dirent.h>
#include <sys/syscall.h>
#include <unistd.h>

using namespace kickmsg_crash;
using kickmsg::SharedRegion;

namespace {

/// A name that nobody else uses; all files that belong to it are removed in the end.
class Place {
public:
    Place()
        : name_("/" + kickmsg_test::prefix() + "_made_" + std::to_string(getpid()) + "_" + std::to_string(++places_))
    {
        kickmsg::detail::set_automatic_recovery(false);
    }
    Place(Place const&)            = delete;
    Place& operator=(Place const&) = delete;
    ~Place()
    {
        for (std::string const& file : files()) {
            ::unlink(("/dev/shm/" + file).c_str());
        }
    }
    std::string const& name() const noexcept
    {
        return name_;
    }
    /// Files of /dev/shm that belong to this name: the region, and what a creator may have left beside it.
    std::vector<std::string> files() const
    {
        std::vector<std::string> found;
        DIR* const               directory = opendir("/dev/shm");
        while (dirent const* const entry = directory != nullptr ? readdir(directory) : nullptr) {
            if (std::string(entry->d_name).find(name_.substr(1)) != std::string::npos) {
                found.emplace_back(entry->d_name);
            }
        }
        closedir(directory);
        for (std::string const& waiting : kickmsg_test::waiting_files(name_)) {
            found.push_back(waiting.substr(waiting.rfind('/') + 1));
        }
        return found;
    }

private:
    static inline unsigned places_ = 0;
    std::string            name_;
};

constexpr uint32_t other_pool = 8; ///< than the one that the victim asks for

struct Creation {
    char const* name;
    bool        exclusive; ///< create(), else create_or_open()
    uint32_t    leftover;  ///< pool size of a region that the dead left under the name; 0: none
};

void leave_a_dead_region(std::string const& name, uint32_t pool)
{
    kickmsg_test::Child child([&](kickmsg_test::Child& self) {
        auto cfg      = Arena::config();
        cfg.pool_size = pool;
        auto region   = SharedRegion::create(name, kickmsg::channel::PubSub, cfg, "dead");
        self.pause();
        return 0;
    });
    child.wait_ready();
    child.kill();
}

Body creating(Creation const& creation, std::string const& name)
{
    auto region = std::make_shared<std::optional<SharedRegion>>();
    return {[](Report&) {},
            [region, name, exclusive = creation.exclusive](Report& report) {
                try {
                    region->emplace(
                        exclusive ? SharedRegion::create(name, kickmsg::channel::PubSub, Arena::config())
                                  : SharedRegion::create_or_open(name, kickmsg::channel::PubSub, Arena::config()));
                    report.result = 1;
                } catch (kickmsg::Error const& error) {
                    report.result = error.code() == kickmsg::ErrorCode::InUse      ? 2
                                    : error.code() == kickmsg::ErrorCode::Mismatch ? 3
                                                                                   : 4;
                }
            },
            [region](Report& report) {
                if (*region) {
                    // each one that came to a region is in the one that has the name
                    report.add((*region)->diagnose().unlinked ? 1 : 0);
                    kickmsg::Publisher  publisher(**region);
                    kickmsg::Subscriber subscriber(**region);
                    report.add(publisher.send("x", 1) == 1 && subscriber.try_receive() ? 1 : 0);
                }
                region->reset();
            }};
}

/// A newcomer gets a region that works, and alone.
void expect_usable(Place& place, std::string const& when)
{
    try {
        auto region = SharedRegion::create_or_open(place.name(), kickmsg::channel::PubSub, Arena::config());
        region.recover();
        kickmsg::Publisher  publisher(region);
        kickmsg::Subscriber subscriber(region);
        Message const       message(1, 1);
        (void)publisher.send(message.data(), message.length());
        auto const received = subscriber.try_receive();
        EXPECT_TRUE(received && Message::identify(received->data(), received->len()) != 0) << when;
        EXPECT_EQ(region.diagnose().dead_participants, 0U) << when;
        EXPECT_FALSE(region.diagnose().unlinked) << when;
        EXPECT_EQ(kickmsg_test::allocatable(place.name()), region.info().pool_size - 1U) << when;
    } catch (kickmsg::Error const& error) {
        ADD_FAILURE() << when << ": " << error.what();
    }
}

/// Pauses of the tracer: a wait for a process that is stopped shows in them, and not in time.
unsigned pauses = 0;

enum class Does { Open, Create, CreateOrOpen, Unlink };
constexpr Does everything[] = {Does::Open, Does::Create, Does::CreateOrOpen, Does::Unlink};

std::string name_of(Does does)
{
    return does == Does::Open     ? "open"
           : does == Does::Create ? "create"
           : does == Does::Unlink ? "unlink"
                                  : "create_or_open";
}

/// What the tracer does while the victim is stopped. Returns: the region that it has now, if any.
std::optional<SharedRegion> act(Does does, std::string const& name)
{
    switch (does) {
    case Does::Open:
        return SharedRegion::open(name);
    case Does::Create:
        return SharedRegion::create(name, kickmsg::channel::PubSub, Arena::config());
    case Does::CreateOrOpen:
        return SharedRegion::create_or_open(name, kickmsg::channel::PubSub, Arena::config());
    case Does::Unlink:
        kickmsg::detail::unlink_region(name, kickmsg::detail::Identity{});
        break;
    }
    return std::nullopt;
}

/// Whether this error is the truth: nobody has the name, or a living one is in the region that has it.
bool is_right(kickmsg::ErrorCode error, Does does, std::string const& name)
{
    bool exists = true, occupied = false;
    try {
        occupied = kickmsg::os::is_anyone_alive(kickmsg::SharedMemory::open(name));
    } catch (kickmsg::Error const&) {
        exists = false;
    }
    return (error == kickmsg::ErrorCode::NotFound && does == Does::Open && !exists) ||
           (error == kickmsg::ErrorCode::InUse && does == Does::Create && occupied);
}

class Creating : public testing::TestWithParam<Creation> {};

} // namespace

/// In place of the C library's: the same system call.
extern "C" int nanosleep(timespec const* duration, timespec* left)
{
    ++pauses;
    return static_cast<int>(syscall(SYS_nanosleep, duration, left));
}

TEST_P(Creating, KilledAtEachSystemCallLeavesTheNameUsable)
{
    Creation const& creation = GetParam();
    unsigned        boundary = 0;
    for (bool reached = true; reached; ++boundary) {
        Place place;
        if (creation.leftover != 0) {
            leave_a_dead_region(place.name(), creation.leftover);
        }
        Bound const one_processor(processor());
        Victim      victim(creating(creation, place.name()), processor());
        reached = victim.run_to_call(boundary);
        victim.kill();
        std::string const when = std::string(creation.name) + " killed at boundary " + std::to_string(boundary);
        expect_usable(place, when);
        EXPECT_TRUE(kickmsg_test::waiting_files(place.name()).empty()) << when << ": the next opener left a file";
        SharedRegion::create(place.name(), kickmsg::channel::PubSub, Arena::config());
        EXPECT_EQ(place.files().size(), 1U) << when << ": files are left over";
    }
    std::printf("kill  %-32s %3u boundaries of system calls\n", creation.name, boundary);
    Row("kill_calls", creation.name)
        .add("states", boundary)
        .add("rounds", boundary)
        .add("failed", HasFailure() ? 1 : 0);
    EXPECT_GT(boundary, 10U);
}

/// Others are not delayed by one moment, whatever they do; and what they have then, the stopped one does not take away.
TEST_P(Creating, StoppedAtEachSystemCallItMeetsTheOthers)
{
    Creation const& creation = GetParam();
    for (Does const does : everything) {
        std::string const row      = std::string(creation.name) + "_beside_" + name_of(does);
        unsigned          boundary = 0;
        unsigned          refused  = 0;
        for (bool reached = true; reached; ++boundary) {
            Place place;
            if (creation.leftover != 0) {
                leave_a_dead_region(place.name(), creation.leftover);
            }
            Bound const one_processor(processor());
            Victim      victim(creating(creation, place.name()), processor());
            reached                          = victim.run_to_call(boundary);
            std::string const           when = row + " stopped at boundary " + std::to_string(boundary);
            std::optional<SharedRegion> other;
            unsigned const              before = pauses;
            try {
                other = act(does, place.name());
            } catch (kickmsg::Error const& error) {
                EXPECT_TRUE(is_right(error.code(), does, place.name())) << when << ": " << error.what();
                ++refused;
            }
            EXPECT_LE(pauses - before, 4U) << when << ": it was waited for";
            EXPECT_TRUE(victim.run_to_end()) << when << ": " << victim.report().error;
            Report const& report = victim.report();
            // Turned away by the other: from a name in use, or because it has put another geometry back in use.
            EXPECT_TRUE(report.result == 1 || (creation.exclusive && report.result == 2) ||
                        (!creation.exclusive && creation.leftover == other_pool && other && report.result == 3))
                << when << ": " << report.result;
            if (report.result == 1) {
                EXPECT_TRUE(report.values[0] == 0U || does == Does::Unlink)
                    << when << ": the victim is in a region that nobody finds";
                EXPECT_EQ(report.values[1], 1U) << when;
            }
            if (other) {
                EXPECT_FALSE(other->diagnose().unlinked) << when << ": the other is in a region that nobody finds";
            }
            EXPECT_TRUE(kickmsg_test::waiting_files(place.name()).empty()) << when << ": files are left over";
        }
        std::printf("stop  %-32s %3u boundaries of system calls, %u refused\n", row.c_str(), boundary, refused);
        Row("stop_calls", row).add("states", boundary).add("rounds", boundary).add("failed", HasFailure() ? 1 : 0);
    }
}

INSTANTIATE_TEST_SUITE_P(Sweep, Creating,
                         testing::Values(Creation{"create", true, 0}, Creation{"create_or_open", false, 0},
                                         Creation{"create_over_the_dead", true, 16},
                                         Creation{"create_or_open_over_the_dead", false, 16},
                                         Creation{"create_or_open_over_another", false, other_pool}),
                         [](auto const& info) { return std::string(info.param.name); });
