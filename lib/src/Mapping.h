/// A mapped region, shared by all handles and views of this process that came from one opening of it.
#pragma once

#include "RegionHeader.h"
#include "kickmsg/core/Recovery.h"
#include "kickmsg/os/CoreDump.h"
#include "kickmsg/os/Liveness.h"
#include "kickmsg/os/SharedMemory.h"

#include <memory>
#include <string>
#include <vector>

namespace kickmsg {
namespace detail {

/// Whether new mappings go into core dumps. Process-wide.
void set_core_dumps(bool included) noexcept;
bool core_dumps() noexcept;

class Mapping {
public:
    Mapping(SharedMemory memory, Geometry const& geometry)
        : memory_(std::move(memory)), layout_(memory_.data(), geometry), birth_(os::Birth::now())
    {
        if (!core_dumps()) {
            os::leave_out_of_core_dumps(memory_.data(), memory_.size());
        }
    }
    Mapping(Mapping const&)            = delete;
    Mapping& operator=(Mapping const&) = delete;
    ~Mapping();

    Layout& layout() noexcept
    {
        return layout_;
    }
    RegionHeader& header() noexcept
    {
        return layout_.header();
    }
    SharedMemory& memory() noexcept
    {
        return memory_;
    }
    Geometry const& geometry() const noexcept
    {
        return layout_.geometry();
    }
    std::string const& name() const noexcept
    {
        return memory_.name();
    }
    /// False in a child with memory of its own: its handles are inert.
    bool is_own() const noexcept
    {
        return birth_.is_own();
    }
    /// False also in a child that shares its parent's memory: it leaves nothing and unmaps nothing. A system call.
    bool may_end() const noexcept
    {
        return birth_.may_end();
    }

private:
    SharedMemory memory_;
    Layout       layout_;
    os::Birth    birth_;
};

enum class ParticipantKind : uint32_t { Subscriber = 1, Publisher = 2, Region = 3 };

char const* kind_name(uint32_t kind) noexcept;

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
    struct Range {
        uint32_t first, count;
    };
    Range range_of(ParticipantKind kind) const noexcept;
    bool  draw(bool last);
    void  describe(ParticipantKind kind) noexcept;

    std::shared_ptr<Mapping> mapping_;
    core::Self               self_;
    os::ProofOfLife          proof_;
    bool                     enrolled_ = false;
};

/// Asks the kernel who lives, once for each incarnation: an old "dead" stays true, an old "alive" is merely cautious.
class LifeCheck {
public:
    explicit LifeCheck(SharedMemory const& memory) noexcept : memory_(memory) {}

    bool is_alive(uint64_t incarnation) noexcept
    {
        Answer& known = known_[incarnation % answers];
        if (known.incarnation != incarnation || incarnation == 0) {
            known = Answer{incarnation, os::is_alive(memory_, os::Role::Participant, incarnation)};
        }
        return known.alive;
    }

private:
    static constexpr std::size_t answers = 128;
    struct Answer {
        uint64_t incarnation = 0;
        bool     alive       = false;
    };

    SharedMemory const& memory_;
    Answer              known_[answers];
};

using RegionCovers   = core::Covers<Policy, Layout>;
using RegionSweep    = core::Sweep<Policy, Layout, LifeCheck>;
using RegionRecovery = core::Recovery<Policy, Layout, LifeCheck>;
using SweepNotes     = std::vector<core::SlotNote>;

/// A recovery, unless nobody is dead and nothing is owed: then a few system calls are all that it costs.
core::RecoveryCounts run_if_needed(RegionRecovery& recovery, Mapping& mapping);

/// Recoveries that a handle begins by itself, through its participant, when it finds the pool empty.
class AutomaticRecovery {
public:
    AutomaticRecovery(Mapping& mapping, core::Self self) noexcept : mapping_(mapping), self_(self) {}

    /// While there are messages to give up: at most once in 20 ms for a region, by whichever process comes first, and less often
    /// where the last one took long, so that it takes one part in 17 of the time. Returns: whether it ran.
    bool run_if_due() noexcept;
    /// Before a refusal: whenever somebody is dead, or an owed sweep may find something. Returns: whether it ran.
    bool run_if_needed() noexcept;

private:
    bool run() noexcept;

    Mapping&     mapping_;
    core::Self   self_;
    RegionCovers covers_;
};

/// Whether recoveries start by themselves. A seam for the crash tests, which must see a leak before it is healed.
void set_automatic_recovery(bool enabled) noexcept;
bool automatic_recovery() noexcept;

/// How many participants that the process `pid` recorded are not proven dead.
std::size_t count_alive(Mapping& mapping, uint64_t pid) noexcept;

/// "publisher pid 12, subscriber pid 17": the living participants of a region, for messages; of many the first ten.
std::string living_participants(Mapping& mapping);

} // namespace detail
} // namespace kickmsg
