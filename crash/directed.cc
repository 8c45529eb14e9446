/// The operations of those that deliver to one subscriber: requests of clients, answers of servers. Their other steps are those of subscribers.
#include "Handles.h"

#include "Poster.h"
#include "ServiceAccess.h"

#include <chrono>
#include <cstring>

namespace kickmsg_crash {

namespace {

namespace core = kickmsg::core;
using kickmsg::detail::Poster;

constexpr uint32_t places = 4; ///< of a ring

/// Delivers to the subscriber of the first ring.
struct Posting {
    std::optional<SharedRegion> region;
    std::optional<Poster>       poster;
    core::Loan                  aside;
    core::Receipt               receipt;
    uint32_t                    id   = 0;
    uint32_t                    sent = 0;

    void join(std::string const& name)
    {
        region.emplace(SharedRegion::open(name));
        poster.emplace(kickmsg::detail::ServiceAccess::state(*region));
    }
    core::Address first_subscriber()
    {
        return {0, core::Ownership<kickmsg::detail::Policy>(poster->layout().ring(0).owner).read()};
    }
    core::Posted post()
    {
        core::Loan loan = poster->borrow();
        require(static_cast<bool>(loan), "there is no slot to post");
        Message const message(id, ++sent);
        std::memcpy(poster->payload(loan), message.data(), message.length());
        core::Posted const done = poster->post(loan, first_subscriber(), message.length(), receipt);
        if (loan) {
            poster->give_back(loan);
        }
        return done;
    }
};

using Act = void (*)(Posting&, Report&);

void nothing(Posting& /*posting*/, Report& /*report*/) {}

Body posting(Arena& arena, Act act, Act prepare = nothing)
{
    auto all = std::make_shared<Posting>();
    all->id  = arena.next_victim();
    return {[all, prepare, name = arena.name()](Report& report) {
                all->join(name);
                prepare(*all, report);
            },
            [all, act](Report& report) { act(*all, report); },
            [all](Report&) {
                if (all->poster) {
                    core::Posted const next = all->post();
                    require(next != core::Posted::Gone, "a living subscriber is taken for one that is gone");
                    all->poster.reset();
                }
                all->region.reset();
            }};
}

void post(Posting& all, Report& report)
{
    report.result = static_cast<int64_t>(all.post());
}

/// Taken back where the subscriber has not read it: the living do at each change, where they have a part in it.
void post_and_withdraw(Posting& all, Report& report)
{
    if (all.post() == core::Posted::Delivered) {
        report.result = all.poster->withdraw(all.receipt) ? 1 : 0;
    }
}

void set_one_aside(Posting& all, Report& /*report*/)
{
    all.aside = all.poster->borrow();
    require(static_cast<bool>(all.aside), "there is no slot to set aside");
}

void post_beside_another(Posting& all, Report& report)
{
    report.result = static_cast<int64_t>(all.post());
    all.poster->give_back(all.aside);
}

Body posting_to_one(Arena& arena)
{
    return posting(arena, post);
}

Body posting_and_withdrawing(Arena& arena)
{
    return posting(arena, post_and_withdraw);
}

Body posting_beside_another(Arena& arena)
{
    return posting(arena, post_beside_another, set_one_aside);
}

/// When the victim has looked for room, and before it delivers.
void take_the_last_place(Arena& arena, unsigned /*change*/)
{
    if (arena.is_anyone_publishing() && arena.unread(0) == places - 1) {
        arena.send();
    }
}

void read_at_each_change(Arena& arena, unsigned /*change*/)
{
    arena.receive_all();
}

} // namespace

std::vector<Operation> directed_publications()
{
    return {{"post_to_one", {2, 0}, posting_to_one},
            {"post_taken_back", {1, places - 1}, posting_to_one, take_the_last_place},
            {"post_beside_another", {1, 0}, posting_beside_another},
            {"post_withdrawn", {1, 0}, posting_and_withdrawing},
            {"post_withdrawn_late", {1, 0}, posting_and_withdrawing, read_at_each_change}};
}

} // namespace kickmsg_crash
