#include "Lookout.h"

#include "WaitBudget.h"
#include "kickmsg/Error.h"
#include "os/NoSignals.h"

#include <system_error>

namespace kickmsg {
namespace detail {

Lookout::Lookout(std::function<void()> report, std::function<bool()> look)
    : report_(std::move(report)), look_(std::move(look)), birth_(os::Birth::now())
{
    orders_.reserve(os::words_limit);
    try {
        os::NoSignals const none; // the thread begins with what is blocked here
        thread_ = std::make_unique<std::thread>([this] { run(); });
    } catch (std::system_error const& error) {
        throw Error(ErrorCode::LimitReached, "WaitSet", std::string("cannot start a thread: ") + error.what(),
                    Remedy{"raise the limit of threads or memory, or put fewer subscribers into a set"},
                    error.code().value());
    }
}

Lookout::~Lookout()
{
    if (!birth_.may_end()) {
        static_cast<void>(thread_.release()); // its parent's
        return;
    }
    orders_.end();
    thread_->join();
}

void Lookout::run() noexcept
{
    WaitBudget budget(for_ever);
    for (bool is_quiet = false; orders_.take(is_quiet);) {
        if (!is_quiet) {
            budget = WaitBudget(for_ever);
        }
        budget.look();
        bool const looks = look_ && !orders_.is_idle();
        orders_.sleep(looks ? budget.slice() : for_ever);
        if (orders_.has_news() || (looks && look_())) {
            orders_.report(report_);
        }
    }
}

} // namespace detail
} // namespace kickmsg
