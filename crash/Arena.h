/// One round of a sweep: a small region, the living around a victim, and the questions asked when the victim is dead or
/// continues. Automatic recovery is off: whatever is lost stays lost until the recovery under test.
#pragma once

#include "Body.h"
#include "Message.h"

#include "kickmsg/Publisher.h"
#include "kickmsg/Subscriber.h"
#include "raw_region.h"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace kickmsg_crash {

/// What was found wrong; empty is good.
using Findings = std::vector<std::string>;

using kickmsg_testkit::Message;

/// What the living do around an operation.
struct Setting {
    uint32_t subscribers = 1; ///< of the living
    uint32_t unread      = 0; ///< messages in their rings when the operation begins
    uint32_t pool        = 16;
    uint32_t capacity    = 4; ///< of a ring
    uint32_t history     = 0; ///< messages that the region keeps for those that come late

    /// Slots that each publisher keeps at most.
    uint32_t share() const noexcept;
};

constexpr uint32_t starved = 4;  ///< a pool that an eviction must make room in: no publisher keeps a slot of it
constexpr uint32_t roomy   = 32; ///< a pool of which each publisher keeps two

class Arena {
public:
    explicit Arena(Setting const& setting);
    /// In a victim that is a program started anew: what its body needs of the arena, which another process holds.
    Arena(std::string name, Setting const& setting, uint32_t victims)
        : name_(std::move(name)), mine_(false), setting_(setting), victims_(victims)
    {
    }
    Arena(Arena const&)            = delete;
    Arena& operator=(Arena const&) = delete;
    ~Arena();

    std::string const& name() const noexcept
    {
        return name_;
    }
    Setting const& setting() const noexcept
    {
        return setting_;
    }
    kickmsg::SharedRegion& region() noexcept
    {
        return *region_;
    }
    Watched watched() noexcept
    {
        return {static_cast<unsigned char const*>(static_cast<void const*>(&raw_->header())), raw_->bytes().size()};
    }
    /// What the next victim's messages are signed with.
    uint32_t next_victim() noexcept
    {
        return ++victims_;
    }
    uint32_t victims() const noexcept
    {
        return victims_;
    }
    /// Sends one message of the living. Returns: whether it went through.
    bool send();
    /// The living take all there is; what is wrong with it is found with the next question.
    void receive_all();
    /// The name of the word at an offset of the region, for the table of states.
    std::string word_at(std::size_t offset);
    /// Whether some publisher has bits set that are not all delivered.
    bool is_anyone_publishing();
    /// Unread messages of a ring.
    uint64_t unread(uint32_t ring);
    /// Whether some ring's subscriber has said that it sleeps.
    bool is_anyone_waiting();

    // --- questions, in the order in which they are asked; each adds what it finds wrong
    /// The living continue at once, before any recovery: one more message reaches each of them, whole and in order.
    void expect_no_delay(Findings& found);
    /// `recover` brings everything back under live traffic; then all is there, exactly, and a second one finds nothing.
    void expect_recovered(Findings& found, std::function<void(kickmsg::SharedRegion&)> const& recover);
    /// Recovery beside a stopped participant takes nothing, however often it runs.
    void expect_nothing_taken(Findings& found);
    /// Everything is there: slots, rings, records; the living have received or lost each message, once.
    void expect_all_there(Findings& found);

    static kickmsg::channel::Config config(Setting const& setting = {});

private:
    struct Living {
        kickmsg::Subscriber subscriber;
        uint64_t            received = 0;
        uint64_t            last[8]  = {}; ///< number last received of each publisher
        uint64_t            from_us  = 0;

        std::map<uint64_t, uint64_t> numbers = {}; ///< last one of each publisher, by its incarnation
    };

    /// A slot that somebody keeps, by whom and since when.
    struct Kept {
        uint32_t slot;
        uint64_t owner, generation;

        bool operator==(Kept const& other) const noexcept
        {
            return slot == other.slot && owner == other.owner && generation == other.generation;
        }
    };

    void receive_all(Findings& found);
    void receive_all(Living& living, Findings& found);
    void expect_slots(Findings& found);
    /// In a region that keeps a history: who comes now gets all of it.
    void expect_history(Findings& found);
    void expect_no_notes(Findings& found);
    void expect_counts(Findings& found);
    void expect_rooms(Findings& found);
    /// What others than the living publisher keep.
    std::vector<Kept> kept_by_others();
    uint64_t          kept_by_us() const noexcept;
    /// Slots that the living publisher keeps, or the history has, when everything has been read.
    uint64_t used_slots();

    std::string                            name_;
    bool                                   mine_ = true;
    Setting                                setting_;
    std::optional<kickmsg::SharedRegion>   region_;
    std::optional<kickmsg_test::RawRegion> raw_;
    std::optional<kickmsg::Publisher>      publisher_;
    std::vector<std::unique_ptr<Living>>   living_;
    uint32_t                               sent_    = 0;
    uint32_t                               victims_ = 1; ///< 1 are the living
    uint64_t                               us_      = 0; ///< incarnation of the living publisher
    Findings                               early_;       ///< before the first question
};

} // namespace kickmsg_crash
