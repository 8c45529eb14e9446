/// The schema slot, step by step against a model: claims and their halves by several claimants, deaths half-way, resets,
/// offers at opening, descriptors of any bytes, an overwritten owner word. And what needs no region: diff() and the hashes.
#include "descriptors.h"

#include "AutomaticRecovery.h"
#include "Participant.h"
#include "kickmsg/core/SchemaSlot.h"
#include "raw_region.h"

#include <array>
#include <cstring>
#include <memory>
#include <optional>

using namespace kickmsg_fuzz;
using kickmsg::SchemaInfo;
using kickmsg::SharedRegion;
using kickmsg::core::OwnerWord;
using kickmsg::detail::Layout;
using kickmsg::detail::Policy;
namespace core = kickmsg::core;

namespace {

constexpr std::size_t claimants_most = 3;

kickmsg::channel::Config config()
{
    kickmsg::channel::Config cfg;
    cfg.max_subscribers   = 1;
    cfg.sub_ring_capacity = 2;
    cfg.pool_size         = 2;
    cfg.max_payload_size  = 8;
    cfg.max_publishers    = 1;
    return cfg;
}

/// A participant by hand, which can die: its proof of life ends, its record and what it had begun stay.
class Claimant {
public:
    explicit Claimant(std::string const& name) : raw_(name), memory_(kickmsg::SharedMemory::open(name))
    {
        core::Registry<Policy, Layout> registry(raw_.layout());
        self_.incarnation     = registry.draw_incarnation();
        proof_                = kickmsg::os::ProofOfLife(memory_, kickmsg::os::Role::Participant, self_.incarnation);
        auto const&    cfg    = raw_.layout().geometry();
        uint32_t const others = cfg.max_subscribers + cfg.max_publishers;
        enrolled_             = registry.enroll(others, cfg.region_records(), self_);
    }
    Claimant(Claimant const&)            = delete;
    Claimant& operator=(Claimant const&) = delete;

    bool enrolled() const noexcept
    {
        return enrolled_;
    }
    uint64_t claim_word() const noexcept
    {
        return OwnerWord::make(OwnerWord::Claiming, self_.record, self_.incarnation);
    }
    /// The first half of SchemaSlot::claim(): the slot is taken, `bytes` of the descriptor are there.
    bool begin(SchemaInfo const& info, std::size_t bytes)
    {
        core::Ownership<Policy> owner(raw_.layout().schema_owner());
        uint64_t const          word = owner.read();
        if (OwnerWord::state(word) != OwnerWord::Free || !owner.change(word, OwnerWord::Claiming, self_)) {
            return false;
        }
        std::memcpy(&raw_.header().schema, &info, bytes);
        return true;
    }
    /// The second half. Returns: whether the claim still stood.
    bool finish(SchemaInfo const& info)
    {
        raw_.header().schema = info;
        return core::Ownership<Policy>(raw_.layout().schema_owner()).change(OwnerWord::Claiming, OwnerWord::Set, self_);
    }

private:
    kickmsg_test::RawRegion  raw_;
    kickmsg::SharedMemory    memory_;
    core::Self               self_;
    bool                     enrolled_ = false;
    kickmsg::os::ProofOfLife proof_;
};

/// What is known of the slot: its state, the living claimant of a claim, the descriptor that was written whole.
struct Model {
    enum { Unset, Claimed, Stuck, Set, Senseless } state = Unset;
    std::size_t claimant                                 = claimants_most;
    SchemaInfo  info{};
};

class World {
public:
    explicit World(std::optional<SchemaInfo> const& schema)
    {
        auto cfg   = config();
        cfg.schema = schema;
        region_.emplace(SharedRegion::create(name_.str(), kickmsg::channel::PubSub, cfg));
        raw_.emplace(name_.str());
        if (schema) {
            model_.state = Model::Set;
            model_.info  = *schema;
        }
    }

    void step(uint32_t operation, uint32_t which, Input& input)
    {
        switch (operation) {
        case 0:
        case 1:
            return claim(*descriptor(input));
        case 2:
        case 3:
            return begin(which, input);
        case 4:
            return finish(which);
        case 5:
            return die(which);
        case 6:
            return reset();
        case 7:
            return recover();
        case 8:
            return offer(*descriptor(input));
        case 9:
            return overwrite_owner(input);
        case 10:
            return overwrite_bytes(input);
        default:
            return;
        }
    }

    /// After every step.
    void look()
    {
        auto const found = region_->schema();
        require(found.has_value() == (model_.state == Model::Set), "schema() is there exactly when it is set");
        if (found) {
            SchemaInfo expected                      = model_.info;
            expected.name[sizeof(expected.name) - 1] = '\0';
            require(same_bytes(*found, expected), "the schema that was set, its name ended");
        }
        auto const health = region_->diagnose();
        require(health.schema_stuck == (model_.state == Model::Stuck), "schema_stuck: a claim of the dead");
        require(health.dead_participants == dead_, "dead_participants");
    }

private:
    void set(SchemaInfo const& info)
    {
        model_.state = Model::Set;
        model_.info  = info;
    }

    void claim(SchemaInfo const& info)
    {
        bool const unset = model_.state == Model::Unset;
        require(region_->try_claim_schema(info) == unset, "an unset schema is claimed by the first");
        if (unset) {
            set(info);
        }
    }

    /// Half a claim by a claimant that lives on, or by a new one.
    void begin(uint32_t which, Input& input)
    {
        std::size_t const at    = which % claimants_most;
        auto&             place = claimants_[at];
        auto              info  = descriptor(input);
        std::size_t const bytes = input.number(2) % (sizeof(SchemaInfo) + 1);
        if (!place) {
            place = std::make_unique<Claimant>(name_.str());
            if (!place->enrolled()) { // the records of the dead fill up: one that is refused has no claim
                place.reset();
                return;
            }
            if (model_.state == Model::Stuck) { // an overwritten word may name an incarnation that comes only now
                overwritten_claim(raw_->layout().schema_owner().load());
            }
        }
        bool const unset = model_.state == Model::Unset;
        require(place->begin(*info, bytes) == unset, "half a claim of an unset schema");
        if (unset) {
            model_.state    = Model::Claimed;
            model_.claimant = at;
            pending_        = *info;
        }
    }

    void finish(uint32_t which)
    {
        std::size_t const at = which % claimants_most;
        if (model_.state == Model::Claimed && model_.claimant == at && claimants_[at]) {
            require(claimants_[at]->finish(pending_), "the claim of the living still stands");
            set(pending_);
        }
    }

    void die(uint32_t which)
    {
        std::size_t const at = which % claimants_most;
        if (!claimants_[at]) {
            return;
        }
        claimants_[at].reset();
        ++dead_;
        if (model_.state == Model::Claimed && model_.claimant == at) {
            model_.state = Model::Stuck;
        }
    }

    void reset()
    {
        bool const stuck = model_.state == Model::Stuck;
        require(region_->reset_schema_claim() == stuck, "a claim of the dead is taken back, and no other");
        model_.state = stuck ? Model::Unset : model_.state;
    }

    void recover()
    {
        bool const stuck  = model_.state == Model::Stuck;
        auto const report = region_->recover();
        require(report.schema == (stuck ? 1U : 0U) && report.participants == dead_, "recover() of claim and records");
        model_.state = stuck ? Model::Unset : model_.state;
        dead_        = 0;
    }

    /// Joining recovers first; a schema in the Config is stored when a region is created, and not here.
    void offer(SchemaInfo const& info)
    {
        recover();
        auto cfg   = config();
        cfg.schema = info;
        SharedRegion::create_or_open(name_.str(), kickmsg::channel::PubSub, cfg);
    }

    /// A word of any bits. Those of a living claimant mean its claim, those of nobody a claim of the dead.
    void overwrite_owner(Input& input)
    {
        uint64_t const word = input.number(8);
        raw_->layout().schema_owner().store(word);
        switch (OwnerWord::state(word)) {
        case OwnerWord::Free:
            model_.state = Model::Unset;
            return;
        case OwnerWord::Set:
            return set(raw_->header().schema);
        case OwnerWord::Claiming:
            return overwritten_claim(word);
        default:
            model_.state = Model::Senseless;
        }
    }

    void overwritten_claim(uint64_t word)
    {
        model_.state    = is_living(OwnerWord::incarnation(word)) ? Model::Claimed : Model::Stuck;
        model_.claimant = claimants_most;
        for (std::size_t at = 0; at < claimants_most; ++at) {
            if (claimants_[at] &&
                OwnerWord::incarnation(claimants_[at]->claim_word()) == OwnerWord::incarnation(word)) {
                // only the very word is a claim that can be finished; any of this incarnation dies with it
                model_.claimant = at;
            }
        }
        if (model_.claimant < claimants_most && claimants_[model_.claimant]->claim_word() != word) {
            raw_->layout().schema_owner().store(claimants_[model_.claimant]->claim_word());
        }
        pending_ = raw_->header().schema;
    }

    bool is_living(uint64_t incarnation)
    {
        for (auto const& participant : region_->stats().participants) {
            if (participant.incarnation == incarnation) {
                return participant.alive;
            }
        }
        return false;
    }

    void overwrite_bytes(Input& input)
    {
        auto const info       = descriptor(input);
        raw_->header().schema = *info;
        model_.info           = *info;
    }

    Name                                                  name_;
    std::optional<SharedRegion>                           region_;
    std::optional<kickmsg_test::RawRegion>                raw_;
    std::array<std::unique_ptr<Claimant>, claimants_most> claimants_;
    Model                                                 model_;
    SchemaInfo                                            pending_{};
    std::size_t                                           dead_ = 0;
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(uint8_t const* data, std::size_t size)
{
    kickmsg::detail::set_automatic_recovery(false); // deaths are reported until recover() is called
    Input             input(data, size);
    std::string const one = input.text(), other = input.text();
    check_hashes(one, other);
    auto const first = descriptor(input), second = descriptor(input);
    check_diff(*first, *second);
    World world(input.byte() % 2 != 0 ? std::optional<SchemaInfo>(*first) : std::nullopt);
    world.look();
    while (!input.empty()) {
        uint32_t const operation = input.byte();
        world.step(operation % 11, operation / 11, input);
        world.look();
    }
    return 0;
}
