/// Fault no_slot: a pool of which nothing is free.
#include "Condition.h"
#include "words.h"

#include "kickmsg/Error.h"
#include "kickmsg/Publisher.h"
#include "kickmsg/Subscriber.h"
#include "kickmsg/testing/NoAutomaticRecovery.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace kickmsg {
namespace testing {
namespace detail {

namespace {

class AllSlots : public Condition {
public:
    AllSlots(std::string const& name, FaultSettings const& settings)
        : region_(open_as_it_is(name)), settings_(settings), info_(region_.info())
    {
        NoAutomaticRecovery const as_it_is;
        is_heard_ = !is_unheard() && settings_.payload.empty();
        if (!is_heard_) {
            hold_by_views();
        }
        hold_by_loans();
        if (uint64_t const left = free_slots()) {
            refuse(left);
        }
        subscribers_.clear(); // their rings drain, and take no deliveries
    }

    std::string words() const override
    {
        uint64_t const kept = region_.stats().pool_kept - loans_;
        return "holds " + count(views_.size(), "view") + " and " + count(loans_, "loan") + "; publishers keep " +
               count(kept, "slot");
    }

private:
    uint64_t free_slots() const
    {
        return region_.stats().pool_free;
    }

    /// Whether nobody else would get what the helpers send.
    bool is_unheard() const
    {
        auto const rings = region_.stats().rings;
        return std::none_of(rings.begin(), rings.end(), [](RingStats const& ring) {
            return ring.state == RingState::Live || ring.state == RingState::Joining;
        });
    }

    bool is_ring_spare() const
    {
        auto const rings = region_.stats().rings;
        auto const free  = std::count_if(rings.begin(), rings.end(),
                                         [](RingStats const& ring) { return ring.state == RingState::Free; });
        return static_cast<uint32_t>(free) > settings_.spare;
    }

    bool is_record_spare() const
    {
        auto const all  = region_.stats().participants;
        auto const used = std::count_if(all.begin(), all.end(),
                                        [](ParticipantStats const& each) { return each.kind == "publisher"; });
        return info_.max_publishers > static_cast<uint32_t>(used) + settings_.spare;
    }

    /// Views of one subscriber after the other, and what the publishers keep.
    void hold_by_views()
    {
        if (!is_record_spare() || !is_ring_spare()) {
            return;
        }
        publishers_.emplace_back(region_);
        while (free_slots() != 0 && is_ring_spare()) {
            subscribers_.emplace_back(region_);
            while (view_one()) {
            }
        }
        while (free_slots() != 0 && is_record_spare()) {
            publishers_.emplace_back(region_);
            uint64_t before = free_slots() + 1;
            for (uint64_t now = before - 1; now != 0 && now < before && send_one(); now = free_slots()) {
                before = now;
                drain();
            }
        }
    }

    /// Overwrites and gives up nothing: what others have not read stays.
    bool send_one()
    {
        return publishers_.back().try_send(settings_.payload.data(), settings_.payload.size()) >= 0;
    }

    /// Returns: false when there is no slot, or the newest subscriber holds as many views as it may.
    bool view_one()
    {
        if (!send_one()) {
            return false;
        }
        auto view = subscribers_.back().try_receive_view();
        drain();
        if (!view) {
            return false;
        }
        views_.push_back(std::move(*view));
        return true;
    }

    void drain()
    {
        for (Subscriber& each : subscribers_) {
            while (each.try_receive()) {
            }
        }
    }

    /// One of each publisher: nobody receives anything of it.
    void hold_by_loans()
    {
        for (std::size_t i = 0; i < publishers_.size() && free_slots() != 0; ++i) {
            loans_ += borrow(publishers_[i]) ? 1 : 0;
        }
        while (free_slots() != 0 && is_record_spare()) {
            publishers_.emplace_back(region_);
            loans_ += borrow(publishers_.back()) ? 1 : 0;
        }
    }

    static bool borrow(Publisher& publisher)
    {
        return publisher.try_allocate(1) != nullptr;
    }

    [[noreturn]] void refuse(uint64_t left) const
    {
        uint64_t const can = info_.pool_size - left;
        throw Error(ErrorCode::InvalidConfig, region_.name(),
                    "participants that find a place here can hold " + std::to_string(can) + " of " +
                        std::to_string(info_.pool_size) + " slots: " + count(views_.size(), "view") + ", " +
                        count(publishers_.size(), "publisher") +
                        (is_heard_ ? "; somebody subscribes, so that nothing can be sent to hold it" : ""),
                    Remedy{"make the region with a pool_size of " + std::to_string(std::max<uint64_t>(can, 1)) +
                           " or less or a larger max_views, or make the fault before anybody subscribes"});
    }

    SharedRegion                        region_;
    FaultSettings                       settings_;
    RegionInfo                          info_;
    bool                                is_heard_ = false; ///< by others, who are to get nothing
    uint64_t                            loans_    = 0;
    std::vector<Subscriber>             subscribers_;
    std::vector<Publisher>              publishers_;
    std::vector<Subscriber::SampleView> views_; ///< end first
};

} // namespace

std::unique_ptr<Condition> hold_all_slots(std::string const& region, FaultSettings const& settings)
{
    return std::make_unique<AllSlots>(region, settings);
}

} // namespace detail
} // namespace testing
} // namespace kickmsg
