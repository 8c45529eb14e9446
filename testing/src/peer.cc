/// Fault dead_peer: a process that held one of each, and was killed.
#include "Condition.h"
#include "Forked.h"
#include "words.h"

#include "kickmsg/Error.h"
#include "kickmsg/Inspect.h"
#include "kickmsg/Publisher.h"
#include "kickmsg/Subscriber.h"
#include "kickmsg/testing/Account.h"
#include "kickmsg/testing/NoAutomaticRecovery.h"

#include <algorithm>
#include <optional>
#include <unistd.h>
#include <vector>

namespace kickmsg {
namespace testing {
namespace detail {

namespace {

constexpr char const* holds = "holds\n"; ///< what the peer says when it has taken everything

/// In the child: takes one of each, and stays.
int take_and_stay(Forked& self, std::string const& name, FaultSettings const& settings)
{
    NoAutomaticRecovery const as_it_is;
    SharedRegion const        region = SharedRegion::open(name);
    auto const                rings  = region.stats().rings;
    bool const                unheard =
        std::none_of(rings.begin(), rings.end(), [](RingStats const& ring) { return ring.state == RingState::Live; });
    Subscriber                            subscriber(region);
    Publisher                             publisher(region);
    std::optional<Subscriber::SampleView> view;
    if (unheard || !settings.payload.empty()) {
        if (publisher.try_send(settings.payload.data(), settings.payload.size()) < 0) {
            self.say("no room for its message\n");
            return 1;
        }
        view = subscriber.try_receive_view();
    }
    if (publisher.try_allocate(1) == nullptr) {
        self.say("no slot for its loan\n");
        return 1;
    }
    self.say(holds);
    for (;;) {
        pause();
    }
}

std::vector<Holder> holders_of(std::string const& name, uint64_t pid)
{
    std::vector<Holder> all = Account::now(name).holders();
    all.erase(std::remove_if(all.begin(), all.end(), [pid](Holder const& each) { return each.pid != pid; }), all.end());
    return all;
}

class DeadPeer : public Condition {
public:
    DeadPeer(std::string const& name, FaultSettings const& settings) : name_(open_as_it_is(name).name())
    {
        Forked      child([&](Forked& self) { return take_and_stay(self, name_, settings); });
        auto const  pid  = static_cast<uint64_t>(child.pid());
        std::string said = child.hear();
        child.kill();
        if (said != holds) {
            said = said.empty() ? "it ended before it had" : said;
            throw Error(ErrorCode::InvalidConfig, name_, "a process could not take one of each: " + said,
                        Remedy{"leave it a ring, a publisher's record and two slots"});
        }
        await_death(pid);
    }
    ~DeadPeer() override
    {
        try {
            open_as_it_is(name_).recover();
        } catch (Error const&) { // the region has ended, and with it what the dead held
        }
    }

    std::string words() const override
    {
        std::string text;
        for (Holder const& holder : left_) {
            text += (text.empty() ? "" : "; ") + to_string(holder);
        }
        return text;
    }

private:
    /// Proven when the kernel has let go of its memory, which may be after it was reaped.
    void await_death(uint64_t pid)
    {
        constexpr int looks = 10000; // about ten seconds
        for (int look = 0; look < looks; ++look) {
            left_ = holders_of(name_, pid);
            if (std::none_of(left_.begin(), left_.end(), [](Holder const& each) { return each.alive; })) {
                return;
            }
            sleep(std::chrono::milliseconds(1));
        }
        throw Error(ErrorCode::System, name_, "pid " + std::to_string(pid) + " was killed, and counts as alive",
                    Remedy{"look for what holds its memory, as a debugger does"});
    }

    std::string         name_;
    std::vector<Holder> left_;
};

} // namespace

std::unique_ptr<Condition> leave_dead_peer(std::string const& region, FaultSettings const& settings)
{
    return std::make_unique<DeadPeer>(region, settings);
}

} // namespace detail
} // namespace testing
} // namespace kickmsg
