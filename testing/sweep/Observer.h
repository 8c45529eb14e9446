/// A living peer of the victim: it joins the regions of the prefix before the states begin, as far as there is room, and shows after each
/// kill that it is not delayed.
#pragma once

#include "Watch.h"

#include "kickmsg/Publisher.h"
#include "kickmsg/Subscriber.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace kickmsg_sweep {

/// What was found wrong; empty is good.
using Findings = std::vector<std::string>;

/// What it does in a region.
enum class Presence {
    None,   ///< it joins none
    Listen, ///< it receives, and takes slots from the pool which it gives back without sending
    Full,   ///< it sends, too; but in mailboxes and services, whose messages mean something to somebody
};

class Observer {
public:
    /// `needed`: what the program itself takes at most, by the name of the region without the prefix. What is not in there is not joined.
    Observer(Presence presence, std::map<std::string, Attendance> const& needed) : presence_(presence), needed_(needed)
    {
    }

    /// Joins what it finds and has not joined, leaving the program the places that it needs. Not a provisional region: who joins it
    /// with a publisher decides its geometry.
    /// Returns: whether it joined any.
    bool join(Watch const& watch);
    /// The same for `names`, after the victim's death: only the living have to be left room.
    void join_rest(std::vector<std::string> const& names);
    /// Receives what there is where its ring is half full, so that it is never in the way of a program that overwrites nothing.
    /// Returns: whether it received any.
    bool relieve();

    /// Each region at once: one message of its own comes back to it, whole; or it gets a slot of the pool. Nothing of it sleeps.
    /// `starved`: allowed to find no slot, since recovery has not run yet.
    void expect_no_delay(Findings& found, bool starved);
    /// Sends more than its rings hold, and recovers after each message: nothing may be taken from the living.
    void expect_nothing_taken(Findings& found);
    /// Leaves all regions.
    void leave()
    {
        places_.clear();
    }
    /// What it could not join, and why; once each.
    std::vector<std::string> const& notes() const noexcept
    {
        return notes_;
    }

private:
    struct Place {
        kickmsg::SharedRegion              region;
        std::string                        name;
        std::optional<kickmsg::Publisher>  publisher  = std::nullopt;
        std::optional<kickmsg::Subscriber> subscriber = std::nullopt;
        bool                               sends      = false;
        std::vector<unsigned char>         message    = {};
    };
    void        enter(std::string const& name, bool publishes, bool subscribes);
    void        note(std::string const& text);
    void        expect_no_delay(Place& place, Findings& found, bool starved);
    static bool is_message_back(Place& place);
    static void drain(Place& place);

    Presence                          presence_;
    std::map<std::string, Attendance> needed_;
    std::map<std::string, Place>      places_; ///< by the name of the region
    std::vector<std::string>          notes_;
};

} // namespace kickmsg_sweep
