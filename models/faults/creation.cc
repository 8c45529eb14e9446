// Faults of creating, opening and replacing regions: steps left out, by the participants of scenarios/creation.cc
// themselves (planted()).
#include "Target.h"

namespace kickmsg_models {
namespace {

FaultTable const table{
    {"no-second-asking", "creation_replace", "a replacer does not ask the proofs of life again", plant<Fault>},
    {"opener-does-not-look-again", "creation_replace",
     "an opener stays without a look at the state after its proof of life", plant<Fault>},
    {"named-before-proof", "creation_replacers", "a creator names its region before it has a proof of life in it",
     plant<Fault>},
    {"replacer-trusts-the-name", "creation_replacers",
     "a replacer does not ask whether the name still leads to what it retired", plant<Fault>},
    {"replacer-without-proof", "creation_waiting", "a replacer names an incarnation of which it holds no proof of life",
     plant<Fault>},
    {"dead-replacer-is-waited-for", "creation_waiting_deaths", "a region whose replacer died stays retired",
     plant<Fault>},
    {"waiting-name-reused", "creation_crowd", "replacements of a region wait for their rename under one name",
     plant<Fault>},
    {"overtaken-stays-armed", "creation_replace",
     "an opener that puts a retired region back in use leaves its replacer armed", plant<Fault>},
    {"armed-after-retiring", "creation_replace", "a replacer is named in the state before it is armed", plant<Fault>},
    {"name-not-looked-at-again", "creation_by_hand",
     "a replacer that has taken a name neither disarms others nor looks again", plant<Fault>},
    {"removal-without-right", "creation_unlinkers",
     "a process that unlinks does not ask whether another is removing the name", plant<Fault>},
    {"pruner-unlinks", "creation_prune", "a pruner that was disarmed removes the name all the same", plant<Fault>},
    {"settler-does-not-look-again", "creation_settle",
     "one that settles a provisional region does not look at its state afterwards", plant<Fault>},
    {"settled-not-asked", "creation_settle",
     "a replacer of a provisional region does not ask, after retiring it, whether it has been settled", plant<Fault>},
    {"provisional-unlinked-by-name", "creation_decide_unlinker",
     "a process that unlinks a provisional region removes the name by the right to it alone", plant<Fault>},
    {"publish-overwrites", "creation_race", "a creator takes a name that another has just taken", plant<Fault>},
};

} // namespace

} // namespace kickmsg_models
