/// Removing the regions that only the dead left: as replacing them, with nothing in their place (core/Replacement.h).
#include "kickmsg/Discovery.h"

#include "Attempts.h"
#include "Guarded.h"
#include "Inspection.h"
#include "Participant.h"
#include "Replacing.h"

namespace kickmsg {

namespace {

Error occupied(std::string const& name, std::string const& living)
{
    return Error(ErrorCode::InUse, name, "the region is in use by " + living, Remedy{"end its users first"});
}

Error occupied(detail::Mapping& mapping)
{
    return occupied(mapping.name(), detail::living_participants(mapping));
}

/// Returns: whether it removed the region; false when to look again. Errors: InUse, and of removing.
bool remove_once(detail::Mapping& mapping, detail::Attempts& attempts)
{
    if (!mapping.memory().is_linked()) {
        return false; // sometimes uncovered: the name has to go between two steps
    }
    if (os::is_anyone_alive(mapping.memory())) {
        throw occupied(mapping);
    }
    if (attempts.polite() && detail::is_being_replaced(mapping)) {
        detail::Attempts::pause();
        return false;
    }
    detail::Replacer remover(mapping);
    switch (remover.retire(attempts.failure)) {
    case detail::Replacement::Outcome::Busy:
        detail::Attempts::pause();
        return false;
    case detail::Replacement::Outcome::Occupied:
        throw occupied(mapping); // sometimes uncovered: somebody has to come between two questions
    case detail::Replacement::Outcome::Retired:
        break;
    }
    return remover.take_name();
}

/// Returns: false when there is none any more. Errors: why it stays.
bool remove_unless_used(std::string const& name)
{
    detail::Attempts attempts;
    do {
        auto const mapping = detail::map_if_there(name);
        if (!mapping) {
            return false; // sometimes uncovered: likewise
        }
        if (remove_once(*mapping, attempts)) {
            mapping->memory().clear_waiting(); // of the dead, which armed for what is gone
            return true;
        }
    } while (attempts.next());
    attempts.refuse(name);
}

void prune_one(ListedRegion const& seen, PruneReport& report)
{
    try {
        if (seen.error) {
            throw *seen.error;
        }
        if (seen.publishers.alive + seen.subscribers.alive + seen.handles.alive > 0) {
            throw occupied(seen.name, detail::text_of_living(seen.participants));
        }
        if (remove_unless_used(seen.name)) {
            report.removed.push_back(seen.name);
        }
    } catch (Error const& error) {
        report.kept.push_back(KeptRegion{seen.name, error});
    }
}

} // namespace

PruneReport prune(std::string const& prefix)
{
    return detail::guarded("prune", [&prefix] {
        PruneReport report;
        for (ListedRegion const& seen : list(prefix)) {
            prune_one(seen, report);
        }
        report.leftovers = SharedMemory::clear_abandoned(prefix);
        return report;
    });
}

} // namespace kickmsg
