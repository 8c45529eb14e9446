#include "kickmsg/testing/Account.h"

#include "words.h"

#include "kickmsg/Discovery.h"

#include <algorithm>
#include <optional>
#include <ostream>
#include <utility>

namespace kickmsg {
namespace testing {

namespace {

/// As Config says: a quarter of the pool between all publishers, 8 each at most, and no more than 128 KiB beyond the first.
uint64_t kept_most(RegionReport const& report)
{
    channel::Config const& cfg     = report.region.config;
    uint64_t const         of_pool = cfg.pool_size / 4 / std::max<uint32_t>(cfg.max_publishers, 1);
    uint64_t const     warm = std::max<uint64_t>(1, (uint64_t{128} << 10) / std::max<uint64_t>(report.slot_bytes, 1));
    constexpr uint64_t most_each = 8;
    return std::min({of_pool, warm, most_each});
}

void fill_in(Holder& holder, RegionReport const& report)
{
    for (InspectedPublisher const& each : report.publishers) {
        if (each.incarnation == holder.incarnation) {
            holder.sent       = each.sent;
            holder.kept       = each.kept;
            holder.kept_most  = kept_most(report);
            holder.loan       = holder.kept_most == 0 && each.kept != 0 && !each.publishing;
            holder.publishing = each.publishing;
        }
    }
    for (InspectedSubscriber const& each : report.subscribers) {
        if (each.incarnation == holder.incarnation) {
            holder.ring   = each.ring.state;
            holder.unread = each.ring.unread;
            holder.views  = each.ring.views;
            holder.lost   = each.ring.lost;
        }
    }
}

std::optional<RegionReport> look_at(std::string const& name)
{
    try {
        return inspect(name);
    } catch (Error const& error) {
        if (error.code() != ErrorCode::NotFound) {
            throw;
        }
        return std::nullopt; // it has ended meanwhile
    }
}

std::string words_of_publisher(Holder const& holder)
{
    std::string text = "has sent " + count(holder.sent, "message") + ", keeps " + count(holder.kept, "slot");
    text += holder.kept_most != 0 ? " of the " + std::to_string(holder.kept_most) + " that it may keep when idle" : "";
    bool const unpublished = holder.kept > std::min(holder.kept_most, holder.sent);
    text += holder.loan ? ", holds 1 loan" : unpublished ? ", 1 of them a loan or an abandoned one" : "";
    return text + (holder.publishing ? ", is in the middle of a delivery" : "");
}

std::string words_of_subscriber(Holder const& holder)
{
    std::string text = "holds " + count(holder.views, "view") + ", " + count(holder.unread, "message") + " unread";
    text += holder.lost != 0 ? ", lost " + std::to_string(holder.lost) : "";
    return text + (holder.ring == RingState::Draining ? ", has left while views are out" : "");
}

} // namespace

std::string to_string(Holder const& holder)
{
    std::string const who = name_of(holder);
    if (holder.kind == "publisher") {
        return who + ": " + words_of_publisher(holder);
    }
    return holder.kind == "subscriber" ? who + ": " + words_of_subscriber(holder) : who + ": holds the region open";
}

Account Account::now(std::string const& of)
{
    Account account;
    if (!of.empty() && of.front() == '/') {
        if (auto report = look_at(of)) {
            account.regions_.push_back(std::move(*report));
        }
        return account;
    }
    for (ListedRegion const& listed : list(of.empty() ? of : of + "_")) {
        if (auto report = look_at(listed.name)) {
            account.regions_.push_back(std::move(*report));
        }
    }
    return account;
}

Account Account::now(SharedRegion const& region)
{
    return now(region.name());
}

std::vector<Holder> Account::holders() const
{
    std::vector<Holder> all;
    for (RegionReport const& report : regions_) {
        for (ParticipantStats const& each : report.region.participants) {
            Holder holder;
            holder.region      = report.region.name;
            holder.kind        = each.kind;
            holder.pid         = each.pid;
            holder.incarnation = each.incarnation;
            holder.alive       = each.alive;
            fill_in(holder, report);
            all.push_back(std::move(holder));
        }
    }
    return all;
}

uint64_t Account::sent() const
{
    uint64_t sum = 0;
    for (RegionReport const& report : regions_) {
        sum += report.region.sent;
    }
    return sum;
}

std::string to_string(Account const& account)
{
    std::string               text;
    std::vector<Holder> const holders = account.holders();
    for (RegionReport const& report : account.regions()) {
        PoolReport const pool = report.pool.value_or(PoolReport{});
        text += report.region.name + ": " + std::to_string(report.region.config.pool_size) + " slots, " +
                std::to_string(pool.free) + " free, " + std::to_string(pool.kept) + " kept, " +
                std::to_string(pool.unread) + " unread, " + std::to_string(pool.held) + " held, " +
                (pool.history != 0 ? std::to_string(pool.history) + " of the history, " : "") + "of these " +
                std::to_string(pool.orphaned) + " orphaned\n";
        for (Holder const& holder : holders) {
            text += holder.region == report.region.name ? "  " + to_string(holder) + "\n" : "";
        }
    }
    return text.empty() ? "no region\n" : text;
}

std::ostream& operator<<(std::ostream& out, Account const& account)
{
    return out << to_string(account);
}

} // namespace testing
} // namespace kickmsg
