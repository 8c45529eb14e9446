#include "TopModel.h"

#include "Regions.h"
#include "kickmsg/os/Time.h"

#include <algorithm>
#include <utility>

namespace kickmsg_tools {

namespace {

/// Slots that are looked at in one go: one or two milliseconds.
constexpr uint64_t budget = 2048;

} // namespace

void TopModel::look()
{
    auto const     reports = scan(context_, kickmsg::InspectDepth::Rings);
    uint64_t const now     = kickmsg::monotonic_ns();
    seconds_               = looked_ == 0 ? 0 : static_cast<double>(now - looked_) * 1e-9;
    looked_                = now;
    rates_.add(reports);
    look_at_slots(reports);
    rows_.clear();
    std::map<std::string, std::deque<double>> history;
    counts_now_.clear();
    for (auto const& report : reports) {
        auto& past = history[report.region.name] = std::move(history_[report.region.name]);
        past.push_back(std::max(0.0, rates_.of(report)));
        if (past.size() > history_length) {
            past.pop_front();
        }
        rows_.push_back(row_of(report));
        rows_.back().history = &past;
    }
    history_ = std::move(history); // its members stay where they are: rows lead to them
    std::swap(counts_, counts_now_);
}

void TopModel::look_at_slots(std::vector<kickmsg::RegionReport> const& reports)
{
    std::map<std::string, Slots> still;
    for (auto const& report : reports) {
        auto const known = slots_.find(report.region.name);
        if (known != slots_.end()) {
            still.emplace(report.region.name, std::move(known->second));
        }
    }
    slots_ = std::move(still);
    auto const begin =
        std::lower_bound(reports.begin(), reports.end(), next_,
                         [](auto const& report, std::string const& name) { return report.region.name < name; });
    auto const first = static_cast<std::size_t>(begin - reports.begin());
    uint64_t   spent = 0;
    for (std::size_t i = 0; i < reports.size() && spent < budget; ++i) {
        std::size_t const at = (first + i) % reports.size();
        next_                = reports[(at + 1) % reports.size()].region.name;
        if (reports[at].region.error) {
            continue;
        }
        spent += reports[at].region.config.pool_size;
        try {
            auto const close = kickmsg::inspect(reports[at].region.name);
            if (!close.pool) {
                continue;
            }
            Slots& slots = slots_[close.region.name];
            slots        = {*close.pool, {}, {}};
            for (auto const& subscriber : close.subscribers) {
                slots.views[subscriber.incarnation] = subscriber.ring.views;
            }
            for (auto const& publisher : close.publishers) {
                slots.kept[publisher.incarnation] = publisher.kept;
            }
        } catch (kickmsg::Error const&) { // it has gone meanwhile
        }
    }
}

double TopModel::rate_of_one(std::string const& region, uint64_t incarnation, uint64_t count)
{
    std::string const key = region + "#" + std::to_string(incarnation);
    counts_now_[key]      = count;
    auto const before     = counts_.find(key);
    bool const is_known   = before != counts_.end() && seconds_ > 0 && count >= before->second;
    return is_known ? static_cast<double>(count - before->second) / seconds_ : -1;
}

TopRow TopModel::row_of(kickmsg::RegionReport const& report)
{
    TopRow row;
    row.region    = report.region.name;
    row.name      = report.region.error ? report.region.name : title(report.region);
    row.has_error = report.region.error.has_value();
    if (row.has_error) {
        return row;
    }
    row.rate                 = rates_.of(report);
    row.bandwidth            = rates_.bandwidth_of(report);
    row.publishers           = report.region.publishers.alive;
    row.subscribers          = report.region.subscribers.alive;
    row.dead                 = dead(report.region);
    auto const         known = slots_.find(report.region.name);
    Slots const* const slots = known == slots_.end() ? nullptr : &known->second;
    if (slots != nullptr) {
        row.free  = static_cast<int64_t>(slots->pool.free);
        row.kept  = static_cast<int64_t>(slots->pool.kept);
        row.views = static_cast<int64_t>(slots->pool.held);
    }
    add_participants(row, report, slots);
    for (TopRow const& participant : row.participants) {
        row.unread += participant.unread;
        row.lost += participant.lost;
        row.evicted += participant.evicted;
    }
    return row;
}

void TopModel::add_participants(TopRow& row, kickmsg::RegionReport const& report, Slots const* slots)
{
    auto const of = [slots](std::map<uint64_t, uint64_t> Slots::*counts, uint64_t incarnation) {
        if (slots == nullptr) {
            return int64_t{-1};
        }
        auto const found = (slots->*counts).find(incarnation);
        return found == (slots->*counts).end() ? int64_t{-1} : static_cast<int64_t>(found->second);
    };
    for (auto const& publisher : report.publishers) {
        TopRow one;
        one.kind   = "publisher";
        one.region = row.region;
        one.pid    = publisher.pid;
        one.alive  = publisher.alive;
        one.rate   = rate_of_one(row.region, publisher.incarnation, publisher.sent);
        one.kept   = of(&Slots::kept, publisher.incarnation);
        row.participants.push_back(std::move(one));
    }
    for (auto const& subscriber : report.subscribers) {
        TopRow one;
        one.kind    = "subscriber";
        one.region  = row.region;
        one.pid     = subscriber.ring.pid;
        one.alive   = subscriber.alive;
        one.rate    = rate_of_one(row.region, subscriber.incarnation, subscriber.ring.received);
        one.unread  = subscriber.ring.unread;
        one.lost    = subscriber.ring.lost;
        one.evicted = subscriber.ring.evicted;
        one.views   = of(&Slots::views, subscriber.incarnation);
        row.participants.push_back(std::move(one));
    }
}

} // namespace kickmsg_tools
