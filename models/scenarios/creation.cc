// Creating, opening and replacing regions, over a name in a file system, regions as files, and proofs of life.
#include "Process.h"

#include <algorithm>
#include <optional>

namespace kickmsg_models {
namespace {

enum class Does {
    Nothing,
    Open,
    Wait,
    Create,
    CreateOrOpen,
    CreateOrOpenOther,
    Unlink,
    UnlinkRefused,
    RemoveByHandAndCreate,
    Prune,
    Decide,
    DecideOther,
    DecideAsItIs,
    UnlinkProvisional
};

/// What is other than usual: the dead hold region 0, and the name leads to it; locks prove a life; the dying let go.
enum class But { Nothing, TheNameIsFree, ProofsAreWords, TheDyingStopForEver };

/// Who is in region 0: the dead, or one that lives and leaves its geometry to others.
enum class In { TheDead, OneThatWaits };

/// A scenario of creation: on(system, {what each process does}).dying(deaths, at most).named(name, what).
struct CreationCase {
    System      system;
    Does        does[3];
    But         but;
    In          in     = In::TheDead;
    unsigned    deaths = 0;
    char const* name   = nullptr;
    char const* what   = nullptr;

    constexpr unsigned threads() const noexcept
    {
        return does[2] == Does::Nothing ? 2 : 3;
    }
    constexpr CreationCase dying(unsigned at_most) const noexcept
    {
        return {system, {does[0], does[1], does[2]}, but, in, at_most, name, what};
    }
    constexpr CreationCase named(char const* as, char const* sentence) const noexcept
    {
        return {system, {does[0], does[1], does[2]}, but, in, deaths, as, sentence};
    }
};
constexpr CreationCase waited_in(System system, Does const (&does)[3], But but = But::Nothing) noexcept
{
    return {system, {does[0], does[1], does[2]}, but, In::OneThatWaits};
}
constexpr CreationCase on(System system, Does const (&does)[3], But but = But::Nothing) noexcept
{
    return {system, {does[0], does[1], does[2]}, but};
}

constexpr auto disarms = System::Disarms;
constexpr auto alone   = System::DisarmsUnlisted; ///< what Replacement.h promises of itself
constexpr auto waits   = System::Waits;
constexpr auto other   = Does::CreateOrOpenOther;

constexpr CreationCase cases[] = {
    on(alone, {Does::CreateOrOpen, Does::CreateOrOpen}, But::TheNameIsFree)
        .named("creation_race", "two create_or_open on a free name"),
    on(alone, {Does::Create, Does::Open}).named("creation_replace", "an opener beside who replaces what the dead left"),
    on(alone, {Does::Create, Does::Open}, But::ProofsAreWords)
        .named("creation_replace_words", "the same, proofs of life being mere seq_cst words"),
    on(alone, {Does::Create, other}).named("creation_replacers", "two that want another region than the dead left"),
    on(alone, {Does::Create, other, Does::Open}).named("creation_crowd", "two replacers and an opener"),
    on(disarms, {Does::Create, other})
        .dying(2)
        .named("creation_deaths", "replacers die anywhere: the next opener and creator go on"),
    on(disarms, {Does::Create, Does::Open, other}, But::ProofsAreWords)
        .dying(2)
        .named("creation_deaths_crowd", "the same with an opener, proofs of life being mere seq_cst words"),
    on(disarms, {Does::Create, other}, But::TheDyingStopForEver)
        .dying(2)
        .named("creation_stopped", "replacers stop anywhere, for ever: the next opener and creator go on"),
    on(disarms, {Does::Create, Does::RemoveByHandAndCreate})
        .named("creation_by_hand", "the name is removed by hand and given anew under a replacer"),
    on(alone, {Does::Unlink, Does::Unlink, Does::CreateOrOpen})
        .dying(1)
        .named("creation_unlinkers", "two that unlink a region, and one that takes the name anew; they die anywhere"),
    on(alone, {Does::Unlink, Does::UnlinkRefused, Does::CreateOrOpen})
        .dying(1)
        .named("creation_unlink_refused", "the same, one of them not being allowed to"),
    on(alone, {Does::Unlink, Does::Create})
        .named("creation_unlinker", "who unlinks what the dead left beside who replaces it"),
    on(alone, {Does::Prune, Does::Open}).named("creation_prune", "an opener beside who removes what the dead left"),
    on(alone, {Does::Prune, Does::Open}, But::ProofsAreWords)
        .named("creation_prune_words", "the same, proofs of life being mere seq_cst words"),
    on(alone, {Does::Prune, Does::Prune, Does::CreateOrOpen})
        .named("creation_pruners", "two that remove what the dead left, and one that takes the name"),
    on(disarms, {Does::Prune, other, Does::Open})
        .dying(2)
        .named("creation_prune_deaths", "a pruner beside a replacer and an opener die anywhere: those that come go on"),
    on(disarms, {Does::Prune, Does::CreateOrOpen}, But::TheDyingStopForEver)
        .dying(1)
        .named("creation_prune_stopped", "one of a pruner and an opener stops anywhere, for ever"),
    on(waits, {Does::Prune, Does::Open})
        .named("creation_prune_waiting", "an opener beside a pruner where none can be disarmed"),
    on(waits, {Does::Create, Does::Open})
        .named("creation_waiting", "an opener beside a replacer where none can be disarmed"),
    on(waits, {Does::Create, other})
        .dying(2)
        .named("creation_waiting_deaths", "two replacers where none can be disarmed die anywhere"),
    waited_in(alone, {Does::Decide, Does::DecideAsItIs})
        .named("creation_settle", "one that replaces a provisional region beside one that settles it"),
    waited_in(alone, {Does::Decide, Does::DecideAsItIs}, But::ProofsAreWords)
        .named("creation_settle_words", "the same, proofs of life being mere seq_cst words"),
    waited_in(alone, {Does::Decide, Does::DecideOther})
        .named("creation_decide", "two that replace a provisional region by different ones"),
    waited_in(alone, {Does::Decide, Does::DecideOther, Does::Wait})
        .named("creation_decide_late", "the same beside one that comes to wait in it"),
    waited_in(disarms, {Does::Decide, Does::DecideAsItIs, Does::Wait})
        .dying(2)
        .named("creation_decide_deaths",
               "one that replaces a provisional region, one that settles it and one that comes to wait die anywhere"),
    waited_in(disarms, {Does::Decide, Does::DecideAsItIs}, But::TheDyingStopForEver)
        .dying(1)
        .named("creation_decide_stopped", "one of the two stops anywhere, for ever"),
    waited_in(alone, {Does::UnlinkProvisional, Does::Decide})
        .named("creation_decide_unlinker", "who unlinks a provisional region beside who replaces it"),
    waited_in(alone, {Does::UnlinkProvisional, Does::DecideAsItIs, Does::Decide})
        .named("creation_settle_unlinker", "the same beside who settles it"),
    waited_in(alone, {Does::Prune, Does::Decide, Does::Wait})
        .named("creation_decide_pruner", "who removes what only the dead left beside who replaces a provisional one"),
    waited_in(waits, {Does::Decide, Does::DecideAsItIs, Does::Wait})
        .dying(1)
        .named("creation_decide_waiting", "one that replaces, one that settles, where none can be disarmed"),
};

/// The one that runs.
CreationCase const& running_case()
{
    return *std::find_if(std::begin(cases), std::end(cases),
                         [](CreationCase const& each) { return each.name == experiment().description->name; });
}

class Creation : public Scenario {
public:
    Creation()
    {
        if (case_.but != But::TheNameIsFree) {
            machine_.build(0, old_geometry);
            machine_.link(0);
        }
        if (case_.in == In::OneThatWaits) {
            machine_.let_wait_in(0);
        }
        for (unsigned i = 0; i < case_.threads(); ++i) {
            processes_[i].emplace(machine_, case_.system, i, 1 + attempts * i, attempts);
        }
    }

    void thread(unsigned index) override
    {
        Process& me = *processes_[index];
        if (!lab().run_mortal([&] { act(me, case_.does[index]); })) {
            me.forget();
        }
    }

    /// A process that stays, stays where the name leads; one that comes now waits for nobody, and clears what is left.
    void after() override
    {
        check_who_stays();
        check_deciders();
        check_latecomers();
    }

private:
    static constexpr uint32_t old_geometry = 7, geometry = 8, other_geometry = 9;
    static constexpr unsigned attempts = 2;

    void act(Process& me, Does does)
    {
        switch (does) {
        case Does::Nothing:
            return;
        case Does::Open:
            return me.open();
        case Does::Wait:
            return me.open_and_watch();
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
        case Does::Prune:
            return me.prune();
        case Does::Decide:
            return me.decide(geometry);
        case Does::DecideOther:
            return me.decide(other_geometry);
        case Does::DecideAsItIs:
            return me.decide(old_geometry);
        case Does::UnlinkProvisional:
            return me.unlink_provisional();
        }
    }

    void check_who_stays()
    {
        for (unsigned i = 0; i < case_.threads(); ++i) {
            // region 0 may have been unlinked under a process that stays in it
            bool const unlinked = (case_.does[0] == Does::Unlink || case_.does[0] == Does::UnlinkProvisional) &&
                                  processes_[i]->region() == 0;
            // and one that leaves the geometry to others follows its name
            bool const follows = case_.does[i] == Does::Wait && !processes_[i]->is_decided();
            expect(processes_[i]->end() != Process::End::Stays || unlinked || follows ||
                       processes_[i]->region() == machine_.named(),
                   "a process stays in a region that no name leads to");
        }
    }

    /// Nobody is refused for a geometry that nobody alive has decided.
    void check_deciders()
    {
        bool is_refused = false;
        bool is_decided = case_.deaths != 0;
        for (unsigned i = 0; i < case_.threads(); ++i) {
            bool const decides = case_.does[i] >= Does::Decide && case_.does[i] <= Does::DecideAsItIs;
            is_refused |= decides && processes_[i]->end() == Process::End::InUse;
            is_decided |= decides &&
                          (processes_[i]->end() == Process::End::Stays || processes_[i]->end() == Process::End::GaveUp);
        }
        expect(!is_refused || is_decided, "all that decide were refused");
    }

    void check_latecomers()
    {
        unsigned const fresh = 1 + attempts * case_.threads();
        Process        opener(machine_, case_.system, 0, fresh, 2);
        opener.open();
        expect(opener.end() == (machine_.named() == nowhere ? Process::End::NotFound : Process::End::Stays),
               "an opener is kept waiting by nobody alive");
        if (opener.end() == Process::End::Stays) {
            machine_.examine(opener.region());
            opener.leave();
            expect(!lists() || !machine_.is_anything_waiting(), "an opener leaves a file of the dead");
        }
        check_late_decider(fresh + 2);
        bool const in_use = machine_.is_occupied(machine_.named());
        Process    creator(machine_, case_.system, 0, fresh, 2);
        creator.create(geometry);
        expect(creator.end() == (in_use ? Process::End::InUse : Process::End::Stays),
               in_use ? "a region in use was replaced" : "a creator is kept waiting by nobody alive");
        expect(in_use || !lists() || !machine_.is_anything_waiting(), "a creator leaves a file of the dead");
    }

    void check_late_decider(unsigned fresh)
    {
        if (machine_.is_provisional(machine_.named())) {
            Process decider(machine_, case_.system, 0, fresh, 2);
            decider.decide(other_geometry);
            expect(decider.end() == Process::End::Stays && decider.region() == machine_.named(),
                   "one that decides is kept waiting, or refused, where nobody has decided");
        }
    }

    /// Whether files of the dead are found.
    bool lists() const noexcept
    {
        return case_.system == System::Disarms;
    }

    CreationCase const&    case_ = running_case();
    Machine                machine_{case_.but == But::ProofsAreWords, case_.but == But::TheDyingStopForEver};
    std::optional<Process> processes_[3];
};

bool const registered = [] {
    for (CreationCase const& each : cases) {
        Registration<Creation>(each.name, each.what, each.threads(), each.deaths);
    }
    return true;
}();

} // namespace
} // namespace kickmsg_models
