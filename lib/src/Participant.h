/// Who takes part in a region: its attachments, and what is said of them.
#pragma once

#include "Mapping.h"
#include "kickmsg/os/Liveness.h"

#include <memory>
#include <string>

namespace kickmsg {
namespace detail {

enum class ParticipantKind : uint32_t { Subscriber = 1, Publisher = 2, Region = 3 };

char const* kind_name(uint32_t kind) noexcept;

/// Records one after the other.
struct RecordRange {
    uint32_t first, count;
};
RecordRange records_of(Geometry const& geometry, ParticipantKind kind) noexcept;
/// By the record's place, which no word of the region can change.
ParticipantKind kind_of(Geometry const& geometry, uint32_t record) noexcept;

/// An attachment to a region: an incarnation, its proof of life, a record. Made and unmade in the one safe order:
/// incarnation, proof, record; record, proof.
class Participant {
public:
    /// Draws the incarnation and takes the proof; there is no record yet.
    explicit Participant(std::shared_ptr<Mapping> mapping);
    Participant(Participant const&)            = delete;
    Participant& operator=(Participant const&) = delete;
    ~Participant();

    /// Takes a free record. Returns: false when none of this kind is free.
    bool enroll(ParticipantKind kind) noexcept;
    /// Takes the record of a dead participant, and owes a sweep. Returns: false when all live.
    bool adopt(ParticipantKind kind) noexcept;
    /// Errors: Error NoFreeRecord (NoFreeRing for a subscriber), naming the limit and the living.
    [[noreturn]] void refuse(ParticipantKind kind) const;

    core::Self self() const noexcept
    {
        return self_;
    }
    Mapping& mapping() const noexcept
    {
        return *mapping_;
    }
    std::shared_ptr<Mapping> const& shared_mapping() const noexcept
    {
        return mapping_;
    }

private:
    bool draw(bool last);
    void describe(ParticipantKind kind) noexcept;

    std::shared_ptr<Mapping> mapping_;
    core::Self               self_;
    os::ProofOfLife          proof_;
    bool                     enrolled_ = false;
};

/// How many participants that the process `pid` recorded are not proven dead.
std::size_t count_alive(Mapping& mapping, uint64_t pid) noexcept;

/// The living of a region, for messages: "publisher pid 12, subscriber pid 17"; of many the first ten.
class LivingText {
public:
    void        add(std::string const& kind, uint64_t pid);
    std::string all() const;

private:
    std::string list_;
    std::size_t count_ = 0;
};

/// LivingText of those that take part in a region.
std::string living_participants(Mapping& mapping);

} // namespace detail
} // namespace kickmsg
