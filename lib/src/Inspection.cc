#include "Inspection.h"

#include "Layout.h"
#include "LifeCheck.h"
#include "Participant.h"
#include "Reported.h"

#include <algorithm>

namespace kickmsg {
namespace detail {

using core::OwnerWord;

Inspection::Inspection(std::string const& name) : memory_(SharedMemory::inspect(name))
{
    read(0, image_, std::min<std::size_t>(memory_.size(), sizeof(image_)));
}

void Inspection::read(uint64_t offset, void* to, std::size_t bytes) const
{
    if (!memory_.read(static_cast<std::size_t>(offset), to, bytes)) {
        // sometimes uncovered: the file has to shrink between two readings
        throw Error(ErrorCode::Corrupt, memory_.name(), "it became shorter while it was looked at");
    }
}

Geometry Inspection::examine() const
{
    return detail::examine(image_, memory_.size(), memory_.name());
}

std::vector<ParticipantStats> Inspection::participants(Geometry const& geometry) const
{
    Copies<Record> records(geometry.record_count());
    read(geometry.records_offset, records.data(), records.bytes());
    LifeCheck                     life(memory_);
    std::vector<ParticipantStats> found;
    for (uint32_t index = 0; index < geometry.record_count(); ++index) {
        uint64_t const word = records.word(index, offsetof(Record, owner));
        if (OwnerWord::state(word) == OwnerWord::Free) {
            continue;
        }
        bool const alive = life.is_alive(OwnerWord::incarnation(word));
        bool const sends = kind_of(geometry, index) == ParticipantKind::Publisher;
        uint64_t   again = word;
        if (!alive ||
            sends) { // one that leaves gives up the word first and the proof afterwards: it is nobody's death. And what
                     // was copied of a publisher may be of two, if the record has changed hands meanwhile
            read(geometry.records_offset + index * sizeof(Record) + offsetof(Record, owner), &again, sizeof(again));
        }
        bool const recovered = alive && OwnerWord::state(word) != OwnerWord::Active; // by the living owner of the word
        if (again == word && !recovered) {
            found.push_back({index, kind_name(static_cast<uint32_t>(kind_of(geometry, index))),
                             records.word(index, offsetof(Record, pid)), OwnerWord::incarnation(word), alive,
                             sent_by(OwnerWord::incarnation(word), records, index)});
        }
    }
    return found;
}

uint64_t Inspection::sent(Geometry const& geometry) const
{
    Copies<Record> records(geometry.record_count());
    read(geometry.records_offset, records.data(), records.bytes());
    uint64_t all = 0;
    for (uint32_t index = 0; index < geometry.record_count(); ++index) {
        all += records.word(index, offsetof(Record, sent));
    }
    return all;
}

uint32_t Inspection::live_rings(Geometry const& geometry) const
{
    Copies<Ring> rings(geometry.max_subscribers);
    read(geometry.rings_offset, rings.data(), rings.bytes());
    uint64_t live_set = 0; // after the rings: one that is joining is in it when publishers see it
    read(offsetof(RegionHeader, live_set), &live_set, sizeof(live_set));
    LifeCheck life(memory_);
    uint32_t  live = 0;
    for (uint32_t index = 0; index < geometry.max_subscribers; ++index) {
        uint64_t const word = rings.word(index, offsetof(Ring, owner));
        live += (live_set >> index & 1) != 0 && OwnerWord::state(word) == OwnerWord::Live &&
                        life.is_alive(OwnerWord::incarnation(word))
                    ? 1
                    : 0;
    }
    return live;
}

uint32_t count(std::vector<ParticipantStats> const& participants, char const* kind, bool alive) noexcept
{
    return static_cast<uint32_t>(
        std::count_if(participants.begin(), participants.end(), [&](ParticipantStats const& participant) noexcept {
            return participant.alive == alive && participant.kind == kind;
        }));
}

std::string text_of_living(std::vector<ParticipantStats> const& participants)
{
    LivingText text;
    for (ParticipantStats const& participant : participants) {
        if (participant.alive) {
            text.add(participant.kind, participant.pid);
        }
    }
    return text.all();
}

} // namespace detail
} // namespace kickmsg
