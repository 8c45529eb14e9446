/// What a subscriber of a generated trial does.
#include "Accounts.h"

#include "Traffic.h"
#include "kickmsg/os/Time.h"

#include <algorithm>
#include <array>
#include <deque>
#include <optional>
#include <thread>

namespace kickmsg_stress {
namespace generated {

namespace {

class Subscribing {
public:
    Subscribing(TrialBoard& board, kickmsg::SharedRegion const& region, uint32_t which)
        : board_(board), plan_(board.plan), my_plan_(plan_.subscriber[which]), parked_(board.parked[which]),
          region_(region), account_(board.accounts.subscriber[which]), random_(plan_.seed * 100 + 50 + which)
    {
    }

    void run()
    {
        if (my_plan_.manner == Manner::Churning) {
            board_.wait_for_begin();
            do {
                stay();
            } while (board_.is_sending());
            return;
        }
        join();
        board_.wait_for_begin();
        while (board_.is_sending()) {
            stand_still_if_told();
            take_or_drop();
            if (my_plan_.manner == Manner::Slow) {
                kickmsg::sleep(std::chrono::microseconds(below(random_, 1000)));
            }
        }
        drain();
        leave();
    }

private:
    struct Held {
        kickmsg::Subscriber::SampleView view;
        uint64_t                        identity;
    };

    void join()
    {
        subscriber_.emplace(region_);
        reading_.emplace(account_, plan_.payload, my_plan_.manner != Manner::Churning);
        ++account_.joins;
    }

    void leave()
    {
        account_.lost += subscriber_->lost();
        if (below(random_, 2) == 0) {
            drop_views(0);
        }
        subscriber_.reset();
        drop_views(0); // they may outlive it
        reading_.reset();
    }

    /// A thread's turn to be stopped; a process is stopped by a signal.
    void stand_still_if_told()
    {
        account_.stopped += parked_.load() != 0 ? 1 : 0;
        while (parked_.load() != 0) {
            kickmsg::sleep(std::chrono::microseconds(100));
        }
    }

    void take_or_drop()
    {
        if (!take()) {
            if (below(random_, 4) == 0) {
                drop_views(below(random_, held_.size() + 1));
            }
            std::this_thread::yield();
        }
    }

    bool take()
    {
        Taking const taking = my_plan_.taking;
        bool const   mixed  = taking == Taking::Mixed;
        bool const viewed = mixed ? below(random_, 2) == 0 : taking == Taking::Viewed || taking == Taking::BlockingView;
        bool const sleeps = mixed ? below(random_, 2) == 0 : taking >= Taking::Blocking;
        auto const timeout = std::chrono::microseconds(sleeps ? 1 + below(random_, 3000) : 0);
        return viewed ? take_view(timeout) : take_copy(timeout);
    }

    bool take_copy(std::chrono::microseconds timeout)
    {
        auto message = subscriber_->try_receive();
        if (!message && timeout.count() != 0) {
            ++account_.blocked;
            message = subscriber_->receive(timeout);
            account_.woken += message ? 1 : 0;
        }
        if (message) {
            reading_->note(message->data(), message->len(), message->ring_pos(), subscriber_->lost());
        }
        return message.has_value();
    }

    bool take_view(std::chrono::microseconds timeout)
    {
        auto view = subscriber_->try_receive_view();
        if (!view && timeout.count() != 0) {
            ++account_.blocked;
            view = subscriber_->receive_view(timeout);
            account_.woken += view ? 1 : 0;
        }
        if (!view) {
            return false;
        }
        reading_->note(view->data(), view->len(), view->ring_pos(), subscriber_->lost());
        ++account_.views;
        uint64_t const identity = message::identify(view->data(), view->len(), plan_.payload);
        held_.push_back({std::move(*view), identity});
        drop_views(my_plan_.held);
        account_.most_held = std::max<uint64_t>(account_.most_held, held_.size());
        return true;
    }

    /// Drops the oldest until so many are left: what they show has not changed.
    void drop_views(std::size_t left)
    {
        while (held_.size() > left) {
            Held const& oldest = held_.front();
            if (!oldest.view.valid() ||
                message::identify(oldest.view.data(), oldest.view.len(), plan_.payload) != oldest.identity) {
                account_.fault.note("a view has changed: its position", oldest.view.ring_pos());
            }
            held_.pop_front();
        }
    }

    void drain()
    {
        while (my_plan_.taking == Taking::Viewed ? take_view({}) : take_copy({})) {
        }
    }

    /// One stay of one who comes and goes. What was sent before it is not seen; what was sent from after the join to
    /// before the leaving is received or lost; what was on its way at either end may count or not.
    void stay()
    {
        auto const before = numbers(board_.finished);
        join();
        auto const joined = numbers(board_.begun);
        for (uint64_t turns = below(random_, 200); turns != 0 && board_.is_sending(); --turns) {
            take_or_drop();
        }
        auto const until = numbers(board_.finished);
        drain();
        auto const     begun = numbers(board_.begun);
        uint64_t       least = 0, most = 0;
        uint64_t const known = reading_->received() + subscriber_->lost();
        for (uint32_t i = 1; i <= plan_.publishers; ++i) {
            least += until[i] > joined[i] ? until[i] - joined[i] : 0;
            most += begun[i] - before[i];
            first_must_follow(i, before[i]);
        }
        if (known < least || known > most) {
            account_.fault.note("of a stay, received and lost are not what was sent: known, least, most", known, least,
                                most);
        }
        leave();
    }

    void first_must_follow(uint32_t publisher, uint32_t before)
    {
        if (reading_->first(publisher) != 0 && reading_->first(publisher) <= before) {
            account_.fault.note("a message came that was sent before the join: publisher, number, finished before",
                                publisher, reading_->first(publisher), before);
        }
    }

    static std::array<uint32_t, most_publishers + 1> numbers(std::atomic<uint32_t> const (&of)[most_publishers + 1])
    {
        std::array<uint32_t, most_publishers + 1> now{};
        for (uint32_t i = 1; i <= most_publishers; ++i) {
            now[i] = of[i].load();
        }
        return now;
    }

    TrialBoard&                        board_;
    TrialPlan const&                   plan_;
    SubscriberPlan const&              my_plan_;
    std::atomic<uint32_t>&             parked_;
    kickmsg::SharedRegion const&       region_;
    SubscriberAccount&                 account_;
    Random                             random_;
    std::optional<kickmsg::Subscriber> subscriber_;
    std::optional<Reading>             reading_;
    std::deque<Held>                   held_;
};

} // namespace

void subscribe(TrialBoard& board, kickmsg::SharedRegion const& region, uint32_t which)
{
    Subscribing(board, region, which).run();
}

} // namespace generated
} // namespace kickmsg_stress
