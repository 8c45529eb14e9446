/// Who holds what of a region or of all regions of a prefix, in words; and what of it should not be held.
#pragma once

#include "kickmsg/Inspect.h"
#include "kickmsg/Region.h"
#include "kickmsg/testing/Findings.h"

#include <cstdint>
#include <iosfwd>
#include <string>
#include <vector>

namespace kickmsg {
namespace testing {

/// What one participant holds.
struct Holder {
    std::string region;              ///< its name, with its slash
    std::string kind;                ///< "publisher", "subscriber" or "region" (an open SharedRegion)
    uint64_t    pid         = 0;     ///< in the participant's own pid namespace
    uint64_t    incarnation = 0;     ///< the number of this attachment; never reused in the region
    bool        alive       = false; ///< false: proven dead, and not recovered yet

    uint64_t sent      = 0; ///< of a publisher: messages that it has sent
    uint64_t kept      = 0; ///< of a publisher: slots that it keeps, one that it is writing to included
    uint64_t kept_most = 0; ///< of a publisher: slots that an idle one keeps at most in this region
    bool     loan = false;  ///< of a publisher: one of `kept` is certain to be one that it has allocated, see held()
    bool     publishing = false; ///< of a publisher: it is in the middle of a delivery, or has a message pending

    RingState ring   = RingState::Free; ///< of a subscriber: its state
    uint64_t  unread = 0;               ///< of a subscriber: messages that wait for it
    uint64_t  views  = 0;               ///< of a subscriber: messages that it holds in place
    uint64_t  lost   = 0;               ///< of a subscriber: messages that it knows it lost
};

/// Returns: "publisher of pid 12, incarnation 7, alive: keeps 3 slots of the 4 that it may, ..." of a `holder`.
std::string to_string(Holder const& holder);

/// What all participants of some regions held at one moment.
///
/// Threads:  any. It takes part in nothing: see inspect().
/// Progress: waits for nobody, and delays nobody.
/// Crash:    leaves nothing.
/// Errors:   Error, as list(), when it is made; what cannot be read is an entry.
///
/// A snapshot word by word: exact where nobody sends or receives meanwhile, so make one where the program under test stands still.
///
/// What cannot be seen from outside: of the slots that a publisher keeps, which one is allocated and not published yet. Such a slot is one of those
/// that an idle publisher keeps anyhow, and costs nobody else a slot, but in a region so small that publishers keep none: there each kept slot
/// is a loan, Holder::loan says so, and leftovers() reports it.
class Account {
public:
    /// Of nothing.
    Account() = default;
    /// Returns: the account of `of`: with a slash in front the region of that name, else all regions whose names begin with it and an
    ///          underscore, as those of a Node of that prefix do.
    static Account now(std::string const& of);
    /// Returns: the account of `region`, as its name finds it.
    static Account now(SharedRegion const& region);

    /// Returns: all regions, in the order of their names.
    std::vector<RegionReport> const& regions() const noexcept
    {
        return regions_;
    }
    /// Returns: the participants of all of them.
    std::vector<Holder> holders() const;
    /// Returns: messages sent into these regions, ever.
    uint64_t sent() const;

private:
    std::vector<RegionReport> regions_;
};

/// Returns: a line for each region of the `account` and for each participant.
std::string to_string(Account const& account);
/// Writes to_string() of the `account` to `out`.
/// Returns: `out`.
std::ostream& operator<<(std::ostream& out, Account const& account);

/// What may be there when leftovers() looks.
enum class Allowed {
    Idle, ///< participants that live and hold no more than idle ones do: a subscriber its ring, a publisher the slots that it keeps
    Nobody, ///< no participant, alive or dead: all who took part have left
};

/// What `of` holds that it should not: a region (with its slash) or a prefix, as Account::now(), or an `account`; `allowed` says what is no finding.
/// Reported are: views that are held, loans (where they can be seen, see Account), deliveries that are not finished, the dead and all that they hold,
/// slots that nobody alive accounts for, what a recovery still has to do, what killed processes left of names, and words out of range. An idle
/// participant is no finding, nor are the slots that a publisher keeps for its next messages, unread messages, or a region that nobody
/// uses.
/// Threads, Progress, Crash, Errors: as Account.
/// Returns: the findings; none where there is no such region.
/// @{
Findings leftovers(std::string const& of, Allowed allowed = Allowed::Idle);
Findings leftovers(Account const& account, Allowed allowed = Allowed::Idle);
/// @}

/// What is held in `after` and was not in `before`: leftovers() of `after` without those that were there before, and besides
/// participants that have come and not left, regions that have been made, and messages that have come and not been read. A publisher that
/// keeps more slots than before is no finding: it keeps them for its next messages.
/// Returns: the findings.
Findings leftovers(Account const& before, Account const& after);

/// Whether exactly `messages` were sent between `before` and `after`: one that took -EAGAIN or a null of allocate() for success has
/// sent fewer.
/// Returns: a finding when it is not so.
Findings expect_sent(Account const& before, Account const& after, uint64_t messages);

} // namespace testing
} // namespace kickmsg
