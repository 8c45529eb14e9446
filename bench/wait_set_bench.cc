/// wake/set/ and wake/epoll/: how long a process that waits for many topics takes to answer a message of one of them.
///
/// As wake/ (wake.h), after idle_us of silence: the sender sends to one topic after another, the sleeper waits with one set for all, receives from
/// what is ready, and answers. wake/epoll waits for the set's descriptor.
#include "peers/peer.h"
#include "plan.h"
#include "process.h"
#include "wake.h"

#include "kickmsg/Publisher.h"
#include "kickmsg/Subscriber.h"
#include "kickmsg/WaitSet.h"

#include <chrono>
#include <deque>
#include <new>
#include <stdexcept>

#ifdef __linux__
#include <sys/epoll.h>
#include <unistd.h>
#endif

namespace kickmsg {
namespace bench {
namespace {

constexpr uint32_t idle_us  = 100; ///< as wake/idle_us:100, which it is compared with
constexpr auto     patience = std::chrono::seconds(static_cast<int>(answer_limit));

using Names = std::deque<RegionName>;

channel::Config geometry()
{
    channel::Config config;
    config.max_subscribers   = 1;
    config.max_publishers    = 1;
    config.sub_ring_capacity = 8;
    config.pool_size         = 16;
    config.max_payload_size  = headline_size;
    return config;
}

/// One set for all topics.
class Topics {
public:
    explicit Topics(Names const& names)
    {
        for (RegionName const& name : names) {
            regions_.push_back(SharedRegion::open(name.str()));
            in_.emplace_back(regions_.back());
            set_.add(in_.back(), in_.size() - 1);
        }
    }
    /// Waits, and receives from a topic that is ready.
    Got wait(uint64_t sequence)
    {
        for (;;) {
            auto const ready = set_.wait(patience);
            if (!ready) {
                return Got::Timeout;
            }
            if (auto const got = take(ready, sequence)) {
                return *got;
            }
        }
    }
    uint64_t lost() const
    {
        uint64_t all = 0;
        for (Subscriber const& in : in_) {
            all += in.lost();
        }
        return all;
    }

protected:
    /// A topic that is ready may have nothing after all.
    std::optional<Got> take(WaitSet::Ready const& ready, uint64_t sequence)
    {
        for (uint64_t const key : ready) {
            if (auto const view = in_[key].try_receive_view()) {
                return view->len() == headline_size ? judge_payload(view->data(), headline_size, sequence) : Got::Wrong;
            }
        }
        return std::nullopt;
    }

    std::deque<SharedRegion> regions_;
    std::deque<Subscriber>   in_;
    WaitSet                  set_;
};

#ifdef __linux__
/// The same by the set's descriptor in an epoll: readable, then wait(0) until there is nothing.
class PolledTopics : public Topics {
public:
    explicit PolledTopics(Names const& names) : Topics(names), epoll_(epoll_create1(EPOLL_CLOEXEC))
    {
        epoll_event event = {};
        event.events      = EPOLLIN;
        if (epoll_ < 0 || epoll_ctl(epoll_, EPOLL_CTL_ADD, set_.native_handle(), &event) != 0) {
            throw std::runtime_error("no epoll");
        }
    }
    PolledTopics(PolledTopics const&)            = delete;
    PolledTopics& operator=(PolledTopics const&) = delete;
    ~PolledTopics()
    {
        close(epoll_);
    }
    Got wait(uint64_t sequence)
    {
        for (;;) {
            auto const ready = set_.wait(std::chrono::nanoseconds(0));
            if (auto const got = take(ready, sequence)) {
                return *got;
            }
            epoll_event event;
            if (!ready && epoll_wait(epoll_, &event, 1, static_cast<int>(answer_limit * 1e3)) != 1) {
                return Got::Timeout;
            }
        }
    }

private:
    int epoll_;
};
#endif

template <class Sleeper>
int sleep_on(Names const& names, WakeShared& shared, Line const& line)
{
    line.hear('c');
    Sleeper sleeper(names);
    line.tell('o');
    int const code = run_sleeper(shared, [&sleeper](uint64_t sequence) { return sleeper.wait(sequence); });
    return code != 0 ? code : sleeper.lost() == 0 ? 0 : 100;
}

/// The publishers of all topics.
class Senders {
public:
    explicit Senders(Names const& names)
    {
        for (RegionName const& name : names) {
            regions_.push_back(SharedRegion::create(name.str(), channel::PubSub, geometry()));
            out_.emplace_back(regions_.back());
        }
    }
    /// To one after another.
    bool send(uint64_t sequence)
    {
        Publisher&  out  = out_[turn_++ % out_.size()];
        void* const slot = out.allocate(headline_size);
        if (slot == nullptr) {
            return false;
        }
        write_payload(slot, headline_size, sequence);
        return out.publish() == 1;
    }

private:
    std::deque<SharedRegion> regions_;
    std::deque<Publisher>    out_;
    std::size_t              turn_ = 0;
};

template <class Sleeper>
Round measure_topics(Plan const& plan, uint32_t topics)
{
    SharedBytes memory(sizeof(WakeShared));
    auto&       shared = *new (memory.data()) WakeShared();
    Names       names;
    for (uint32_t i = 0; i < topics; ++i) {
        names.emplace_back("topic" + std::to_string(i));
    }
    Child   child(plan.placement.second, static_cast<unsigned>(plan.latency_seconds + 60),
                  [&](Line const& line) { return sleep_on<Sleeper>(names, shared, line); });
    Senders senders(names);
    child.line().tell('c');
    child.line().hear('o');
    Round const round = run_wakes(
        plan, idle_us, shared, [&senders](uint64_t sequence) { return senders.send(sequence); }, 2 * topics);
    return judged(round, child);
}

Cell wait_cell(Plan const& plan, std::string const& kind, std::string const& peer, uint32_t topics,
               std::function<Round(Plan const&)> measure)
{
    int const rounds = plan.mode == "quick" ? plan.rounds : plan.family_rounds + 2; // as wake/
    Cell cell  = sample_cell("wake/" + kind + "/peer:" + peer + "/topics:" + std::to_string(topics), group_wake, rounds,
                             2, "from the send until the sleeper's answer is seen", std::move(measure));
    cell.floor = "floor/wake/idle_us:" + std::to_string(idle_us);
    cell.peer  = peer;
    cell.peer_class = blocking;
    return cell;
}

} // namespace

void add_wait_set_cells(Plan const& plan, std::vector<Cell>& cells)
{
    for (uint32_t const topics : plan.extent.topics) {
        cells.push_back(wait_cell(plan, "set", own_name, topics,
                                  [topics](Plan const& p) { return measure_topics<Topics>(p, topics); }));
        cells.back().settings = "a region for each topic, all subscribers in one WaitSet";
#ifdef __linux__
        if (topics <= 8) {
            cells.push_back(wait_cell(plan, "epoll", own_name, topics,
                                      [topics](Plan const& p) { return measure_topics<PolledTopics>(p, topics); }));
            cells.back().settings = "the same; the set's native_handle in an epoll, the set asked without waiting";
        }
#endif
        for (Peer const& peer : all_peers()) {
            if (peer.wait_set && peer.absent.empty()) {
                cells.push_back(wait_cell(plan, "set", peer.name, topics, [&peer, topics](Plan const& p) {
                    return peer.wait_set(p.placement, p.budget(), topics, idle_us);
                }));
                cells.back().settings =
                    peer.name + "'s own wait set; a service for each topic and an event service beside it";
            }
        }
    }
}

} // namespace bench
} // namespace kickmsg
