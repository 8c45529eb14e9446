// The schema slot: set once; who sees it set sees the contents.
#include "Toll.h"

namespace kickmsg_models {
namespace {

/// The contents as in the region's header: plain memory, so that reading what is being written is a data race.
class Contents {
public:
    void write(uint32_t value)
    {
        static rl::debug_info const here("schema", "", 0);
        first_(here).store(value);
        second_(here).store(~value);
        lab().note("writes the schema of %u", value);
    }
    uint32_t read()
    {
        static rl::debug_info const here("schema", "", 0);
        uint32_t const              value = first_(here).load();
        expect(second_(here).load() == ~value, "the schema is torn");
        return value;
    }

private:
    rl::var<uint32_t> first_, second_;
};

class SchemaScenario : public Scenario {
public:
    SchemaScenario()
    {
        for (unsigned i = 0; i < 3; ++i) {
            participants_[i].emplace(world_, i);
            participants_[i]->enroll({i, 1});
        }
    }

protected:
    void claim(unsigned index)
    {
        bool const set = SchemaSlot(world_.layout).claim(participants_[index]->self(), [this, index] {
            contents_.write(index + 1);
        });
        winners_ += set ? 1 : 0;
        winner_ = set ? index + 1 : winner_;
        look();
    }
    void look()
    {
        if (SchemaSlot(world_.layout).is_set()) {
            uint32_t const seen = contents_.read();
            expect(seen != 0 && (seen_ == 0 || seen == seen_), "the schema has changed after it was set");
            seen_ = seen;
        }
    }
    static Shape shape()
    {
        Shape shape;
        shape.rings       = 0;
        shape.pool        = 1;
        shape.subscribers = 0;
        shape.records     = 4;
        return shape;
    }

    World                    world_{shape()};
    Contents                 contents_;
    std::optional<Recoverer> participants_[3];
    unsigned                 winners_ = 0;
    uint32_t                 winner_  = 0;
    uint32_t                 seen_    = 0;
    Toll                     toll_;
};

/// Two claim, one reads.
class SchemaClaim : public SchemaScenario {
public:
    void thread(unsigned index) override
    {
        if (index < 2) {
            claim(index);
        } else {
            look();
            look();
        }
    }
    void after() override
    {
        expect(winners_ == 1, "the schema was not set by exactly one");
        look();
        expect(seen_ == winner_, "the schema is not that of who set it");
        world_.audit();
    }
};

/// A claimant may die; recovery takes its claim back, and the next one sets the schema.
class SchemaDeath : public SchemaScenario {
public:
    void thread(unsigned index) override
    {
        if (index == 0) {
            toll_.mortal([this] { claim(0); });
        } else if (index == 1) {
            claim(1);
            claim(1);
        } else {
            toll_.add(participants_[2]->run());
        }
    }
    void after() override
    {
        expect(winners_ <= 1, "the schema was set twice");
        world_.audit();
        toll_.check();
        claim(1);
        look();
        expect(seen_ != 0, "a claim of the dead keeps the schema unset");
    }
};

Registration<SchemaClaim> const schema_claim{"schema_claim", "two claim the schema, one reads it", 3};
Registration<SchemaDeath> const schema_death{"schema_death",
                                             "a claimant dies, one recovers, another one sets the schema", 3, 1};

} // namespace
} // namespace kickmsg_models
