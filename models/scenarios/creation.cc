// Creating, opening and replacing regions: core/Replacement.h in the order in which lib/src/Lifecycle.cc composes it, over
// a name in a file system, regions as files, and proofs of life (Machine.h).
#include "Machine.h"

#include "kickmsg/core/Replacement.h"

#include <optional>

namespace kickmsg_models {
namespace {

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
            (Replacement(machine_.at(region).state, surroundings).occupy() && has_name_for_good(region));
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

    /// A thread that stays, stays where the name leads; and one that comes now is kept waiting by nobody, and clears what is left.
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
            // region 0 may have been unlinked under threads that stay in it
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
