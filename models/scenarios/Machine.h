// A name in a file system, regions as files, and proofs of life, for the scenarios of creation.
//
// The kernel's part is modelled by words: the directory (link fails when a name is taken, rename moves a file over
// another, unlink frees a name; each is one critical section), and for each region the set of proofs held on it. Every step
// of the kernel may be the one before which a process dies.
#pragma once

#include "Faults.h"
#include "World.h"

#include "kickmsg/core/Replacement.h"

#include <cstdio>

namespace kickmsg_models {

using core::OwnerWord;

using Provision = core::Provision<Policy>;

constexpr unsigned regions_limit = 12;
constexpr unsigned nowhere       = regions_limit;
constexpr auto     strong        = std::memory_order_seq_cst;

/// One file, with what its mapping shows and the locks that processes hold on it.
struct Region {
    Atomic<uint64_t>  state{};
    Atomic<uint64_t>  incarnations{};
    Atomic<uint64_t>  remover{};
    Atomic<uint32_t>  provisional{};
    Atomic<uint64_t>  proofs{}; ///< bit i: participant of incarnation i; bit 32 + i: replacer
    rl::var<uint32_t> geometry;

    uint64_t held_by[Lab::threads_limit]{}; ///< bits of `proofs`, for deaths
};

/// The machine on which one execution happens.
class Machine {
public:
    /// `words`: a proof is asked by a load, which orders no more than a seq_cst operation does. Otherwise taking and
    /// asking are critical sections of one lock, as Linux has it.
    /// `stopping`: a thread that "dies" is stopped for ever, and keeps its proofs.
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
    /// Moves the name into a place that is armed for that, where it ends. Returns: false when the place is gone.
    bool take_away(unsigned place)
    {
        bool taken = false;
        change([&](uint64_t directory) {
            taken = file_at(directory, place) != nowhere || planted("pruner-unlinks");
            return taken ? with(with(directory, place, nowhere), the_name, nowhere) : directory;
        });
        return taken;
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
    /// The region is provisional, and one that leaves its geometry to others sits in it, alive, to the end.
    void let_wait_in(unsigned region)
    {
        regions_[region].provisional.store(Provision::open, std::memory_order_relaxed);
        regions_[region].proofs.store(uint64_t{1} << 31, std::memory_order_relaxed);
    }
    Provision provision(unsigned region)
    {
        return Provision(regions_[region].provisional);
    }
    /// What is_provisional() of the library sees.
    bool seems_provisional(unsigned region)
    {
        return regions_[region].provisional.load(std::memory_order_relaxed) == Provision::open;
    }
    /// For oracles.
    bool is_provisional(unsigned region) const noexcept
    {
        return region != nowhere && regions_[region].provisional.newest() == Provision::open;
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
    static inline Machine* running = nullptr;

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
            } else if (word == &region.provisional) {
                std::snprintf(name, size, "region[%u].provisional", i);
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

constexpr uint64_t participant(uint64_t incarnation) noexcept
{
    return uint64_t{1} << incarnation;
}
constexpr uint64_t replacer(uint64_t incarnation) noexcept
{
    return uint64_t{1} << (32 + incarnation);
}

} // namespace kickmsg_models
