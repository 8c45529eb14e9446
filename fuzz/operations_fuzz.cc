/// A byte stream as operations, against a reference model: each subscriber is a queue of `capacity` numbers that loses
/// its oldest. In an ample pool every answer is exact; in a starved one what was lost is unknown, but not how many.
#include "support.h"

#include "AutomaticRecovery.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <deque>
#include <memory>
#include <optional>
#include <set>
#include <vector>

using namespace kickmsg_fuzz;
using kickmsg::Publisher;
using kickmsg::SharedRegion;
using kickmsg::Subscriber;

namespace {

constexpr uint32_t    publishers_most  = 2;
constexpr uint32_t    subscribers_most = 3;
constexpr std::size_t views_most       = 4;
constexpr std::size_t payload_most     = 48;

struct Reader {
    explicit Reader(SharedRegion const& region, uint32_t number) : id(number), subscriber(region) {}

    uint32_t             id;
    Subscriber           subscriber;
    std::deque<uint32_t> unread; ///< of an ample pool
    uint64_t             delivered = 0, received = 0, dropped = 0;
    uint32_t             last = 0;
};

struct Writer {
    explicit Writer(SharedRegion const& region) : publisher(region) {}

    Publisher               publisher;
    std::optional<uint32_t> pending; ///< number of the message in the allocated slot
};

struct Held {
    Subscriber::SampleView view;
    uint32_t               number, reader;
};

void check_contents(void const* data, std::size_t length, uint32_t number)
{
    std::string const expected = message(number, payload_most);
    require(length == expected.size() && std::memcmp(data, expected.data(), length) == 0, "the message's contents");
}

class World {
public:
    explicit World(uint32_t settings) : capacity_(2U << settings % 3), ample_(settings / 4 % 4 != 0)
    {
        kickmsg::channel::Config cfg;
        cfg.max_subscribers   = subscribers_most;
        cfg.sub_ring_capacity = capacity_;
        cfg.pool_size         = ample_ ? subscribers_most * capacity_ + views_most + std::size_t{2} * publishers_most
                                       : std::size_t{2} * publishers_most + settings / 16 % 8;
        cfg.max_payload_size  = payload_most;
        cfg.max_publishers    = publishers_most;
        cfg.max_views         = std::min<uint32_t>(cfg.pool_size, views_most);
        pool_                 = cfg.pool_size;
        region_.emplace(SharedRegion::create(name_.str(), kickmsg::channel::PubSub, cfg));
    }

    void step(uint32_t operation, uint32_t which)
    {
        switch (operation) {
        case 0:
            return join_or_leave(which);
        case 1:
            return open_or_close_writer(which);
        case 2:
            return drop_view(which);
        case 3:
            return receive_view(which);
        case 4:
        case 5:
            return receive(which);
        case 6:
            return allocate(which);
        case 7:
            return publish(which);
        case 8:
            return inspect();
        case 9:
            return recover();
        case 10:
            return claim_schema(which);
        case 11:
            return refuse(which);
        default:
            return send(which);
        }
    }

    /// Every message that was delivered to a subscriber was received or lost by it.
    void finish()
    {
        held_.clear();
        for (auto& reader : readers_) {
            while (reader && take(*reader, [&] { return reader->subscriber.try_receive(); })) {
            }
        }
        readers_        = {};
        writers_        = {};
        auto const free = region_->stats();
        require(free.pool_free == pool_ && free.pool_kept == 0 && free.corrupt == 0, "all slots are free at the end");
    }

private:
    Writer* writer(uint32_t which)
    {
        auto& found = writers_[which % publishers_most];
        if (!found) {
            found = std::make_unique<Writer>(*region_);
        }
        return found.get();
    }

    void delivered(uint32_t number)
    {
        for (auto& reader : readers_) {
            if (!reader) {
                continue;
            }
            ++reader->delivered;
            reader->unread.push_back(number);
            if (reader->unread.size() > capacity_) {
                reader->unread.pop_front();
                ++reader->dropped;
            }
        }
    }

    std::size_t living() const
    {
        std::size_t count = 0;
        for (auto const& reader : readers_) {
            count += reader ? 1 : 0;
        }
        return count;
    }

    void send(uint32_t which)
    {
        Writer*           from  = writer(which);
        std::string const bytes = message(++numbers_, payload_most);
        int32_t const     sent  = from->publisher.send(bytes.data(), bytes.size());
        if (sent == -EAGAIN && !ample_) {
            return;
        }
        require(sent == static_cast<int32_t>(bytes.size()), "send() in a pool with room");
        from->pending.reset();
        delivered(numbers_);
    }

    void allocate(uint32_t which)
    {
        Writer*           from  = writer(which);
        std::string const bytes = message(++numbers_, payload_most);
        void* const       lent  = from->publisher.allocate(bytes.size());
        require(lent != nullptr || !ample_, "allocate() in a pool with room");
        if (lent != nullptr) {
            std::memcpy(lent, bytes.data(), bytes.size());
            from->pending = numbers_;
        }
    }

    void publish(uint32_t which)
    {
        Writer* from = writer(which);
        if (from->pending) {
            require(from->publisher.publish(payload_most + 1) == 0, "a longer message than allocated");
        }
        std::size_t const expected = from->pending ? living() : 0;
        require(from->publisher.publish() == expected, "rings reached");
        if (from->pending) {
            delivered(*from->pending);
            from->pending.reset();
        }
    }

    /// Receives by `call` and compares with the model. Returns: what was received.
    template <class Call>
    auto take(Reader& reader, Call call) -> decltype(call())
    {
        auto       sample = call();
        bool const there  = sample.has_value();
        require(there || reader.received + reader.subscriber.lost() == reader.delivered,
                "nothing there, but not all came");
        if (!there) {
            require(!ample_ || reader.unread.empty(), "nothing received although a message is there");
            return sample;
        }
        require(sample->len() >= sizeof(uint32_t), "a length that nobody sent");
        uint32_t number = 0;
        std::memcpy(&number, sample->data(), sizeof(number));
        check_contents(sample->data(), sample->len(), number);
        ++reader.received;
        check_order(reader, number);
        return sample;
    }

    void check_order(Reader& reader, uint32_t number)
    {
        require(reader.received + reader.subscriber.lost() <= reader.delivered, "more received and lost than sent");
        if (ample_) {
            require(!reader.unread.empty() && reader.unread.front() == number,
                    "another message than the oldest unread");
            require(reader.subscriber.lost() == reader.dropped, "lost() is exact");
            reader.unread.pop_front();
        }
    }

    Reader* reader(uint32_t which)
    {
        return readers_[which % subscribers_most].get();
    }

    void receive(uint32_t which)
    {
        if (Reader* to = reader(which)) {
            take(*to, [&] { return to->subscriber.try_receive(); });
        }
    }

    void receive_view(uint32_t which)
    {
        Reader* to = reader(which);
        if (to == nullptr || held_.size() == views_most) {
            return;
        }
        if (auto view = take(*to, [&] { return to->subscriber.try_receive_view(); })) {
            uint32_t number = 0;
            std::memcpy(&number, view->data(), sizeof(number));
            held_.push_back(Held{std::move(*view), number, to->id});
        }
    }

    void drop_view(uint32_t which)
    {
        if (!held_.empty()) {
            Held& held = held_[which % held_.size()];
            check_contents(held.view.data(), held.view.len(), held.number);
            std::swap(held, held_.back());
            held_.pop_back();
        }
    }

    void join_or_leave(uint32_t which)
    {
        auto& place = readers_[which % subscribers_most];
        if (place) {
            place.reset();
            return;
        }
        std::set<uint32_t> occupied; // rings whose subscriber left while views are held
        for (Held const& held : held_) {
            bool const lives =
                std::any_of(readers_.begin(), readers_.end(), [&](auto const& r) { return r && r->id == held.reader; });
            if (!lives) {
                occupied.insert(held.reader);
            }
        }
        try {
            place = std::make_unique<Reader>(*region_, ++readers_made_);
            require(living() + occupied.size() <= subscribers_most, "more subscribers than rings");
        } catch (kickmsg::Error const& error) {
            require(error.code() == kickmsg::ErrorCode::NoFreeRing, error.what());
            require(living() + occupied.size() == subscribers_most, "no ring, though one is free");
        }
    }

    void open_or_close_writer(uint32_t which)
    {
        auto& place = writers_[which % publishers_most];
        if (place) {
            place.reset();
        } else {
            writer(which);
        }
    }

    void inspect()
    {
        auto const health = region_->diagnose();
        require(health.live_rings == living() && health.orphaned_slots == 0 && health.dead_participants == 0 &&
                    health.retired_rings == 0 && health.locked_entries == 0 && !health.unlinked,
                "diagnose() of a sound region");
        std::set<uint32_t> used;
        for (Held const& held : held_) {
            used.insert(held.number);
        }
        for (auto const& reader : readers_) {
            if (reader && ample_) {
                used.insert(reader->unread.begin(), reader->unread.end());
            }
        }
        auto const stats = region_->stats();
        require(stats.pool_free <= pool_ - used.size() && stats.corrupt == 0, "stats() counts a used slot as free");
        require(!ample_ || stats.pool_free + stats.pool_kept + used.size() == pool_,
                "a slot that nobody needs is neither free nor kept");
    }

    void recover()
    {
        auto const report = region_->recover();
        require(
            report.participants + report.rings + report.entries + report.references + report.slots + report.schema == 0,
            "recover() among the living");
    }

    void claim_schema(uint32_t which)
    {
        kickmsg::SchemaInfo info{};
        info.version = which;
        require(region_->try_claim_schema(info) == !schema_, "the first claim sets the schema");
        schema_ = schema_ ? schema_ : which;
        require(region_->schema() && region_->schema()->version == *schema_, "the schema that was set");
    }

    void refuse(uint32_t which)
    {
        char const bytes[payload_most + 1] = {};
        require(writer(which)->publisher.send(bytes, sizeof(bytes)) == -EMSGSIZE, "a message too long");
    }

    Name                                                  name_;
    uint32_t                                              capacity_;
    bool                                                  ample_;
    uint32_t                                              pool_ = 0;
    std::optional<SharedRegion>                           region_;
    std::array<std::unique_ptr<Writer>, publishers_most>  writers_;
    std::array<std::unique_ptr<Reader>, subscribers_most> readers_;
    std::vector<Held>                                     held_;
    std::optional<uint32_t>                               schema_;
    uint32_t                                              numbers_ = 0, readers_made_ = 0;
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(uint8_t const* data, std::size_t size)
{
    kickmsg::detail::set_automatic_recovery(false); // it goes by the clock
    Input input(data, size);
    World world(input.byte());
    while (!input.empty()) {
        uint32_t const operation = input.byte();
        world.step(operation % 16, operation / 16);
    }
    world.finish();
    return 0;
}
