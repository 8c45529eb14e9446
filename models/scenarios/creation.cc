// Creating, opening and replacing regions: core/Replacement.h in the order in which lib/src/Lifecycle.cc composes it, over
// a name in a file system, regions as files, and proofs of life.
//
// The kernel's part is modelled by words: the name (link fails when it is taken, rename replaces), and for each region
// the set of proofs held on it. Every step of the kernel may be the one before which a process dies.
#include "Faults.h"
#include "World.h"

#include "kickmsg/core/Replacement.h"

#include <cstdio>
#include <optional>

namespace kickmsg_models {
namespace {

using core::OwnerWord;

constexpr unsigned regions_limit = 6;
constexpr unsigned nowhere       = regions_limit;
constexpr auto     strong        = std::memory_order_seq_cst;

/// One file, with what its mapping shows and the locks that processes hold on it.
struct Region {
    Atomic<uint64_t>  state{};
    Atomic<uint64_t>  incarnations{};
    Atomic<uint64_t>  proofs{}; ///< bit i: participant of incarnation i; bit 32 + i: replacer
    rl::var<uint32_t> geometry;

    uint64_t held_by[Lab::threads_limit]{}; ///< bits of `proofs`, for deaths
};

/// The machine on which one execution happens.
class Machine {
public:
    /// `words`: a proof is asked by a load, which orders no more than a seq_cst operation does. Otherwise taking and
    /// asking are critical sections of one lock, as Linux has it.
    explicit Machine(bool words) : words_(words)
    {
        running        = this;
        lab().describe = [](void* word, uint64_t value, char* name, char* decoded, std::size_t size) {
            running->describe(word, value, name, decoded, size);
        };
        lab().on_death = [](unsigned thread) { running->end_proofs_of(thread); };
        for (Region& region : regions_) {
            region.geometry(here()).store(0);
        }
    }

    Region& at(unsigned region)
    {
        return regions_[region];
    }

    // --- the name
    unsigned lookup()
    {
        uint64_t const found = name_.load(strong);
        return found == 0 ? nowhere : static_cast<unsigned>(found - 1);
    }
    bool is_linked(unsigned region)
    {
        return lookup() == region;
    }
    bool link(unsigned region)
    {
        if (planted("publish-overwrites")) {
            rename(region);
            return true;
        }
        uint64_t free = 0;
        return name_.compare_exchange_strong(free, region + 1, strong, strong);
    }
    void rename(unsigned region)
    {
        name_.exchange(region + 1, strong);
    }
    unsigned named() const noexcept
    {
        return name_.newest() == 0 ? nowhere : static_cast<unsigned>(name_.newest() - 1);
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
        std::snprintf(name, size, "name");
        std::snprintf(decoded, size, "%llx", static_cast<unsigned long long>(value));
        for (unsigned i = 0; i < regions_limit; ++i) {
            Region& region = regions_[i];
            if (word == &region.state) {
                std::snprintf(name, size, "region[%u].state", i);
                std::snprintf(decoded, size, "%s %u",
                              OwnerWord::state(value) == OwnerWord::Retired ? "Retired by" : "Ready",
                              static_cast<unsigned>(OwnerWord::incarnation(value)));
            } else if (word == &region.proofs || word == &region.incarnations) {
                std::snprintf(name, size, "region[%u].%s", i, word == &region.proofs ? "proofs" : "incarnations");
            }
        }
    }

    bool             words_;
    Atomic<uint64_t> name_{};
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

/// What Replacement asks of its surroundings.
class Surroundings {
public:
    Surroundings(Machine& machine, unsigned region) noexcept : machine_(machine), region_(region) {}

    bool is_replacer_alive(uint64_t incarnation)
    {
        return machine_.is_held(region_, replacer(incarnation)) || planted("dead-replacer-is-waited-for");
    }
    bool is_anyone_alive()
    {
        return !planted("no-second-asking") && machine_.is_held(region_, core::low_bits(32));
    }
    bool is_linked()
    {
        return planted("replacer-trusts-the-name") || machine_.is_linked(region_);
    }

private:
    Machine& machine_;
    unsigned region_;
};

using Replacement = core::Replacement<Policy, Surroundings>;

/// A process: create(), open(), create_or_open(), each with its own fresh region. It stays where it ends.
class Process {
public:
    enum class End { Nothing, Stays, InUse, NotFound, GaveUp };

    Process(Machine& machine, unsigned thread, unsigned fresh, unsigned attempts) noexcept
        : machine_(machine), thread_(thread), fresh_(fresh), attempts_(attempts)
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
        build(geometry);
        for (unsigned attempt = 0; attempt < attempts_ && end_ == End::Nothing; ++attempt) {
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
            machine_.let_go(fresh_, thread_, fresh_proof_);
        }
        finish(end, region);
    }
    uint64_t draw(unsigned region)
    {
        return machine_.at(region).incarnations.fetch_add(1, std::memory_order_relaxed) + 1;
    }
    bool is_in_use(unsigned region)
    {
        return machine_.is_linked(region) && machine_.is_held(region, core::low_bits(32));
    }

    /// open_region(): a proof of life, then a look. Returns: whether to stay.
    bool enter(unsigned region, uint32_t geometry = 0)
    {
        if (region == nowhere) {
            return false;
        }
        uint32_t const found = machine_.examine(region);
        proof_               = participant(draw(region));
        machine_.take(region, thread_, proof_);
        Surroundings surroundings(machine_, region);
        bool const   settled =
            planted("opener-does-not-look-again") || Replacement(machine_.at(region).state, surroundings).settle();
        entered_ = region;
        if (!settled || (geometry != 0 && found != geometry)) {
            machine_.let_go(region, thread_, proof_);
            return false;
        }
        return true;
    }

    void build(uint32_t geometry)
    {
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
        bool const taken = machine_.link(fresh_) || (stale && replace());
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
        Surroundings surroundings(machine_, old);
        auto const   outcome = Replacement(machine_.at(old).state, surroundings).retire(incarnation);
        if (outcome == Replacement::Outcome::Retired) {
            machine_.rename(fresh_);
        }
        machine_.let_go(old, thread_, replacer(incarnation));
        end_ = outcome == Replacement::Outcome::Occupied ? End::InUse : End::Nothing;
        return outcome == Replacement::Outcome::Retired;
    }

    Machine& machine_;
    unsigned thread_;
    unsigned fresh_;
    unsigned attempts_;
    End      end_         = End::Nothing;
    unsigned region_      = nowhere;
    unsigned entered_     = nowhere;
    uint64_t proof_       = 0;
    uint64_t fresh_proof_ = 0;
};

enum class Does { Open, Create, CreateOrOpen, CreateOrOpenOther };

struct Plan {
    bool     stale; ///< the dead hold region 0, and the name leads to it
    bool     words; ///< see Machine
    unsigned attempts;
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
            processes_[i].emplace(machine_, i, i + 1, plan.attempts);
        }
    }

    void thread(unsigned index) override
    {
        Process& me = *processes_[index];
        if (!lab().run_mortal([&] { act(me, plan.does[index]); })) {
            me.forget();
        }
    }

    /// Who stays, stays where the name leads; and whoever comes now is kept waiting by nobody.
    void after() override
    {
        check_latecomers(check_who_stays());
    }

private:
    static constexpr uint32_t old_geometry = 7, geometry = 8, other_geometry = 9;

    static void act(Process& me, Does does)
    {
        switch (does) {
        case Does::Open:
            return me.open();
        case Does::Create:
            return me.create(geometry);
        case Does::CreateOrOpen:
            return me.create_or_open(geometry);
        case Does::CreateOrOpenOther:
            return me.create_or_open(other_geometry);
        }
    }

    unsigned check_who_stays()
    {
        unsigned staying = 0;
        for (unsigned i = 0; i < plan.threads; ++i) {
            if (processes_[i]->end() == Process::End::Stays) {
                ++staying;
                expect(processes_[i]->region() == machine_.named(),
                       "a process stays in a region that no name leads to");
            }
        }
        return staying;
    }

    void check_latecomers(unsigned staying)
    {
        Process opener(machine_, 0, plan.threads + 1, 2);
        opener.open();
        expect(opener.end() == (machine_.named() == nowhere ? Process::End::NotFound : Process::End::Stays),
               "an opener is kept waiting by nobody alive");
        if (opener.end() == Process::End::Stays) {
            machine_.examine(opener.region());
            opener.leave();
        }
        Process creator(machine_, 0, plan.threads + 2, 2);
        creator.create(geometry);
        expect(creator.end() == (staying != 0 ? Process::End::InUse : Process::End::Stays),
               staying != 0 ? "a region in use was replaced" : "a creator is kept waiting by nobody alive");
    }

    Machine                machine_{plan.words};
    std::optional<Process> processes_[3];
};

constexpr Plan race{false, false, 2, 2, {Does::CreateOrOpen, Does::CreateOrOpen, {}}};
constexpr Plan replace{true, false, 2, 2, {Does::Create, Does::Open, {}}};
constexpr Plan words{true, true, 2, 2, {Does::Create, Does::Open, {}}};
constexpr Plan replacers{true, false, 2, 2, {Does::Create, Does::CreateOrOpenOther, {}}};
constexpr Plan crowd{true, false, 2, 3, {Does::Create, Does::CreateOrOpenOther, Does::Open}};
constexpr Plan deaths{true, false, 2, 2, {Does::Create, Does::CreateOrOpenOther, {}}};
constexpr Plan deaths_crowd{true, true, 2, 3, {Does::Create, Does::Open, Does::CreateOrOpenOther}};

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

} // namespace
} // namespace kickmsg_models
