#include "Traffic.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace kickmsg_stress {

void run_together(std::vector<std::function<void()>> const& bodies)
{
    std::atomic<std::size_t> waiting{bodies.size()};
    std::vector<std::thread> threads;
    for (auto const& body : bodies) {
        threads.emplace_back([&waiting, &body] {
            waiting.fetch_sub(1);
            while (waiting.load() != 0) {
                std::this_thread::yield();
            }
            body();
        });
    }
    for (auto& thread : threads) {
        thread.join();
    }
}

bool Listener::take(bool viewed)
{
    if (viewed) {
        auto const view = subscriber.try_receive_view();
        if (view) {
            ++views;
            note(view->data(), view->len(), view->ring_pos());
        }
        return view.has_value();
    }
    auto const message = subscriber.try_receive();
    if (message) {
        note(message->data(), message->len(), message->ring_pos());
    }
    return message.has_value();
}

void Listener::drain(bool viewed)
{
    while (take(viewed)) {
    }
}

void Listener::note(void const* data, std::size_t length, uint64_t at)
{
    uint64_t const identity = Message::identify(data, length);
    uint32_t const number   = static_cast<uint32_t>(identity);
    uint32_t&      before   = last[static_cast<uint32_t>(identity >> 32)];
    if (identity == 0 || number <= before || (received != 0 && static_cast<int64_t>(at - position) <= 0)) {
        wrong =
            wrong.empty() ? (identity == 0 ? "a message is corrupt" : "a message came twice or out of order") : wrong;
    }
    before   = number;
    position = at;
    ++received;
}

namespace {

/// One run of a plan.
class Run {
public:
    Run(TrafficPlan const& plan, std::string const& name)
        : plan_(plan), name_(name), region_(kickmsg_test::make(name_, plan.config)), sending_(plan.publishers)
    {
        if (plan.before) {
            plan.before(name_);
        }
        for (uint32_t i = 0; i < plan.subscribers; ++i) {
            listeners_.push_back(std::make_unique<Listener>(region_));
        }
    }

    Outcome run()
    {
        std::vector<std::function<void()>> bodies;
        for (uint32_t i = 1; i <= plan_.publishers; ++i) {
            bodies.push_back([this, i] { publish(i); });
        }
        for (auto& listener : listeners_) {
            bodies.push_back([this, &listener] { listen(*listener); });
        }
        for (auto const& act : plan_.meanwhile) {
            bodies.push_back([this, &act] { repeat(act); });
        }
        run_together(bodies);
        return conclude();
    }

private:
    void publish(uint32_t who)
    {
        {
            kickmsg::Publisher publisher(region_);
            for (uint32_t number = 1; number <= plan_.messages; ++number) {
                Message const message(who, number);
                bool const    sent = publisher.send(message.data(), message.length()) > 0;
                (sent ? sent_ : refused_).fetch_add(1);
                if (number % plan_.burst == 0) {
                    std::this_thread::yield(); // or each sends all in one slice of its processor
                }
            }
        }
        sending_.fetch_sub(1);
    }

    void listen(Listener& listener)
    {
        while (sending_.load() != 0) {
            if (!listener.take(plan_.viewed)) {
                std::this_thread::yield();
            }
        }
        listener.drain(plan_.viewed);
    }

    void repeat(std::function<void(kickmsg::SharedRegion&)> const& act)
    {
        do {
            act(region_);
            turns_.fetch_add(1);
        } while (sending_.load() != 0);
    }

    Outcome conclude()
    {
        Outcome outcome;
        outcome.sent           = sent_.load();
        outcome.refused        = refused_.load();
        outcome.turns          = turns_.load();
        outcome.least_received = outcome.sent;
        for (auto& listener : listeners_) {
            uint64_t const lost = listener->subscriber.lost();
            EXPECT_EQ(listener->wrong, "");
            EXPECT_EQ(listener->received + lost, outcome.sent) << listener->received << " received";
            outcome.received += listener->received;
            outcome.lost += lost;
            outcome.least_received = std::min(outcome.least_received, listener->received);
        }
        EXPECT_EQ(kickmsg_test::allocatable(name_), plan_.config.pool_size) << "slots are missing";
        EXPECT_EQ(region_.stats().corrupt, 0U);
        if (plan_.after) {
            plan_.after(name_);
        }
        return outcome;
    }

    TrafficPlan const&                     plan_;
    kickmsg_test::Name                     name_;
    kickmsg::SharedRegion                  region_;
    std::vector<std::unique_ptr<Listener>> listeners_;
    std::atomic<uint32_t>                  sending_;
    std::atomic<uint64_t>                  sent_{0}, refused_{0}, turns_{0};
};

} // namespace

Outcome run(TrafficPlan const& plan, std::string const& name)
{
    return Run(plan, name).run();
}

} // namespace kickmsg_stress
