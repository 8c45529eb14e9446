/// leftovers(): what an account holds that it should not.
#include "kickmsg/testing/Account.h"

#include "words.h"

#include <algorithm>
#include <utility>

namespace kickmsg {
namespace testing {

namespace {

constexpr char const* by_recovery = "SharedRegion::recover() brings it back, and so does the next open() of the region";

/// The same participant in an earlier account; one that held nothing where it was not there.
Holder before_of(Holder const& holder, std::vector<Holder> const& before)
{
    auto const found = std::find_if(before.begin(), before.end(), [&holder](Holder const& each) {
        return each.region == holder.region && each.incarnation == holder.incarnation;
    });
    Holder     nothing;
    nothing.alive = true;
    return found != before.end() ? *found : nothing;
}

bool was_there(Holder const& earlier)
{
    return earlier.incarnation != 0;
}

void judge_dead(Holder const& holder, Holder const& earlier, Findings& findings)
{
    if (!holder.alive && earlier.alive) {
        findings.add({holder.region, "nobody dead that is not recovered", to_string(holder), by_recovery});
    }
}

void judge_subscriber(Holder const& holder, Holder const& earlier, Findings& findings)
{
    if (holder.alive && holder.views > earlier.views) {
        findings.add({holder.region, count(earlier.views, "view") + " held", to_string(holder),
                      "let the SampleViews of this subscriber end when they have been read"});
    }
}

void judge_publisher(Holder const& holder, Holder const& earlier, Findings& findings)
{
    if (holder.alive && holder.loan && !earlier.loan) {
        findings.add({holder.region, "no slot that is allocated and not published", to_string(holder),
                      "publish() or abandon() what allocate() lends"});
    }
    if (holder.alive && holder.publishing && !earlier.publishing) {
        findings.add({holder.region, "each message delivered to all", to_string(holder),
                      "flush_until() delivers a pending message; or look when the publisher stands still"});
    }
}

void judge_number(std::string const& region, uint64_t found, uint64_t earlier, std::string const& what,
                  std::string const& remedy, Findings& findings)
{
    if (found > earlier) {
        findings.add({region, std::to_string(earlier) + " " + what, std::to_string(found), remedy});
    }
}

void judge_region(RegionReport const& report, RegionReport const& earlier, Findings& findings)
{
    std::string const& name = report.region.name;
    if (report.region.error && !earlier.region.error) {
        findings.add({name, "a region that can be read", report.region.error->what(),
                      "SharedMemory::unlink() removes it when nobody uses it"});
    }
    uint64_t const orphaned = report.pool ? report.pool->orphaned : 0;
    judge_number(name, orphaned, earlier.pool ? earlier.pool->orphaned : 0, "slots that nobody alive accounts for",
                 by_recovery, findings);
    judge_number(name, report.sweep_owed ? 1 : 0, earlier.sweep_owed ? 1 : 0, "recoveries that are not finished",
                 by_recovery, findings);
    judge_number(name, report.schema_stuck ? 1 : 0, earlier.schema_stuck ? 1 : 0,
                 "claims of the schema by one that died", by_recovery, findings);
    judge_number(name, report.leftover_files, earlier.leftover_files,
                 "files of processes that were killed while they replaced the region", "the next open() clears them",
                 findings);
    judge_number(name, report.corrupt, earlier.corrupt, "words out of range",
                 "something writes to the region that is no participant: look for stray pointers", findings);
}

void judge_holders(std::vector<Holder> const& holders, std::vector<Holder> const& before, Findings& findings)
{
    for (Holder const& holder : holders) {
        Holder const earlier = before_of(holder, before);
        judge_dead(holder, earlier, findings);
        judge_subscriber(holder, earlier, findings);
        judge_publisher(holder, earlier, findings);
    }
}

/// The same region in an earlier account; null where it was not there.
RegionReport const* region_before(RegionReport const& report, Account const& before)
{
    auto const& all   = before.regions();
    auto const  found = std::find_if(all.begin(), all.end(), [&report](RegionReport const& each) {
        return each.region.name == report.region.name && each.region.created_ns == report.region.created_ns &&
               each.region.creator_pid == report.region.creator_pid;
    });
    return found != all.end() ? &*found : nullptr;
}

void judge_newcomer(Holder const& holder, Holder const& earlier, Findings& findings)
{
    if (holder.alive && !was_there(earlier)) {
        findings.add({holder.region, "those that took part before", to_string(holder),
                      "it has come and not left: destroy it, or make the first Account after it"});
    }
    if (holder.alive && holder.unread > earlier.unread) {
        findings.add(
            {holder.region, count(earlier.unread, "message") + " unread", to_string(holder), "receive what was sent"});
    }
}

} // namespace

Findings leftovers(Account const& account, Allowed allowed)
{
    Findings                  findings;
    std::vector<Holder> const holders = account.holders();
    if (allowed == Allowed::Nobody) {
        for (Holder const& holder : holders) {
            findings.add({holder.region, "nobody to take part any more", to_string(holder),
                          holder.alive ? "destroy the handle, or end the process" : by_recovery});
        }
    } else {
        judge_holders(holders, {}, findings);
    }
    for (RegionReport const& report : account.regions()) {
        judge_region(report, RegionReport{}, findings);
    }
    return findings;
}

Findings leftovers(std::string const& of, Allowed allowed)
{
    return leftovers(Account::now(of), allowed);
}

Findings leftovers(Account const& before, Account const& after)
{
    Findings                  findings;
    std::vector<Holder> const held_before = before.holders();
    std::vector<Holder> const held_after  = after.holders();
    judge_holders(held_after, held_before, findings);
    for (Holder const& holder : held_after) {
        judge_newcomer(holder, before_of(holder, held_before), findings);
    }
    for (RegionReport const& report : after.regions()) {
        RegionReport const* const earlier = region_before(report, before);
        if (earlier == nullptr) {
            findings.add({report.region.name, regions_of_before,
                          "a region of " + std::to_string(report.region.size) + " bytes, made by '" +
                              report.region.creator + "', pid " + std::to_string(report.region.creator_pid),
                          "unlink it, or give each test a PrivatePrefix"});
        }
        judge_region(report, earlier != nullptr ? *earlier : RegionReport{}, findings);
    }
    return findings;
}

Findings expect_sent(Account const& before, Account const& after, uint64_t messages)
{
    Findings       findings;
    uint64_t const sent = after.sent() - before.sent();
    if (sent != messages) {
        std::string const where = after.regions().empty() ? "no region" : after.regions().front().region.name;
        findings.add({where, count(messages, "message") + " sent", std::to_string(sent),
                      "look at what send(), allocate() and publish() return: -EAGAIN, null and 0 sent nothing"});
    }
    return findings;
}

} // namespace testing
} // namespace kickmsg
