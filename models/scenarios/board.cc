// Blackboards: values that are never torn, keys with one writer, changes that wake, names that are added.
#include "Board.h"
#include "WorldScenario.h"

namespace kickmsg_models {
namespace {

enum : uint32_t { first_key, second_key };

/// Three handles, each of a thread of its own.
template <class Base, uint32_t WatcherBits = 64>
struct Board : Base {
    using Memory = BoardMemory<WatcherBits>;
    using Handle = BoardHandle<Memory>;

    Memory memory{2, 4};
    Handle handles[3]{{this->in_thread(0), only(0), memory},
                      {this->in_thread(1), only(1), memory},
                      {this->in_thread(2), only(2), memory}};

    Board() : Base(without_rings(1, 4)) {}

    uint64_t version(uint32_t key = first_key)
    {
        return core::BoardValue<Policy, Memory>(memory, key).version();
    }
    /// At the end nobody overtakes.
    void expect_readable(Handle& reader, uint64_t least)
    {
        expect(reader.read(first_key) && reader.seen(first_key) >= least, "the last value cannot be read");
    }
};

/// A writer, and `Readers` that look `Looks` times each.
template <unsigned Readers, unsigned Versions, unsigned Looks>
struct Read : Board<WorldScenario> {
    Read()
    {
        handles[0].claim(first_key);
        spawn([this] {
            for (unsigned turn = 0; turn < Versions; ++turn) {
                handles[0].write(first_key);
            }
        });
        for (unsigned reader = 1; reader <= Readers; ++reader) {
            spawn([this, reader] {
                for (unsigned look = 0; look < Looks; ++look) {
                    handles[reader].read(first_key);
                }
            });
        }
        at_end([this] { expect_readable(handles[1], Versions); });
    }
};
Registration<Read<1, 2, 2>> const one_reader{"board_read", "a value is written twice beside a reader", 2};
Registration<Read<1, 3, 1>> const three_versions{"board_three_versions",
                                                 "each buffer is written again beside a reader that looks once", 2};
Registration<Read<2, 2, 1>> const two_readers{"board_two_readers", "a value is written twice beside two readers", 3};

/// The writer may die at any step; who proves it takes the key, and goes on from the last value.
struct Takeover : Board<RecoveryScenario> {
    Takeover()
    {
        handles[0].claim(first_key);
        handles[0].write(first_key);
        spawn_mortal([this] {
            handles[0].write(first_key);
            handles[0].write(first_key);
        });
        spawn([this] {
            if (handles[1].claim(first_key)) {
                expect(!this->world.lives.holds_proof(handles[0].self().incarnation),
                       "the key of a living writer was taken");
                handles[1].write(first_key);
            }
        });
        spawn([this] {
            handles[2].read(first_key);
            handles[2].read(first_key);
        });
        after_audit([this] {
            expect_readable(handles[2], 1);
            if (!lives(0)) {
                uint64_t const before = version();
                expect(version() > 1 || handles[1].claim(first_key), "the key of a dead writer cannot be taken");
                handles[1].claim(first_key);
                handles[1].write(first_key);
                expect(version() == before + 1, "the next writer does not go on from the last version");
                expect_readable(handles[2], before + 1);
            }
        });
    }
};
Registration<Takeover> const takeover{"board_takeover", "a writer dies at any step, and another one takes its key", 3,
                                      1};

/// One after the other: who leaves hands its key on.
struct Leave : Board<WorldScenario> {
    Leave()
    {
        handles[0].claim(first_key);
        spawn([this] {
            handles[0].write(first_key);
            handles[0].leave(first_key);
        });
        spawn([this] {
            if (handles[1].claim(first_key)) {
                handles[1].write(first_key);
                handles[1].write(first_key);
            }
        });
        spawn([this] { handles[2].read(first_key); });
        at_end([this] { expect_readable(handles[2], 1); });
    }
};
Registration<Leave> const leave{"board_leave", "a writer leaves, and another one comes", 3};

/// Two want one key: one has it at a time, and the other one is refused while it does.
struct TwoWriters : Board<WorldScenario> {
    unsigned writing = 0;
    unsigned claimed = 0;

    TwoWriters()
    {
        for (unsigned i = 0; i < 2; ++i) {
            spawn([this, i] {
                if (handles[i].claim(first_key)) {
                    ++claimed;
                    expect(++writing == 1, "a key has two writers");
                    handles[i].write(first_key);
                    --writing;
                    handles[i].leave(first_key);
                }
            });
        }
        at_end([this] { expect(claimed >= 1 && version() == claimed, "a free key was refused, or a value was lost"); });
    }
};
Registration<TwoWriters> const two_writers{"board_two_writers", "two want to write one key", 2};

/// A reader sleeps until it has seen all `Versions`. One that it has not slept for is seen with a later one.
template <unsigned Versions>
struct Wait : Board<WorldScenario> {
    Wait()
    {
        handles[0].claim(first_key);
        spawn([this] {
            for (unsigned turn = 0; turn < Versions; ++turn) {
                handles[0].write(first_key);
            }
        });
        spawn([this] {
            while (handles[1].seen(first_key) < Versions) {
                handles[1].wait_for_change(1);
            }
        });
    }
};
Registration<Wait<1>> const wait{"board_wait", "a reader sleeps until a value is written", 2};
Registration<Wait<2>> const wait_twice{"board_wait_twice", "a reader sleeps until each of two values is written", 2};

/// Of two keys with a writer each.
struct WaitTwoKeys : Board<WorldScenario> {
    WaitTwoKeys()
    {
        for (unsigned i = 0; i < 2; ++i) {
            handles[i].claim(i);
            spawn([this, i] { handles[i].write(i); });
        }
        spawn([this] {
            while (handles[2].seen(first_key) == 0 || handles[2].seen(second_key) == 0) {
                handles[2].wait_for_change(2);
            }
        });
    }
};
Registration<WaitTwoKeys> const wait_two_keys{"board_wait_two_keys", "a reader sleeps until either of two keys changes",
                                              3};

/// Two sleepers that share a bit: none takes back the other's mark.
struct WaitSharedBit : Board<WorldScenario, 1> {
    WaitSharedBit()
    {
        handles[0].claim(first_key);
        spawn([this] { handles[0].write(first_key); });
        for (unsigned i = 1; i < 3; ++i) {
            spawn([this, i] { handles[i].wait_for_change(1); });
        }
    }
};
Registration<WaitSharedBit> const shared_bit{"board_wait_shared_bit", "two readers that share a bit sleep for one key",
                                             3};

/// Names that want the same places.
template <class Base>
struct Names : Base {
    using Memory = BoardMemory<>;
    using Table  = core::BoardNames<Policy, Memory>;

    Memory   memory{3, 1};
    uint32_t places[3]{Table::none, Table::none, Table::none};

    Names() : Base(without_rings(1, 4)) {}

    /// `first` and `second`: its words; tags that differ by 3 begin at one place.
    static Table::Name name(uint64_t tag, uint64_t first, uint64_t second)
    {
        Table::Name made;
        made.tag      = tag;
        made.words[0] = first << 8 | 14;
        made.words[1] = second;
        return made;
    }
    uint32_t add(unsigned thread, Table::Name const& which)
    {
        places[thread] = Table(memory).add(which);
        return places[thread];
    }
    uint32_t find(Table::Name const& which)
    {
        return Table(memory).find(which);
    }
    void expect_there(uint32_t place, Table::Name const& which)
    {
        uint64_t words[Memory::name_words];
        expect(place < memory.key_count() && find(which) == place, "a name that was added is not found");
        expect(Table(memory).read(place, words) && words[0] == which.words[0] && words[1] == which.words[1],
               "a name is not as it was added");
    }
};

struct NamesAdded : Names<WorldScenario> {
    NamesAdded()
    {
        spawn([this] { expect_there(add(0, name(3, 1, 2)), name(3, 1, 2)); });
        spawn([this] { expect_there(add(1, name(3, 1, 2)), name(3, 1, 2)); });
        spawn([this] {
            add(2, name(6, 3, 4));
            find(name(3, 1, 2));
        });
        at_end([this] {
            expect(places[0] == places[1], "one name has two places");
            expect_there(places[0], name(3, 1, 2));
            expect_there(places[2], name(6, 3, 4));
        });
    }
};
Registration<NamesAdded> const names{"board_names", "two add one name, and another one that begins at the same place",
                                     3};

struct NamesDeath : Names<RecoveryScenario> {
    NamesDeath()
    {
        spawn_mortal([this] { add(0, name(3, 1, 2)); });
        spawn([this] { expect_there(add(1, name(3, 1, 2)), name(3, 1, 2)); });
        after_audit([this] {
            expect_there(add(0, name(3, 1, 2)), name(3, 1, 2));
            expect(places[0] == places[1], "one name has two places");
        });
    }
};
Registration<NamesDeath> const names_death{"board_names_death",
                                           "a process dies while it adds a name that another one adds", 2, 1};

/// Two say of one key what its values are.
struct TypesSaid : Names<WorldScenario> {
    uint64_t said[2]{};

    TypesSaid()
    {
        for (unsigned i = 0; i < 2; ++i) {
            spawn([this, i] { said[i] = Table(memory).agree(0, i + 1); });
        }
        at_end([this] {
            expect(said[0] == said[1] && said[0] != 0, "two types were said of one key");
            expect(Table(memory).agree(0, 0) == said[0], "what was said of a key has changed");
        });
    }
};
Registration<TypesSaid> const types_said{"board_types", "two say of one key what its values are", 2};

struct NamesOneTag : Names<WorldScenario> {
    NamesOneTag()
    {
        spawn([this] { add(0, name(3, 1, 2)); });
        spawn([this] { add(1, name(3, 1, 5)); });
        at_end([this] {
            bool const first = places[1] == Table::other;
            expect(first != (places[0] == Table::other), "not one of two names of one tag has the place");
            expect_there(first ? places[0] : places[1], first ? name(3, 1, 2) : name(3, 1, 5));
        });
    }
};
Registration<NamesOneTag> const one_tag{"board_names_one_tag", "two names of one tag are added", 2};

} // namespace
} // namespace kickmsg_models
