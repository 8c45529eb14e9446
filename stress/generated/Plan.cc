#include "Plan.h"

#include <algorithm>
#include <numeric>
#include <vector>

namespace kickmsg_stress {
namespace generated {

namespace {

char const* name_of(Sending sending)
{
    static char const* const names[] = {"copies", "writes in place", "publishes less than it allocated",
                                        "sends all ways"};
    return names[static_cast<std::size_t>(sending)];
}

char const* name_of(Taking taking)
{
    static char const* const names[] = {"copies", "views", "sleeps, copies", "sleeps, views", "takes all ways"};
    return names[static_cast<std::size_t>(taking)];
}

char const* name_of(Manner manner)
{
    static char const* const names[] = {"steady", "slow", "stopped", "comes and goes"};
    return names[static_cast<std::size_t>(manner)];
}

/// gen::element does not shrink; this shrinks to the values before. A value that stands there twice is chosen twice as
/// often.
template <class T>
rc::Gen<T> one_of(std::vector<T> simplest_first)
{
    std::vector<std::size_t> indices(simplest_first.size());
    std::iota(indices.begin(), indices.end(), 0);
    auto const index = rc::gen::shrink(rc::gen::elementOf(indices),
                                       [](std::size_t chosen) { return rc::seq::range(std::size_t{0}, chosen); });
    return rc::gen::map(index, [values = std::move(simplest_first)](std::size_t chosen) { return T(values[chosen]); });
}

PublisherPlan any_publisher()
{
    PublisherPlan plan;
    plan.sending = *one_of<Sending>({Sending::Copied, Sending::Lent, Sending::Shortened, Sending::Mixed});
    plan.burst   = *one_of<uint32_t>({1, 8, 64});
    return plan;
}

SubscriberPlan any_subscriber()
{
    SubscriberPlan plan;
    plan.manner = *one_of<Manner>({Manner::Steady, Manner::Steady, Manner::Slow, Manner::Stopped, Manner::Churning});
    plan.taking =
        *one_of<Taking>({Taking::Copied, Taking::Viewed, Taking::Blocking, Taking::BlockingView, Taking::Mixed});
    plan.held       = *one_of<uint32_t>({0, 1, 4, 15});
    plan.to_the_end = *one_of<bool>({false, true});
    return plan;
}

TrialPlan generate()
{
    TrialPlan plan;
    plan.processes    = *one_of<bool>({false, true, true});
    plan.publishers   = *one_of<uint32_t>({1, 2, 3, 4, 5, 6, 7, 8});
    plan.subscribers  = *one_of<uint32_t>({0, 1, 2, 3, 4, 5, 6, 7, 8});
    plan.milliseconds = *one_of<uint32_t>({1, 3, 10, 30});
    plan.payload      = *one_of<uint32_t>({8, 64, 1000, 4096, 65536});
    plan.capacity     = *one_of<uint32_t>({2, 4, 8, 16, 32, 64});
    plan.pool         = *one_of<Pool>({Pool::Ample, Pool::Half, Pool::BelowCapacity, Pool::Three, Pool::One});
    plan.seed         = *one_of<uint32_t>({1, 2, 3, 4, 5, 6, 7, 8});
    for (uint32_t i = 0; i < plan.publishers; ++i) {
        plan.publisher[i] = any_publisher();
    }
    for (uint32_t i = 0; i < plan.subscribers; ++i) {
        plan.subscriber[i] = any_subscriber();
    }
    return plan;
}

} // namespace

uint32_t TrialPlan::pool_size() const
{
    uint32_t ample = publishers + subscribers * capacity;
    for (uint32_t i = 0; i < subscribers; ++i) {
        ample += subscriber[i].held + 1; // the one that it is about to hold, or to copy
    }
    switch (pool) {
    case Pool::Ample:
        return ample;
    case Pool::Half:
        return (ample + 1) / 2;
    case Pool::BelowCapacity:
        return capacity - 1;
    case Pool::Three:
        return 3;
    case Pool::One:
        break;
    }
    return 1;
}

bool TrialPlan::churns(uint32_t which) const
{
    return subscriber[which].manner == Manner::Churning;
}

uint32_t TrialPlan::steady() const
{
    return static_cast<uint32_t>(std::count_if(subscriber, subscriber + subscribers, [](SubscriberPlan const& each) {
        return each.manner != Manner::Churning;
    }));
}

kickmsg::channel::Config TrialPlan::config() const
{
    kickmsg::channel::Config cfg;
    cfg.pool_size         = pool_size();
    cfg.sub_ring_capacity = capacity;
    cfg.max_subscribers   = std::max(subscribers, 1U); // none to spare: whoever leaves must make room for the next
    cfg.max_publishers    = publishers;
    cfg.max_payload_size  = payload;
    cfg.max_views         = cfg.pool_size; // as many as its own plan lets it hold
    return cfg;
}

std::ostream& operator<<(std::ostream& out, TrialPlan const& plan)
{
    out << (plan.processes ? "processes" : "threads") << ", " << plan.milliseconds << " ms, capacity " << plan.capacity
        << ", " << plan.pool_size() << " slots" << (plan.pool == Pool::Ample ? " (ample)" : "") << ", messages up to "
        << plan.payload << " bytes, seed " << plan.seed;
    for (uint32_t i = 0; i < plan.publishers; ++i) {
        out << "\n  publisher " << i + 1 << ": " << name_of(plan.publisher[i].sending) << ", "
            << plan.publisher[i].burst << " at a time";
    }
    for (uint32_t i = 0; i < plan.subscribers; ++i) {
        SubscriberPlan const& each = plan.subscriber[i];
        out << "\n  subscriber " << i + 1 << ": " << name_of(each.manner)
            << (each.manner != Manner::Stopped ? ""
                : each.to_the_end              ? " until all is sent"
                                               : " for a while")
            << ", " << name_of(each.taking) << ", holds " << each.held << " views";
    }
    return out;
}

rc::Gen<TrialPlan> any_plan()
{
    return rc::gen::exec(generate);
}

} // namespace generated
} // namespace kickmsg_stress
