/// What those do who take part in a drawn trial: threads of one process, or a process each.
#include "DrawnAccounts.h"

#include "Traffic.h"
#include "kickmsg/os/Time.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <deque>
#include <optional>
#include <thread>

namespace kickmsg_stress {
namespace drawn {

namespace {

using Accepted = kickmsg::Subscriber::SampleView;

/// However short the time is.
constexpr uint32_t least_attempts = 16;

void wait_for_go(Board& board)
{
    board.ready.fetch_add(1);
    while (board.go.load() == 0 && board.aborted.load() == 0) {
        kickmsg::sleep(std::chrono::microseconds(50));
    }
}

class Publishing {
public:
    Publishing(Board& board, kickmsg::SharedRegion const& region, uint32_t which)
        : board_(board), plan_(board.plan), id_(which + 1), account_(board.accounts.publisher[which]),
          random_(plan_.seed * 100 + which), publisher_(std::in_place, region), bytes_(plan_.payload),
          steady_(plan_.steady())
    {
    }

    void run()
    {
        wait_for_go(board_);
        uint64_t const end = kickmsg::monotonic_ns() + plan_.milliseconds * uint64_t{1000000};
        for (uint32_t attempt = 0; attempt < least_attempts || kickmsg::monotonic_ns() < end; ++attempt) {
            send_one();
            if (attempt % plan_.publisher[id_ - 1].burst == 0) {
                std::this_thread::yield();
            }
        }
        if (publisher_->dropped() != account_.refused) {
            account_.fault.note("dropped() is not what was refused", publisher_->dropped(), account_.refused);
        }
        publisher_.reset();
        board_.sending.fetch_sub(1);
    }

private:
    /// A number that was refused has been delivered to nobody, and is used again.
    void send_one()
    {
        uint32_t const    number = board_.finished[id_].load() + 1;
        std::size_t const length = message::length_of(id_, number, plan_.payload);
        board_.begun[id_].store(number);
        Sending const sending = plan_.publisher[id_ - 1].sending;
        bool const    lent    = sending == Sending::Mixed ? below(random_, 2) == 0 : sending != Sending::Copied;
        if (lent ? !send_in_place(number, length) : !send_copied(number, length)) {
            ++account_.refused;
            return std::this_thread::yield();
        }
        board_.finished[id_].store(number);
        ++account_.sent;
        account_.zero_length += length == 0 ? 1 : 0;
        account_.large += length >= 32768 ? 1 : 0;
    }

    bool send_copied(uint32_t number, std::size_t length)
    {
        message::write(bytes_.data(), id_, number, length);
        int32_t const answer = publisher_->send(bytes_.data(), length);
        if (answer != static_cast<int32_t>(length) && answer != -EAGAIN) {
            account_.fault.note("send() answered something else: expected, minus the answer", length,
                                static_cast<uint64_t>(-answer));
        }
        return answer >= 0;
    }

    bool send_in_place(uint32_t number, std::size_t length)
    {
        Sending const     sending = plan_.publisher[id_ - 1].sending;
        bool const        shorter = sending == Sending::Shortened || (sending == Sending::Mixed && number % 2 == 0);
        std::size_t const more    = shorter ? below(random_, plan_.payload - length + 1) : 0;
        void* const       memory  = publisher_->allocate(length + more);
        if (memory == nullptr) {
            return false;
        }
        message::write(memory, id_, number, length);
        std::size_t const reached = shorter ? publisher_->publish(length) : publisher_->publish();
        if (reached < steady_ || reached > plan_.subscribers) {
            account_.fault.note("publish() reached other rings than there are: reached, least, most", reached, steady_,
                                plan_.subscribers);
        }
        ++(shorter ? account_.shortened : account_.lent);
        return true;
    }

    Board&                            board_;
    Plan const&                       plan_;
    uint32_t                          id_;
    PublisherAccount&                 account_;
    Random                            random_;
    std::optional<kickmsg::Publisher> publisher_;
    std::vector<unsigned char>        bytes_;
    uint32_t                          steady_;
};

class Subscribing {
public:
    Subscribing(Board& board, kickmsg::SharedRegion const& region, uint32_t which)
        : board_(board), plan_(board.plan), my_plan_(plan_.subscriber[which]), parked_(board.parked[which]),
          region_(region), account_(board.accounts.subscriber[which]), random_(plan_.seed * 100 + 50 + which)
    {
    }

    void run()
    {
        if (my_plan_.manner == Manner::Churning) {
            wait_for_go(board_);
            do {
                stay();
            } while (board_.is_sending());
            return;
        }
        join();
        wait_for_go(board_);
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
        Accepted view;
        uint64_t identity;
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

    Board&                             board_;
    Plan const&                        plan_;
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

void take_part(Board& board, kickmsg::SharedRegion const& region, uint32_t which) noexcept
{
    uint32_t const publishers = board.plan.publishers;
    try {
        if (which < publishers) {
            Publishing(board, region, which).run();
        } else {
            Subscribing(board, region, which - publishers).run();
        }
    } catch (std::exception const& error) {
        board.fault_of(which).note(error.what());
        board.aborted.store(1);
    }
    board.ended.fetch_add(1);
}

} // namespace drawn
} // namespace kickmsg_stress
