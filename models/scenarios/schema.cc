// The schema slot: set once; a participant that sees it set sees the contents.
#include "WorldScenario.h"

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

struct SchemaScenario : RecoveryScenario {
    Contents  contents;
    Recoverer participants[3]{{in_thread(0), only(0)}, {in_thread(1), only(1)}, {in_thread(2), only(2)}};
    unsigned  winners = 0;
    uint32_t  winner  = 0;
    uint32_t  seen    = 0;

    SchemaScenario() : RecoveryScenario(without_rings(1, 4)) {}

    void claim(unsigned index)
    {
        bool const set =
            SchemaSlot(world.layout).claim(participants[index].self(), [this, index] { contents.write(index + 1); });
        winners += set ? 1 : 0;
        winner = set ? index + 1 : winner;
        look();
    }
    void look()
    {
        if (SchemaSlot(world.layout).is_set()) {
            uint32_t const found = contents.read();
            expect(found != 0 && (seen == 0 || found == seen), "the schema has changed after it was set");
            seen = found;
        }
    }
};

/// Two claim, one reads.
struct SchemaClaim : SchemaScenario {
    SchemaClaim()
    {
        spawn([this] { claim(0); });
        spawn([this] { claim(1); });
        spawn([this] {
            look();
            look();
        });
        at_end([this] {
            expect(winners == 1, "the schema was not set by exactly one");
            look();
            expect(seen == winner, "the schema is not that of who set it");
        });
    }
};
Registration<SchemaClaim> const schema_claim{"schema_claim", "two claim the schema, one reads it", 3};

/// A claimant may die; recovery takes its claim back, and the next one sets the schema.
struct SchemaDeath : SchemaScenario {
    SchemaDeath()
    {
        spawn_mortal([this] { claim(0); });
        spawn([this] {
            claim(1);
            claim(1);
        });
        spawn([this] { participants[2].run(); });
        at_end([this] { expect(winners <= 1, "the schema was set twice"); });
        after_audit([this] {
            claim(1);
            look();
            expect(seen != 0, "a claim of the dead keeps the schema unset");
        });
    }
};
Registration<SchemaDeath> const schema_death{"schema_death",
                                             "a claimant dies, one recovers, another one sets the schema", 3, 1};

} // namespace
} // namespace kickmsg_models
