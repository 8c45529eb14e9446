/// The accounts of a generated trial, and what must be true of them.
#pragma once

#include "Plan.h"

#include "kickmsg/Region.h"

#include <atomic>
#include <string>
#include <sys/types.h>
#include <vector>

namespace kickmsg_stress {
namespace generated {

/// A message proves itself: its length and contents follow from who sent it and which one it is. One in eight has no
/// bytes, hence no identity: it is accounted for by its position and by number.
namespace message {
std::size_t length_of(uint32_t publisher, uint32_t number, std::size_t limit);
void        write(void* to, uint32_t publisher, uint32_t number, std::size_t length);
/// Returns: publisher << 32 | number, or 0 when the contents are not those of one message.
uint64_t identify(void const* data, std::size_t length, std::size_t limit);
} // namespace message

/// What was first found wrong by someone; empty is good.
struct Fault {
    char text[200] = "";

    void note(char const* what, uint64_t one = 0, uint64_t two = 0, uint64_t three = 0) noexcept;
};

struct PublisherAccount {
    uint64_t sent = 0, refused = 0, zero_length = 0, large = 0; ///< `large`: 32 KiB and more
    uint64_t lent = 0, shortened = 0;
    Fault    fault;
};

struct SubscriberAccount {
    uint64_t received = 0, lost = 0, zero_length = 0;
    uint64_t from[most_publishers + 1] = {}; ///< received, those without bytes left out
    uint64_t start                     = 0;  ///< first position of its ring, as its messages tell it; 0: no message
    uint64_t joins = 0, views = 0, most_held = 0, blocked = 0, woken = 0, stopped = 0;
    Fault    fault;
};

/// What was found in the region when all had left.
struct RegionAccount {
    uint64_t start = 0; ///< first position of the rings of those who were there from the beginning
    uint64_t slots = 0, rings = 0, publishers = 0;
    uint64_t participants = 0; ///< besides the one who looks
    uint64_t recovered = 0, unclean = 0, corrupt = 0;
};

struct Accounts {
    PublisherAccount  publisher[most_publishers];
    SubscriberAccount subscriber[most_subscribers];
    RegionAccount     region;
};

/// Returns: what is wrong, or nothing. Each steady subscriber has received or lost each message, once; every slot, ring
/// and record is there.
std::vector<std::string> check(TrialPlan const& plan, Accounts const& accounts);

/// What one subscriber reads, from its join until it leaves: whole, of each publisher in order, and with no gap in the
/// positions but those that lost() tells.
class Reading {
public:
    /// `from_the_first`: it joined before anything was sent, so that of each publisher number 1 comes first.
    Reading(SubscriberAccount& account, std::size_t limit, bool from_the_first) noexcept
        : account_(account), limit_(limit), from_the_first_(from_the_first)
    {
    }

    /// `lost`: what the subscriber says when it has this message.
    void note(void const* data, std::size_t length, uint64_t position, uint64_t lost) noexcept;

    uint64_t received() const noexcept
    {
        return received_;
    }
    /// Number first received of a publisher; 0: none.
    uint32_t first(uint32_t publisher) const noexcept
    {
        return first_[publisher];
    }

private:
    void note_position(uint64_t position, uint64_t lost) noexcept;
    void note_identity(uint32_t publisher, uint32_t number, uint64_t lost) noexcept;

    SubscriberAccount& account_;
    std::size_t        limit_;
    bool               from_the_first_;
    uint64_t           received_ = 0, start_ = 0, position_ = 0, passed_over_ = 0;
    uint32_t           first_[most_publishers + 1] = {};
    uint32_t           last_[most_publishers + 1]  = {};
};

/// Aborted: somebody is missing, and nobody waits any longer.
enum class Phase : uint32_t { Gathering, Begun, Aborted };

/// In memory of all who take part, other processes included.
struct TrialBoard {
    TrialPlan plan;
    Accounts  accounts; ///< each writes its own, and is read when it has ended
    char      region[256] = "";
    pid_t     parent      = 0;

    std::atomic<Phase>    phase{Phase::Gathering};
    std::atomic<uint32_t> ready{0};                           ///< those that wait for the beginning
    std::atomic<uint32_t> sending{0};                         ///< publishers that may still send
    std::atomic<uint32_t> parked[most_subscribers]      = {}; ///< to stand still, where they are threads
    std::atomic<uint32_t> begun[most_publishers + 1]    = {}; ///< number of the last message that each began to send
    std::atomic<uint32_t> finished[most_publishers + 1] = {}; ///< of the last that it has sent

    bool is_sending() const noexcept
    {
        return sending.load() != 0 && phase.load() != Phase::Aborted;
    }
    /// Begins, unless it has been aborted.
    void begin() noexcept
    {
        Phase gathering = Phase::Gathering;
        phase.compare_exchange_strong(gathering, Phase::Begun);
    }
    void abort() noexcept
    {
        phase.store(Phase::Aborted);
    }
    /// Says that this one is ready; returns when all are.
    void   wait_for_begin() noexcept;
    Fault& fault_of(uint32_t participant) noexcept
    {
        return participant < plan.publishers ? accounts.publisher[participant].fault
                                             : accounts.subscriber[participant - plan.publishers].fault;
    }
};

/// What participant `which` does: the publishers come first, then the subscribers. Threads share one region. What it
/// throws is noted on the board.
void take_part(TrialBoard& board, kickmsg::SharedRegion const& region, uint32_t which) noexcept;
/// The part of a subscriber.
void subscribe(TrialBoard& board, kickmsg::SharedRegion const& region, uint32_t which);

} // namespace generated
} // namespace kickmsg_stress
