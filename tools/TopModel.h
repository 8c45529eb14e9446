/// What top shows: the regions of the last look, with what is known of the looks before.
#pragma once

#include "Context.h"
#include "Rates.h"
#include "kickmsg/Inspect.h"

#include <deque>
#include <map>
#include <string>
#include <vector>

namespace kickmsg_tools {

/// One region, or one participant of it.
struct TopRow {
    std::string name;
    double      rate      = -1; ///< messages a second: sent, of a subscriber received; -1: not known
    double      bandwidth = -1;
    uint64_t    unread = 0, lost = 0, evicted = 0;
    int64_t     views = -1, kept = -1, free = -1; ///< -1: not known yet, or not of this row
    uint32_t    publishers = 0, subscribers = 0, dead = 0;
    bool        has_error = false;

    std::string               region; ///< its name
    uint64_t                  pid   = 0;
    bool                      alive = true;
    std::string               kind;              ///< of a participant; of a region empty
    std::deque<double> const* history = nullptr; ///< of a region: its rates; the model's, until its next look
    std::vector<TopRow>       participants;
};

/// Looks as cheaply as it can: at the rings of every region each time, and at the slots, which are many, of some regions in turn. Nothing stays open or
/// mapped between two looks: that would keep the memory of a region that was removed, and takes a descriptor of each.
class TopModel {
public:
    explicit TopModel(Context const& context) : context_(context) {}

    void                       look();
    std::vector<TopRow> const& rows() const noexcept
    {
        return rows_;
    }

    static constexpr std::size_t history_length = 120;

private:
    /// What only a look at the slots tells.
    struct Slots {
        kickmsg::PoolReport          pool;
        std::map<uint64_t, uint64_t> views, kept; ///< by the participant's incarnation
    };
    void   look_at_slots(std::vector<kickmsg::RegionReport> const& reports);
    TopRow row_of(kickmsg::RegionReport const& report);
    void   add_participants(TopRow& row, kickmsg::RegionReport const& report, Slots const* slots);
    double rate_of_one(std::string const& region, uint64_t incarnation, uint64_t count);

    Context const&                            context_;
    Rates                                     rates_;
    std::vector<TopRow>                       rows_;
    std::map<std::string, Slots>              slots_;               ///< by the region's name
    std::map<std::string, std::deque<double>> history_;             ///< likewise
    std::string                               next_;                ///< the region whose slots are looked at next
    std::map<std::string, uint64_t>           counts_, counts_now_; ///< by region and incarnation: sent, or received
    double                                    seconds_ = 0;         ///< since the look before
    uint64_t                                  looked_  = 0;
};

} // namespace kickmsg_tools
