// Faults of creating, opening and replacing regions: steps left out, by the participants of scenarios/creation.cc
// themselves (planted()).
#include "faults_tools.h"

namespace kickmsg_models {

void add_creation_faults(std::vector<FaultDescription>& all)
{
    all.push_back(describe_fault<Fault>("no-second-asking", "creation_replace",
                                        "a replacer does not ask the proofs of life again"));
    all.push_back(describe_fault<Fault>("opener-does-not-look-again", "creation_replace",
                                        "an opener stays without a look at the state after its proof of life"));
    all.push_back(describe_fault<Fault>("named-before-proof", "creation_replacers",
                                        "a creator names its region before it has a proof of life in it"));
    all.push_back(describe_fault<Fault>("replacer-trusts-the-name", "creation_replacers",
                                        "a replacer does not ask whether the name still leads to what it retired"));
    all.push_back(describe_fault<Fault>("replacer-without-proof", "creation_replace",
                                        "a replacer names an incarnation of which it holds no proof of life"));
    all.push_back(describe_fault<Fault>("dead-replacer-is-waited-for", "creation_deaths",
                                        "a region whose replacer died stays retired"));
    all.push_back(describe_fault<Fault>("publish-overwrites", "creation_race",
                                        "a creator takes a name that another has just taken"));
}

} // namespace kickmsg_models
