#include "CountedVictim.h"

#include <cstring>

namespace kickmsg_crash {

int live_until_struck(CountedVictim::Shared& shared, Body const& body, Strike const& strike) noexcept
{
    auto& report  = shared.report;
    auto& counter = shared.counter;
    try {
        body.prepare(report);
        report.prepared          = 1;
        counter.stops            = strike.stops;
        counter.strike_at        = strike.at_point;
        counter.after            = strike.after;
        kickmsg::detail::counter = &counter;
        body.act(report);
        kickmsg::detail::counter = nullptr;
        bool const struck        = counter.strike_at != strike.at_point || counter.after != strike.after;
        report.completed         = struck ? 0 : 1;
        if (!struck) {
            counter.strike(strike.stops);
        }
        if (body.finish) {
            body.finish(report);
        }
        return 0;
    } catch (std::exception const& error) {
        std::strncpy(report.error, error.what(), sizeof(report.error) - 1);
        return 99;
    }
}

std::vector<std::size_t> CountedVictim::changes() const
{
    return {shared_->counter.changed, shared_->counter.changed + shared_->counter.changes};
}

} // namespace kickmsg_crash
