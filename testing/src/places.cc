/// Faults no_ring and no_record: places that are all taken.
#include "Condition.h"
#include "words.h"

#include "kickmsg/Publisher.h"
#include "kickmsg/Subscriber.h"
#include "kickmsg/WaitSet.h"
#include "kickmsg/testing/NoAutomaticRecovery.h"

#include <algorithm>
#include <thread>
#include <vector>

namespace kickmsg {
namespace testing {
namespace detail {

namespace {

/// Subscribers that read all that is sent, so that they cost no publisher a message.
class AllRings : public Condition {
public:
    explicit AllRings(std::string const& name)
    {
        NoAutomaticRecovery const as_it_is;
        SharedRegion const        region = open_as_it_is(name);
        for (auto free = count_free(region); free != 0; --free) {
            subscribers_.emplace_back(region);
        }
        for (std::size_t i = 0; i < subscribers_.size(); ++i) {
            set_.add(subscribers_[i], i);
        }
        reader_ = std::thread([this] { read(); });
    }
    ~AllRings() override
    {
        set_.wake();
        reader_.join();
    }

    std::string words() const override
    {
        return count(subscribers_.size(), "subscriber") + " of its own";
    }

private:
    static std::ptrdiff_t count_free(SharedRegion const& region)
    {
        auto const rings = region.stats().rings;
        return std::count_if(rings.begin(), rings.end(),
                             [](RingStats const& ring) { return ring.state == RingState::Free; });
    }

    void read() noexcept
    {
        for (;;) {
            auto const ready = set_.wait(std::chrono::nanoseconds::max());
            if (ready.woken()) {
                return;
            }
            for (uint64_t const key : ready) {
                while (subscribers_[key].try_receive()) {
                }
            }
        }
    }

    std::vector<Subscriber> subscribers_;
    WaitSet                 set_; ///< ends first
    std::thread             reader_;
};

class AllRecords : public Condition {
public:
    explicit AllRecords(std::string const& name)
    {
        NoAutomaticRecovery const as_it_is;
        SharedRegion const        region = open_as_it_is(name);
        auto const                all    = region.stats().participants;
        auto const                used   = std::count_if(all.begin(), all.end(),
                                                         [](ParticipantStats const& each) { return each.kind == "publisher"; });
        for (auto i = static_cast<uint32_t>(used); i < region.info().max_publishers; ++i) {
            publishers_.emplace_back(region);
        }
    }

    std::string words() const override
    {
        return count(publishers_.size(), "publisher") + " of its own";
    }

private:
    std::vector<Publisher> publishers_;
};

} // namespace

std::unique_ptr<Condition> hold_all_rings(std::string const& region)
{
    return std::make_unique<AllRings>(region);
}

std::unique_ptr<Condition> hold_all_records(std::string const& region)
{
    return std::make_unique<AllRecords>(region);
}

SharedRegion open_as_it_is(std::string const& region)
{
    NoAutomaticRecovery const as_it_is;
    return SharedRegion::open(region);
}

} // namespace detail
} // namespace testing
} // namespace kickmsg
