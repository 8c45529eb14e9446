/// A valid region whose words somebody else overwrites between the operations: every call ends, keeps to the mapping, and
/// gives out no length beyond max_payload_size.
#include "support.h"

#include "Mapping.h"
#include "raw_region.h"

#include <array>
#include <memory>
#include <optional>
#include <vector>

using namespace kickmsg_fuzz;
using kickmsg::Error;
using kickmsg::Publisher;
using kickmsg::SharedRegion;
using kickmsg::Subscriber;

namespace {

constexpr std::size_t payload_most = 48;

kickmsg::channel::Config config(uint32_t settings)
{
    kickmsg::channel::Config cfg;
    cfg.max_subscribers   = 3;
    cfg.sub_ring_capacity = 2U << settings % 4;
    cfg.pool_size         = 2 + settings / 4 % 16;
    cfg.max_payload_size  = payload_most;
    cfg.max_publishers    = 2;
    return cfg;
}

void touch(void const* data, std::size_t length)
{
    require(length <= payload_most, "a length beyond max_payload_size");
    unsigned char volatile sum = 0;
    for (std::size_t i = 0; i < length; ++i) {
        sum = static_cast<unsigned char>(sum + static_cast<unsigned char const*>(data)[i]);
    }
}

class World {
public:
    explicit World(kickmsg::channel::Config const& cfg)
        : region_(SharedRegion::create(name_.str(), kickmsg::channel::PubSub, cfg)), raw_(name_.str())
    {
    }

    void step(uint32_t operation, uint32_t which, Input& input)
    {
        try {
            switch (operation) {
            case 0:
            case 1:
            case 2:
            case 3:
                return overwrite(which, input);
            case 4:
            case 5:
                return send(which);
            case 6:
                return receive(which);
            case 7:
                return receive_view(which);
            case 8:
                return which % 2 == 0 || views_.empty() ? publish(which) : views_.pop_back();
            case 9:
                return join_or_leave(which);
            default:
                return repair(operation, which);
            }
        } catch (Error const&) {
            // a set-up call may say that it cannot
        }
    }

private:
    /// A word from the first shared one to the end; half of the time one of the header, records, holds and rings.
    void overwrite(uint32_t which, Input& input)
    {
        auto&             layout      = raw_.layout();
        auto* const       begin       = reinterpret_cast<uint64_t*>(&layout.head());
        auto* const       records     = reinterpret_cast<uint64_t*>(&layout.record(0));
        auto* const       end         = reinterpret_cast<uint64_t*>(layout.payload(layout.pool_size() - 1));
        auto const        shared      = reinterpret_cast<uint64_t*>(&raw_.header() + 1) - begin;
        std::size_t const all         = static_cast<std::size_t>(shared + (end - records));
        std::size_t const place       = input.number(2) % all;
        uint64_t* const   word        = place < static_cast<std::size_t>(shared)
                                            ? begin + place
                                            : records + (place - static_cast<std::size_t>(shared));
        auto&             shared_word = *reinterpret_cast<std::atomic<uint64_t>*>(word);
        uint64_t const    former      = shared_word.load();
        switch (which % 4) {
        case 0:
            return shared_word.store(former ^ uint64_t{1} << input.byte() % 64);
        case 1:
            return shared_word.store(former + input.number(1) - 128);
        case 2:
            return shared_word.store((former & ~uint64_t{0xffffff}) | input.number(3));
        default:
            return shared_word.store(input.number(8));
        }
    }

    Publisher& writer(uint32_t which)
    {
        auto& place = writers_[which % writers_.size()];
        if (!place) {
            place = std::make_unique<Publisher>(region_);
        }
        return *place;
    }

    void send(uint32_t which)
    {
        std::string const bytes = message(which * 7, payload_most);
        require(writer(which).send(bytes.data(), bytes.size()) <= static_cast<int32_t>(bytes.size()), "bytes sent");
    }

    void publish(uint32_t which)
    {
        std::string const bytes = message(which * 5, payload_most);
        if (void* const lent = writer(which).allocate(bytes.size())) {
            std::copy(bytes.begin(), bytes.end(), static_cast<char*>(lent));
        }
        require(writer(which).publish() <= readers_.size(), "rings reached");
    }

    void receive(uint32_t which)
    {
        if (auto& reader = readers_[which % readers_.size()]) {
            if (auto const sample = reader->try_receive()) {
                touch(sample->data(), sample->len());
            }
        }
    }

    void receive_view(uint32_t which)
    {
        auto& reader = readers_[which % readers_.size()];
        if (reader && views_.size() < 6) {
            if (auto view = reader->try_receive_view()) {
                touch(view->data(), view->len());
                views_.push_back(std::move(*view));
            }
        }
    }

    void join_or_leave(uint32_t which)
    {
        auto& place = readers_[which % readers_.size()];
        if (place) {
            place.reset();
        } else {
            place = std::make_unique<Subscriber>(region_);
        }
    }

    void repair(uint32_t operation, uint32_t which)
    {
        switch (operation) {
        case 10:
            require(region_.stats().rings.size() == readers_.size(), "a ring for each subscriber");
            region_.diagnose();
            return;
        case 11:
            region_.recover();
            return;
        case 12:
            region_.reclaim_orphaned_slots();
            return;
        case 13:
            which % 2 == 0 ? region_.reset_retired_rings() : region_.repair_locked_entries();
            return;
        case 14:
            which % 2 == 0 ? region_.reset_schema_claim() : region_.try_claim_schema({});
            return;
        default:
            writers_[which % writers_.size()].reset();
            SharedRegion::open(name_.str());
        }
    }

    Name                                       name_;
    SharedRegion                               region_;
    kickmsg_test::RawRegion                    raw_;
    std::array<std::unique_ptr<Publisher>, 2>  writers_;
    std::array<std::unique_ptr<Subscriber>, 3> readers_;
    std::vector<Subscriber::SampleView>        views_;
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(uint8_t const* data, std::size_t size)
{
    Input          input(data, size);
    uint32_t const settings = input.byte();
    kickmsg::detail::set_automatic_recovery(settings >= 128); // goes by the clock: half of the inputs do without
    World world(config(settings));
    while (!input.empty()) {
        uint32_t const operation = input.byte();
        world.step(operation % 16, operation / 16, input);
    }
    return 0;
}
