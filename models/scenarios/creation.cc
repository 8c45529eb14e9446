// Creating, opening and replacing regions: core/Replacement.h in the order in which lib/src/Lifecycle.cc composes it, over
// a name in a file system, regions as files, and proofs of life.
//
// The kernel's part is modelled by words: the directory (link fails when a name is taken, rename moves a file over
// another, unlink frees a name; each is one critical section), and for each region the set of proofs held on it. Every step
// of the kernel may be the one before which a process dies.
#include "Faults.h"
#include "World.h"

#include "kickmsg/core/Replacement.h"

#include <cstdio>
#include <optional>

namespace kickmsg_models {
namespace {

using core::OwnerWord;

constexpr unsigned regions_limit = 12;
constexpr unsigned nowhere       = regions_limit;
constexpr auto     strong        = std::memory_order_seq_cst;

/// One file, with what its mapping shows and the locks that processes hold on it.
struct Region {
    Atomic<uint64_t>  state{};
    Atomic<uint64_t>  incarnations{};
    Atomic<uint64_t>  remover{};
    Atomic<uint64_t>  proofs{}; ///< bit i: participant of incarnation i; bit 32 + i: replacer
    rl::var<uint32_t> geometry;

    uint64_t held_by[Lab::threads_limit]{}; ///< bits of `proofs`, for deaths
};

/// The machine on which one execution happens.
class Machine {
public:
    /// `words`: a proof is asked by a load, which orders no more than a seq_cst operation does. Otherwise taking and
    /// asking are critical sections of one lock, as Linux has it.
    /// `stopping`: who "dies" is stopped for ever, and keeps its proofs.
    explicit Machine(bool words, bool stopping) : words_(words)
    {
        running        = this;
        lab().describe = [](void* word, uint64_t value, char* name, char* decoded, std::size_t size) {
            running->describe(word, value, name, decoded, size);
        };
        lab().on_death = stopping ? [](unsigned) {} : [](unsigned thread) { running->end_proofs_of(thread); };
        for (Region& region : regions_) {
            region.geometry(here()).store(0);
        }
    }

    Region& at(unsigned region)
    {
        return regions_[region];
    }

    // --- the directory
    unsigned lookup()
    {
        return file_at(directory_.load(strong), the_name);
    }
    bool is_linked(unsigned region)
    {
        return lookup() == region;
    }
    /// Returns: false when the place is taken.
    bool link(unsigned region, unsigned place = the_name)
    {
        bool free = false;
        change([&](uint64_t directory) {
            free = file_at(directory, place) == nowhere || planted("publish-overwrites");
            return free ? with(directory, place, region) : directory;
        });
        return free;
    }
    /// Where a name changes hands in place.
    void rename_in_place(unsigned region)
    {
        change([&](uint64_t directory) { return with(directory, the_name, region); });
    }
    /// Moves what is at a place over the name. Returns: false when nothing is there.
    bool rename(unsigned place)
    {
        bool moved = false;
        change([&](uint64_t directory) {
            unsigned const region = file_at(directory, place);
            moved                 = region != nowhere;
            return moved ? with(with(directory, place, nowhere), the_name, region) : directory;
        });
        return moved;
    }
    void unlink_name()
    {
        unlink(the_name);
    }
    void unlink(unsigned place)
    {
        change([&](uint64_t directory) { return with(directory, place, nowhere); });
    }
    /// By hand: removes the name if it leads to this region.
    void remove(unsigned region)
    {
        change([&](uint64_t directory) {
            return file_at(directory, the_name) == region ? with(directory, the_name, nowhere) : directory;
        });
    }
    /// The listing of a directory is no critical section: what comes meanwhile may be left out.
    void clear_waiting()
    {
        for (unsigned place = 1; place < places_limit; ++place) {
            if (file_at(directory_.load(strong), place) != nowhere) {
                unlink(place);
            }
        }
    }
    unsigned named() const noexcept
    {
        return file_at(directory_.newest(), the_name);
    }
    bool is_anything_waiting() const noexcept
    {
        return (directory_.newest() >> bits_of_place) != 0;
    }

    /// The place where `fresh` waits as replacer `incarnation` of `old`: the three go together once. A table of names, no
    /// memory of the machine.
    unsigned waiting_place(unsigned old, uint64_t incarnation, unsigned fresh)
    {
        waiting_[old][incarnation] = planted("waiting-name-reused") ? 1 : 1 + fresh;
        return waiting_[old][incarnation];
    }
    /// Returns: 0 when no such replacer has a place yet.
    unsigned waiting_place(unsigned old, uint64_t incarnation) const
    {
        return waiting_[old][incarnation];
    }

    // --- proofs of life
    void take(unsigned region, unsigned thread, uint64_t proof)
    {
        regions_[region].held_by[thread] |= proof;
        regions_[region].proofs.fetch_or(proof, strong);
    }
    void let_go(unsigned region, unsigned thread, uint64_t proof)
    {
        regions_[region].proofs.fetch_and(~proof, strong);
        regions_[region].held_by[thread] &= ~proof;
    }
    bool is_occupied(unsigned region) const noexcept
    {
        return region != nowhere && (regions_[region].proofs.newest() & core::low_bits(32)) != 0;
    }
    bool is_held(unsigned region, uint64_t proofs)
    {
        auto& word = regions_[region].proofs;
        return ((words_ ? word.load(strong) : word.fetch_add(0, strong)) & proofs) != 0;
    }

    // --- contents
    void build(unsigned region, uint32_t geometry)
    {
        regions_[region].geometry(here()).store(geometry);
        regions_[region].state.store(OwnerWord::make(OwnerWord::Ready, 0, 0), std::memory_order_relaxed);
    }
    uint32_t examine(unsigned region)
    {
        auto const state = OwnerWord::state(regions_[region].state.load(std::memory_order_acquire));
        expect(state == OwnerWord::Ready || state == OwnerWord::Retired, "a name leads to a half-made region");
        uint32_t const geometry = regions_[region].geometry(here()).load();
        expect(geometry != 0, "a name leads to a half-made region");
        return geometry;
    }

private:
    static Machine* running;

    static rl::debug_info here()
    {
        return rl::debug_info("geometry", "", 0);
    }
    void end_proofs_of(unsigned thread)
    {
        for (unsigned region = 0; region < regions_limit; ++region) {
            if (uint64_t const held = regions_[region].held_by[thread]) {
                let_go(region, thread, held);
            }
        }
    }
    void describe(void* word, uint64_t value, char* name, char* decoded, std::size_t size)
    {
        std::snprintf(name, size, "directory");
        std::snprintf(decoded, size, "%llx", static_cast<unsigned long long>(value));
        for (unsigned i = 0; i < regions_limit; ++i) {
            Region& region = regions_[i];
            if (word == &region.state) {
                std::snprintf(name, size, "region[%u].state", i);
                std::snprintf(decoded, size, "%s %u",
                              OwnerWord::state(value) == OwnerWord::Retired ? "Retired by" : "Ready",
                              static_cast<unsigned>(OwnerWord::incarnation(value)));
            } else if (word == &region.proofs || word == &region.incarnations || word == &region.remover) {
                std::snprintf(name, size, "region[%u].%s", i,
                              word == &region.proofs    ? "proofs"
                              : word == &region.remover ? "remover"
                                                        : "incarnations");
            }
        }
    }

    static constexpr unsigned the_name = 0, bits_of_place = 4, places_limit = 1 + regions_limit;

    static unsigned file_at(uint64_t directory, unsigned place) noexcept
    {
        unsigned const file = static_cast<unsigned>(directory >> (place * bits_of_place)) & 15U;
        return file == 0 ? nowhere : file - 1;
    }
    static uint64_t with(uint64_t directory, unsigned place, unsigned region) noexcept
    {
        uint64_t const file = region == nowhere ? 0 : region + 1;
        return (directory & ~(uint64_t{15} << (place * bits_of_place))) | (file << (place * bits_of_place));
    }
    /// One step: the kernel holds the directory's lock.
    template <class To>
    void change(To to)
    {
        uint64_t seen = directory_.newest();
        while (!directory_.compare_exchange_strong(seen, to(seen), strong, strong)) {
        }
    }

    bool             words_;
    Atomic<uint64_t> directory_{}; ///< the name, then the places of those that wait: each 0, or a region + 1
    unsigned         waiting_[regions_limit][32]{};
    Region           regions_[regions_limit];
};

Machine* Machine::running = nullptr;

constexpr uint64_t participant(uint64_t incarnation) noexcept
{
    return uint64_t{1} << incarnation;
}
constexpr uint64_t replacer(uint64_t incarnation) noexcept
{
    return uint64_t{1} << (32 + incarnation);
}

/// What a system can do about a replacer that does not move: on Linux, its file is taken away, and where the directory may
/// be listed, those of others, too; elsewhere it is waited for.
enum class System { Disarms, DisarmsUnlisted, Waits };

/// What Replacement and Removal ask of their surroundings.
class Surroundings {
public:
    Surroundings(Machine& machine, System system, unsigned region, unsigned fresh = nowhere,
                 uint64_t incarnation = 0) noexcept
        : machine_(machine), system_(system), region_(region), fresh_(fresh), incarnation_(incarnation)
    {
    }

    bool arm()
    {
        is_armed_ = system_ != System::Waits;
        if (is_armed_ && !planted("armed-after-retiring")) {
            place();
        }
        return true;
    }
    bool disarm(uint64_t incarnation)
    {
        if (system_ == System::Waits) {
            return !machine_.is_held(region_, replacer(incarnation)) && !planted("dead-replacer-is-waited-for");
        }
        unsigned const place = machine_.waiting_place(region_, incarnation);
        if (place != 0 && !planted("overtaken-stays-armed")) {
            machine_.unlink(place);
        }
        return true;
    }
    /// Returns: false when it has been disarmed.
    bool take_name()
    {
        if (system_ == System::Waits) {
            machine_.rename_in_place(fresh_);
            return true;
        }
        if (planted("armed-after-retiring")) {
            place();
        }
        return machine_.rename(machine_.waiting_place(region_, incarnation_));
    }
    /// Whether what is to have the name can have none any more, unless it has it now.
    bool is_armed() const noexcept
    {
        return is_armed_;
    }
    bool is_anyone_alive()
    {
        return !planted("no-second-asking") && machine_.is_held(region_, core::low_bits(32));
    }
    bool is_linked()
    {
        return planted("replacer-trusts-the-name") || machine_.is_linked(region_);
    }
    bool is_alive(uint64_t incarnation)
    {
        return machine_.is_held(region_, participant(incarnation)) && !planted("removal-without-right");
    }

private:
    void place()
    {
        unsigned const place = machine_.waiting_place(region_, incarnation_, fresh_);
        while (!machine_.link(fresh_, place)) {
            machine_.unlink(place);
        }
    }

    Machine& machine_;
    System   system_;
    unsigned region_;
    unsigned fresh_;
    uint64_t incarnation_;
    bool     is_armed_ = false;
};

using Replacement = core::Replacement<Policy, Surroundings>;
using Removal     = core::Removal<Policy, Surroundings>;

/// A process: create(), open(), create_or_open(), each with fresh regions of its own, `fresh` and those that follow. It
/// stays where it ends.
class Process {
public:
    enum class End { Nothing, Stays, InUse, NotFound, GaveUp };

    Process(Machine& machine, System system, unsigned thread, unsigned fresh, unsigned attempts) noexcept
        : machine_(machine), system_(system), thread_(thread), fresh_(fresh), attempts_(attempts)
    {
    }

    void open()
    {
        for (unsigned attempt = 0; attempt < attempts_; ++attempt) {
            unsigned const found = machine_.lookup();
            if (found == nowhere) {
                return finish(End::NotFound);
            }
            if (enter(found)) {
                return finish(End::Stays, found);
            }
        }
        finish(End::GaveUp);
    }

    void create(uint32_t geometry)
    {
        unsigned const found = machine_.lookup();
        if (found != nowhere && is_in_use(found)) {
            return finish(End::InUse);
        }
        for (unsigned attempt = 0; attempt < attempts_ && end_ == End::Nothing; ++attempt) {
            build(geometry);
            if (take_name(true)) {
                return finish(End::Stays, fresh_);
            }
        }
        give_up_fresh(end_ == End::Nothing ? End::GaveUp : end_);
    }

    void create_or_open(uint32_t geometry)
    {
        for (unsigned attempt = 0; attempt < attempts_; ++attempt) {
            bool           stale = false;
            unsigned const found = machine_.lookup();
            if (found != nowhere && machine_.examine(found) != geometry) {
                if (is_in_use(found)) {
                    return give_up_fresh(End::InUse);
                }
                stale = true;
            } else if (found != nowhere && enter(machine_.lookup(), geometry)) {
                return give_up_fresh(End::Stays, entered_);
            }
            build(geometry);
            if (take_name(stale)) {
                return finish(End::Stays, fresh_);
            }
            end_ = End::Nothing; // looked at again: it may fit now
        }
        give_up_fresh(End::GaveUp);
    }

    /// Opens and unlinks region 0, and keeps its handle; it stays nowhere. `may`: whether the system lets it.
    void unlink_first(bool may)
    {
        if (!enter(0)) {
            return;
        }
        Surroundings surroundings(machine_, system_, 0);
        Removal      removal(machine_.at(0).remover, surroundings);
        if (!removal.claim(entered_incarnation_) || !machine_.is_linked(0)) {
            return;
        }
        if (may) {
            machine_.unlink_name();
        } else {
            removal.give_back(entered_incarnation_);
        }
    }

    End end() const noexcept
    {
        return end_;
    }
    unsigned region() const noexcept
    {
        return region_;
    }
    void leave()
    {
        machine_.let_go(region_, thread_, proof_);
        end_ = End::Nothing;
    }
    /// A dead process stays nowhere.
    void forget()
    {
        end_ = End::Nothing;
    }

private:
    void finish(End end, unsigned region = nowhere)
    {
        end_    = end;
        region_ = region;
        proof_  = region == fresh_ ? fresh_proof_ : proof_;
    }
    void give_up_fresh(End end, unsigned region = nowhere)
    {
        if (fresh_proof_ != 0) {
            discard_fresh();
        }
        finish(end, region);
    }
    void discard_fresh()
    {
        if (place_ != 0) {
            machine_.unlink(place_);
        }
        machine_.let_go(fresh_, thread_, fresh_proof_);
        place_       = 0;
        fresh_proof_ = 0;
        is_spent_    = false;
        ++fresh_;
    }
    uint64_t draw(unsigned region)
    {
        return machine_.at(region).incarnations.fetch_add(1, std::memory_order_relaxed) + 1;
    }
    bool is_in_use(unsigned region)
    {
        return machine_.is_linked(region) && machine_.is_held(region, core::low_bits(32));
    }
    bool has_name_for_good(unsigned region)
    {
        if (planted("name-not-looked-at-again")) {
            return true;
        }
        if (system_ == System::Disarms) {
            machine_.clear_waiting();
        }
        return machine_.is_linked(region);
    }

    /// open_region(): a proof of life, then a look. Returns: whether to stay.
    bool enter(unsigned region, uint32_t geometry = 0)
    {
        if (region == nowhere) {
            return false;
        }
        uint32_t const found = machine_.examine(region);
        entered_incarnation_ = draw(region);
        proof_               = participant(entered_incarnation_);
        machine_.take(region, thread_, proof_);
        Surroundings surroundings(machine_, system_, region);
        bool const   settled =
            planted("opener-does-not-look-again") ||
            (Replacement(machine_.at(region).state, surroundings).settle() && has_name_for_good(region));
        entered_ = region;
        if (!settled || (geometry != 0 && found != geometry)) {
            machine_.let_go(region, thread_, proof_);
            return false;
        }
        return true;
    }

    /// build_unless_fresh()
    void build(uint32_t geometry)
    {
        if (fresh_proof_ != 0 && is_spent_) {
            discard_fresh();
        }
        if (fresh_proof_ == 0) {
            machine_.build(fresh_, geometry);
            if (!planted("named-before-proof")) {
                prove_fresh();
            }
        }
    }
    void prove_fresh()
    {
        fresh_proof_ = participant(draw(fresh_));
        machine_.take(fresh_, thread_, fresh_proof_);
    }

    bool take_name(bool stale)
    {
        bool const published = machine_.link(fresh_);
        is_spent_            = published;
        bool const taken     = (published && has_name_for_good(fresh_)) || (!published && stale && replace());
        if (taken && fresh_proof_ == 0) {
            prove_fresh();
        }
        return taken;
    }

    /// replace_region(). Sets `end_` when a living participant is found.
    bool replace()
    {
        unsigned const old = machine_.lookup();
        if (old == nowhere) {
            return false;
        }
        uint64_t const incarnation = draw(old);
        if (!planted("replacer-without-proof")) {
            machine_.take(old, thread_, replacer(incarnation));
        }
        Surroundings surroundings(machine_, system_, old, fresh_, incarnation);
        auto const   outcome = Replacement(machine_.at(old).state, surroundings).retire(incarnation);
        bool const   taken   = outcome == Replacement::Outcome::Retired && surroundings.take_name();
        is_spent_            = surroundings.is_armed();
        place_               = is_spent_ && !taken ? machine_.waiting_place(old, incarnation) : 0;
        machine_.let_go(old, thread_, replacer(incarnation));
        end_ = outcome == Replacement::Outcome::Occupied ? End::InUse : End::Nothing;
        return taken && has_name_for_good(fresh_);
    }

    Machine& machine_;
    System   system_;
    unsigned thread_;
    unsigned fresh_;
    unsigned attempts_;
    End      end_                 = End::Nothing;
    unsigned region_              = nowhere;
    unsigned entered_             = nowhere;
    uint64_t entered_incarnation_ = 0;
    uint64_t proof_               = 0;
    uint64_t fresh_proof_         = 0;
    bool     is_spent_            = false;
    unsigned place_               = 0; ///< where the fresh region still waits
};

enum class Does {
    Nothing,
    Open,
    Create,
    CreateOrOpen,
    CreateOrOpenOther,
    Unlink,
    UnlinkRefused,
    RemoveByHandAndCreate
};

struct Plan {
    bool     stale; ///< the dead hold region 0, and the name leads to it
    bool     words; ///< see Machine
    bool     stopping;
    System   system;
    unsigned threads;
    Does     does[3];
};

template <Plan const& plan>
class Creation : public Scenario {
public:
    Creation()
    {
        if (plan.stale) {
            machine_.build(0, old_geometry);
            machine_.link(0);
        }
        for (unsigned i = 0; i < plan.threads; ++i) {
            processes_[i].emplace(machine_, plan.system, i, 1 + attempts * i, attempts);
        }
    }

    void thread(unsigned index) override
    {
        Process& me = *processes_[index];
        if (!lab().run_mortal([&] { act(me, plan.does[index]); })) {
            me.forget();
        }
    }

    /// Who stays, stays where the name leads; and whoever comes now is kept waiting by nobody, and clears what is left.
    void after() override
    {
        check_who_stays();
        check_latecomers();
    }

private:
    static constexpr uint32_t old_geometry = 7, geometry = 8, other_geometry = 9;
    static constexpr unsigned attempts = 2;
    static constexpr bool     lists    = plan.system == System::Disarms;

    void act(Process& me, Does does)
    {
        switch (does) {
        case Does::Nothing:
            return;
        case Does::Open:
            return me.open();
        case Does::Create:
            return me.create(geometry);
        case Does::CreateOrOpen:
            return me.create_or_open(geometry);
        case Does::CreateOrOpenOther:
            return me.create_or_open(other_geometry);
        case Does::Unlink:
            return me.unlink_first(true);
        case Does::UnlinkRefused:
            return me.unlink_first(false);
        case Does::RemoveByHandAndCreate:
            machine_.remove(0);
            return me.create(geometry);
        }
    }

    void check_who_stays()
    {
        for (unsigned i = 0; i < plan.threads; ++i) {
            // region 0 may have been unlinked under who stays in it
            bool const unlinked = plan.does[0] == Does::Unlink && processes_[i]->region() == 0;
            expect(processes_[i]->end() != Process::End::Stays || unlinked ||
                       processes_[i]->region() == machine_.named(),
                   "a process stays in a region that no name leads to");
        }
    }

    void check_latecomers()
    {
        unsigned const fresh = 1 + attempts * plan.threads;
        Process        opener(machine_, plan.system, 0, fresh, 2);
        opener.open();
        expect(opener.end() == (machine_.named() == nowhere ? Process::End::NotFound : Process::End::Stays),
               "an opener is kept waiting by nobody alive");
        if (opener.end() == Process::End::Stays) {
            machine_.examine(opener.region());
            opener.leave();
            expect(!lists || !machine_.is_anything_waiting(), "an opener leaves a file of the dead");
        }
        bool const in_use = machine_.is_occupied(machine_.named());
        Process    creator(machine_, plan.system, 0, fresh, 2);
        creator.create(geometry);
        expect(creator.end() == (in_use ? Process::End::InUse : Process::End::Stays),
               in_use ? "a region in use was replaced" : "a creator is kept waiting by nobody alive");
        expect(in_use || !lists || !machine_.is_anything_waiting(), "a creator leaves a file of the dead");
    }

    Machine                machine_{plan.words, plan.stopping};
    std::optional<Process> processes_[3];
};

constexpr auto disarms = System::Disarms;
constexpr auto alone   = System::DisarmsUnlisted; ///< what Replacement.h promises of itself
constexpr auto waits   = System::Waits;
constexpr auto other   = Does::CreateOrOpenOther;

constexpr Plan race{false, false, false, alone, 2, {Does::CreateOrOpen, Does::CreateOrOpen, {}}};
constexpr Plan replace{true, false, false, alone, 2, {Does::Create, Does::Open, {}}};
constexpr Plan words{true, true, false, alone, 2, {Does::Create, Does::Open, {}}};
constexpr Plan replacers{true, false, false, alone, 2, {Does::Create, other, {}}};
constexpr Plan crowd{true, false, false, alone, 3, {Does::Create, other, Does::Open}};
constexpr Plan deaths{true, false, false, disarms, 2, {Does::Create, other, {}}};
constexpr Plan deaths_crowd{true, true, false, disarms, 3, {Does::Create, Does::Open, other}};
constexpr Plan stopped{true, false, true, disarms, 2, {Does::Create, other, {}}};
constexpr Plan by_hand{true, false, false, disarms, 2, {Does::Create, Does::RemoveByHandAndCreate, {}}};
constexpr Plan unlinkers{true, false, false, alone, 3, {Does::Unlink, Does::Unlink, Does::CreateOrOpen}};
constexpr Plan unlinker{true, false, false, alone, 2, {Does::Unlink, Does::Create, {}}};
constexpr Plan refused{true, false, false, alone, 3, {Does::Unlink, Does::UnlinkRefused, Does::CreateOrOpen}};
constexpr Plan waiting{true, false, false, waits, 2, {Does::Create, Does::Open, {}}};
constexpr Plan waiting_deaths{true, false, false, waits, 2, {Does::Create, other, {}}};

Registration<Creation<race>> const      registered_race{"creation_race", "two create_or_open on a free name", 2};
Registration<Creation<replace>> const   registered_replace{"creation_replace",
                                                         "an opener beside who replaces what the dead left", 2};
Registration<Creation<words>> const     registered_words{"creation_replace_words",
                                                     "the same, proofs of life being mere seq_cst words", 2};
Registration<Creation<replacers>> const registered_replacers{"creation_replacers",
                                                             "two that want another region than the dead left", 2};
Registration<Creation<crowd>> const     registered_crowd{"creation_crowd", "two replacers and an opener", 3};
Registration<Creation<deaths>> const    registered_deaths{
    "creation_deaths", "replacers die anywhere: the next opener and creator go on", 2, 2};
Registration<Creation<deaths_crowd>> const registered_deaths_crowd{
    "creation_deaths_crowd", "the same with an opener, proofs of life being mere seq_cst words", 3, 2};
Registration<Creation<stopped>> const registered_stopped{
    "creation_stopped", "replacers stop anywhere, for ever: the next opener and creator go on", 2, 2};
Registration<Creation<by_hand>> const registered_by_hand{
    "creation_by_hand", "the name is removed by hand and given anew under a replacer", 2};
Registration<Creation<unlinkers>> const registered_unlinkers{
    "creation_unlinkers", "two that unlink a region, and one that takes the name anew; they die anywhere", 3, 1};
Registration<Creation<refused>> const        registered_refused{"creation_unlink_refused",
                                                         "the same, one of them not being allowed to", 3, 1};
Registration<Creation<unlinker>> const       registered_unlinker{"creation_unlinker",
                                                           "who unlinks what the dead left beside who replaces it", 2};
Registration<Creation<waiting>> const        registered_waiting{"creation_waiting",
                                                         "an opener beside a replacer where none can be disarmed", 2};
Registration<Creation<waiting_deaths>> const registered_waiting_deaths{
    "creation_waiting_deaths", "two replacers where none can be disarmed die anywhere", 2, 2};

} // namespace
} // namespace kickmsg_models
