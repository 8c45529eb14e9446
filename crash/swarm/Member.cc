/// What a process of the swarm does.
#include "Arena.h"
#include "Board.h"
#include "Random.h"

#include "RegionState.h"

#include <cerrno>
#include <cstring>
#include <thread>

namespace kickmsg_crash {

namespace {

using kickmsg::Publisher;
using kickmsg::SharedRegion;
using kickmsg::Subscriber;
using kickmsg_testkit::below;
using kickmsg_testkit::Random;

constexpr std::size_t most_views = 12;

class Member {
public:
    Member(Board& board, std::string const& region, uint32_t seat, uint32_t life, uint64_t seed)
        : board_(board), seat_(board.seat[seat]), me_(board.life[life]), id_(life + 1), random_(seed),
          region_(SharedRegion::open(region)), since_(most_lives), until_(most_lives)
    {
        kickmsg::detail::set_automatic_recovery(below(random_, 2) == 0);
    }

    void run()
    {
        while (phase() == Phase::Storm) {
            act();
        }
        drop_views(below(random_, 3)); // room for the conversation
        reach(Phase::Quiet);           // nobody sends any more when all are there
        count();
        note_where_all_are();
        reach(Phase::Count);
        converse();
        reach(Phase::Converse);
        count_exactly();
        reach(Phase::CountExactly); // every other one is killed here, with all it holds
        leave();
        drop_views(0);
        reach(Phase::Leave);
    }

private:
    Phase phase() const
    {
        return static_cast<Phase>(board_.phase.load());
    }

    void reach(Phase done)
    {
        seat_.reached.store(static_cast<uint32_t>(done));
        while (board_.phase.load() <= static_cast<uint32_t>(done) && done != Phase::Leave) {
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
    }

    void act()
    {
        switch (below(random_, 20)) {
        case 0:
            return subscriber_ ? receive(1000) : join();
        case 1:
            return subscriber_ && below(random_, 8) == 0 ? leave() : receive(1000);
        case 2:
            return recover();
        case 3:
            return abandon();
        case 4:
        case 5:
            return sleep_for_a_message();
        case 6:
            return drop_views(below(random_, most_views));
        case 7:
        case 8:
        case 9:
            return view(1 + below(random_, most_views));
        case 10:
        case 11:
        case 12:
        case 13:
            return send(1 + below(random_, 8), Phase::Storm);
        case 14:
            return below(random_, 20) == 0 ? hold_still() : send(1, Phase::Storm);
        default:
            return receive(1 + below(random_, 20));
        }
    }

    // --- sending
    /// Returns: whether there is a publisher. A recoverer that is stopped may keep the record of a dead one for a while.
    bool has_publisher()
    {
        try {
            if (!publisher_) {
                publisher_.emplace(region_);
            }
        } catch (kickmsg::Error const& error) {
            note_refusal(error);
            recover();
        }
        return publisher_.has_value();
    }

    void note_refusal(kickmsg::Error const& error)
    {
        if (error.code() != kickmsg::ErrorCode::NoFreeRing && error.code() != kickmsg::ErrorCode::NoFreeRecord) {
            board_.find(id_, error.what());
        }
        ++board_.tally.refused;
    }

    void send(uint64_t count, Phase during)
    {
        for (uint64_t i = 0; i < count && phase() == during && has_publisher(); ++i) {
            uint32_t const number = me_.finished.load() + 1;
            Message const  message(id_, number);
            me_.begun.store(number);
            bool const lent = below(random_, 4) == 0;
            if (lent ? !send_in_place(message) : !send_copied(message)) {
                ++board_.tally.exhaustions; // delivered to nobody: the number is used again
                return;
            }
            me_.finished.store(number);
            ++board_.tally.sent;
        }
    }

    bool send_copied(Message const& message)
    {
        auto const answer = publisher_->send(message.data(), message.length());
        if (answer != static_cast<int32_t>(message.length()) && answer != -EAGAIN) {
            board_.find(id_, "send answered something else", static_cast<uint64_t>(-answer));
        }
        return answer >= 0;
    }

    bool send_in_place(Message const& message)
    {
        void* const memory = publisher_->allocate(message.length());
        if (memory != nullptr) {
            std::memcpy(memory, message.data(), message.length());
            publisher_->publish();
        }
        return memory != nullptr;
    }

    void abandon()
    {
        void* const memory = has_publisher() ? publisher_->allocate(Message::most) : nullptr;
        if (memory != nullptr) {
            std::memset(memory, 0xee, Message::most); // nobody may ever see this
            publisher_.reset();
            ++board_.tally.abandoned;
        }
    }

    // --- receiving
    void join()
    {
        for (uint32_t life = 0; life < most_lives; ++life) {
            seat_.last[life].store(0);
            until_[life] = board_.life[life].finished.load();
        }
        try {
            subscriber_.emplace(region_);
        } catch (kickmsg::Error const& error) {
            return note_refusal(error);
        }
        for (uint32_t life = 0; life < most_lives; ++life) {
            since_[life] = board_.life[life].begun.load();
        }
        received_ = 0;
        noted_    = 0;
        ++board_.tally.joins;
        seat_.joined.store(1);
    }

    void leave()
    {
        note_losses();
        seat_.joined.store(0);
        subscriber_.reset(); // its views may stay
    }

    void accept(void const* data, std::size_t length)
    {
        uint64_t const identity = Message::identify(data, length);
        uint32_t const from     = static_cast<uint32_t>(identity >> 32);
        uint32_t const number   = static_cast<uint32_t>(identity);
        ++received_;
        ++board_.tally.received;
        if (identity == 0 || from > board_.lives.load()) {
            return board_.find(id_, "a message is corrupt", identity);
        }
        uint32_t const last = seat_.last[from - 1].load();
        if (number <= last) {
            board_.find(id_, "a message came twice or out of order", from, number, last);
        }
        if (number <= until_[from - 1] || number > board_.life[from - 1].begun.load()) {
            board_.find(id_, "a message came that was sent before joining, or never", from, number, until_[from - 1]);
        }
        seat_.last[from - 1].store(number);
    }

    void receive(uint64_t count)
    {
        for (uint64_t i = 0; subscriber_ && i < count; ++i) {
            auto const message = subscriber_->try_receive();
            if (!message) {
                break;
            }
            accept(message->data(), message->len());
        }
        note_losses();
    }

    void sleep_for_a_message()
    {
        receive(1000);
        if (subscriber_) {
            ++board_.tally.blocked;
            auto const message = subscriber_->receive(std::chrono::milliseconds(1 + below(random_, 40)));
            if (message) {
                ++board_.tally.woken;
                accept(message->data(), message->len());
            }
        }
    }

    void view(uint64_t count)
    {
        for (uint64_t i = 0; subscriber_ && i < count && views_.size() < most_views; ++i) {
            auto view = subscriber_->try_receive_view();
            if (!view) {
                break;
            }
            accept(view->data(), view->len());
            identities_.push_back(Message::identify(view->data(), view->len()));
            views_.push_back(std::move(*view));
            show_views();
            ++board_.tally.views;
        }
        note_losses();
    }

    void drop_views(std::size_t left)
    {
        while (views_.size() > left) {
            if (Message::identify(views_.back().data(), views_.back().len()) != identities_.back()) {
                board_.find(id_, "a view has changed", identities_.back());
            }
            views_.pop_back();
            identities_.pop_back();
            show_views();
        }
    }

    void show_views()
    {
        seat_.views.store(static_cast<uint32_t>(views_.size()));
    }

    void note_losses()
    {
        if (subscriber_) {
            uint64_t const lost = subscriber_->lost();
            board_.tally.lost += lost - noted_;
            noted_ = lost;
        }
    }

    // --- the rest
    void recover()
    {
        uint32_t held = 0;
        for (Seat const& seat : board_.seat) {
            held += seat.views.load();
        }
        auto const report = region_.recover();
        ++board_.tally.recoveries;
        board_.tally.recovered += report.participants;
        board_.tally.views_at_recovery += report.participants != 0 ? held : 0;
    }

    void hold_still()
    {
        std::this_thread::sleep_for(std::chrono::microseconds(below(random_, 3000)));
    }

    /// When nobody sends any more: what it received and lost is what was sent to it while it was there. A message that
    /// was on its way when this one joined, or whose sender was killed in the middle, may count or not.
    void count()
    {
        if (!subscriber_) {
            return;
        }
        receive(~uint64_t{0});
        uint64_t least = 0;
        uint64_t most  = 0;
        for (uint32_t life = 0; life < board_.lives.load(); ++life) {
            uint32_t const begun    = board_.life[life].begun.load();
            uint32_t const finished = board_.life[life].finished.load();
            least += finished > since_[life] ? finished - since_[life] : 0;
            most += begun - until_[life];
        }
        uint64_t const known = received_ + subscriber_->lost();
        ++board_.tally.counted;
        if (known < least || known > most) {
            board_.find(id_, "received and lost are not what was sent: known, least, most", known, least, most);
        }
    }

    void note_where_all_are()
    {
        before_ = subscriber_ ? received_ + subscriber_->lost() : 0;
        for (SwarmLife const& life : board_.life) {
            finished_before_ += life.finished.load();
        }
    }

    /// Nobody dies or is stopped now: all send and receive at once, and each message counts.
    void converse()
    {
        for (int turn = 0; turn < 40; ++turn) {
            send(1 + below(random_, 4), Phase::Converse);
            receive(1 + below(random_, 8));
        }
    }

    void count_exactly()
    {
        uint64_t finished = 0;
        for (SwarmLife const& life : board_.life) {
            finished += life.finished.load();
        }
        if (subscriber_) {
            receive(~uint64_t{0});
            uint64_t const known = received_ + subscriber_->lost() - before_;
            ++board_.tally.counted_exactly;
            board_.tally.conversed += known;
            if (known != finished - finished_before_) {
                board_.find(id_, "received and lost of the last messages, and sent", known,
                            finished - finished_before_);
            }
        }
    }

    Board&                              board_;
    Seat&                               seat_;
    SwarmLife&                          me_;
    uint32_t                            id_;
    Random                              random_;
    SharedRegion                        region_;
    std::optional<Publisher>            publisher_;
    std::optional<Subscriber>           subscriber_;
    std::vector<Subscriber::SampleView> views_;
    std::vector<uint64_t>               identities_;
    std::vector<uint32_t>               since_; ///< number that each publisher had begun when this one had joined
    std::vector<uint32_t>               until_; ///< number that each had finished when this one began to join
    uint64_t                            received_        = 0;
    uint64_t                            noted_           = 0;
    uint64_t                            before_          = 0; ///< received and lost before the conversation
    uint64_t                            finished_before_ = 0; ///< sent by all before it
};

} // namespace

void live_in_swarm(Board& board, std::string const& region, uint32_t seat, uint32_t life, uint64_t seed)
{
    Member(board, region, seat, life, seed).run();
}

kickmsg::channel::Config config_of_swarm()
{
    kickmsg::channel::Config cfg;
    cfg.pool_size         = 48; // far from enough for all rings and views: evictions, and now and then no slot at all
    cfg.sub_ring_capacity = 8;
    cfg.max_subscribers   = 14;
    cfg.max_publishers    = 6; // each keeps two slots
    cfg.max_payload_size  = Message::most;
    return cfg;
}

} // namespace kickmsg_crash
