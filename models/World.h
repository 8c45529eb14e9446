/// The shared memory of one execution, the participants' proofs of life, and what only an oracle knows.
#pragma once

#include "Engine.h"
#include "Policy.h"

#include "kickmsg/core/Receiver.h"
#include "kickmsg/core/Recovery.h"
#include "kickmsg/core/Sender.h"

namespace kickmsg_models {

namespace core = kickmsg::core;
using core::SlotIndex;

/// Up to N objects in fixed memory: Relacy's atomics cost time to make, so only those of the shape are.
template <class T, std::size_t N>
class Cells {
public:
    explicit Cells(std::size_t count) : count_(count)
    {
        if (count > N) {
            throw std::logic_error("the scenario's shape is larger than the world");
        }
        for (std::size_t i = 0; i < count; ++i) {
            ::new (at(i)) T();
        }
    }
    Cells(Cells const&)            = delete;
    Cells& operator=(Cells const&) = delete;
    ~Cells()
    {
        for (std::size_t i = 0; i < count_; ++i) {
            at(i)->~T();
        }
    }
    T& operator[](std::size_t i)
    {
        expect(i < count_, "an index is out of range");
        return *at(i);
    }
    std::size_t size() const noexcept
    {
        return count_;
    }
    /// The index of the object that `address` lies in, or size().
    std::size_t index_of(void const* address) const noexcept
    {
        auto const* const byte  = static_cast<unsigned char const*>(address);
        auto const* const first = memory_;
        bool const        in    = byte >= first && byte < first + count_ * sizeof(T);
        return in ? static_cast<std::size_t>(byte - first) / sizeof(T) : count_;
    }

private:
    T* at(std::size_t i) noexcept
    {
        return reinterpret_cast<T*>(memory_) + i;
    }

    std::size_t count_;
    alignas(T) unsigned char memory_[N * sizeof(T)];
};

struct Shape {
    uint32_t rings       = 1;
    uint32_t capacity    = 2;
    uint32_t pool        = 3;
    uint32_t subscribers = 1; ///< records with a hold map, the first ones
    uint32_t records     = 3;
};

/// The memory that the algorithms see (core/Structures.h), as arrays.
class Layout {
public:
    explicit Layout(Shape const& shape);

    template <class T>
    using atomic = Policy::atomic<T>;

    atomic<uint64_t>& head()
    {
        return words_[0];
    }
    atomic<uint64_t>& live_set()
    {
        return words_[1];
    }
    atomic<uint64_t>& incarnations()
    {
        return words_[2];
    }
    atomic<uint64_t>& sweeps_owed()
    {
        return words_[3];
    }
    atomic<uint64_t>& sweeps_done()
    {
        return words_[4];
    }
    atomic<uint64_t>& schema_owner()
    {
        return words_[5];
    }
    core::SlotHeader<Policy>& slot(uint32_t index)
    {
        return slots_[index];
    }
    core::RingHeader<Policy>& ring(uint32_t index)
    {
        return rings_[index];
    }
    atomic<uint64_t>& entry(uint32_t ring, uint64_t position)
    {
        return entries_[ring * shape_.capacity + (position & (shape_.capacity - 1))];
    }
    core::Record<Policy>& record(uint32_t index)
    {
        return records_[index];
    }
    atomic<uint32_t>& hold(uint32_t record, uint32_t slot)
    {
        expect(record < shape_.subscribers, "a record without a hold map was asked for one");
        return holds_[record * shape_.pool + slot];
    }
    uint32_t pool_size() const
    {
        return shape_.pool;
    }
    uint32_t ring_count() const
    {
        return shape_.rings;
    }
    uint32_t capacity() const
    {
        return shape_.capacity;
    }
    unsigned capacity_log2() const
    {
        return shape_.capacity == 1 ? 0 : shape_.capacity == 2 ? 1 : 2;
    }
    uint32_t record_count() const
    {
        return shape_.records;
    }
    uint32_t subscriber_count() const
    {
        return shape_.subscribers;
    }
    void report_corruption()
    {
        expect(false, "a word is out of range or a slot has two owners (report_corruption)");
    }

    /// "entry[0][1]" and "lap 3 full slot 2", for the history.
    void describe(void* word, uint64_t value, char* name, char* decoded, std::size_t size) const;

    static constexpr uint32_t most_rings = 2, most_capacity = 4, most_pool = 6, most_records = 8;

private:
    Shape                                               shape_;
    Cells<atomic<uint64_t>, 6>                          words_;
    Cells<core::SlotHeader<Policy>, most_pool>          slots_;
    Cells<core::RingHeader<Policy>, most_rings>         rings_;
    Cells<atomic<uint64_t>, most_rings * most_capacity> entries_;
    Cells<core::Record<Policy>, most_records>           records_;
    Cells<atomic<uint32_t>, most_records * most_pool>   holds_;
};

using Ring       = core::Ring<Policy, Layout>;
using FreeStack  = core::FreeStack<Policy, Layout>;
using Sender     = core::Sender<Policy, Layout>;
using Receiver   = core::Receiver<Policy, Layout>;
using Membership = core::Membership<Policy, Layout>;
using Registry   = core::Registry<Policy, Layout>;
using SchemaSlot = core::SchemaSlot<Policy, Layout>;
using LiveSet    = core::LiveSet<Policy, Layout>;
using Slots      = core::References<Policy>;
using Entry      = core::EntryWord<Policy>;

/// Which processes live. A death, like a proof of life let go, is seen by asking; the thread that is answered "dead" sees all that the
/// dead one wrote (the kernel's lock is let go after its last store), and nobody else learns anything by it.
class Lives {
public:
    static constexpr uint64_t most = 24;

    /// `thread` holds the proof of `incarnation` from now on.
    void begin(uint64_t incarnation, unsigned thread);
    /// Lets it go, as a leaving process does.
    void end(uint64_t incarnation);
    /// All proofs of a thread that dies.
    void end_all_of(unsigned thread);
    bool is_alive(uint64_t incarnation);
    /// Whether anybody died, or left, of whom `died` was said.
    bool has_died(uint64_t incarnation) const noexcept
    {
        return lives_[incarnation].died;
    }
    /// For oracles: no question of the program.
    bool holds_proof(uint64_t incarnation) const noexcept
    {
        return incarnation < most && lives_[incarnation].alive;
    }

private:
    struct Life {
        bool            alive  = false;
        bool            died   = false;
        unsigned        thread = 0;
        rl::timestamp_t clock[Lab::threads_limit]{}; ///< of its last moment
    };
    void stop(Life& life);

    Life lives_[most];
};

class World;

/// What recovery asks (lib/src/LifeCheck.h): once for each incarnation in one call, an old "alive" is cautious.
class LifeCheck {
public:
    explicit LifeCheck(World& world) noexcept : world_(world) {}
    bool is_alive(uint64_t incarnation);

private:
    World& world_;
    bool   asked_[Lives::most]{};
    bool   alive_[Lives::most]{};
};

using Recovery = core::Recovery<Policy, Layout, LifeCheck>;
using Sweep    = core::Sweep<Policy, Layout, LifeCheck>;

class World {
public:
    explicit World(Shape const& shape);
    World(World const&)            = delete;
    World& operator=(World const&) = delete;
    ~World();

    Layout layout;
    Lives  lives;

    // --- payload: two words, the second only in long messages; a write while somebody reads is a data race
    void write_payload(SlotIndex slot, uint32_t value);
    /// Returns: the value, after checking that the contents belong together.
    uint32_t read_payload(SlotIndex slot, uint32_t length);
    /// Messages of even value are long: length depends on content.
    static uint32_t length_of(uint32_t value) noexcept
    {
        return value % 2 == 0 ? 8 : 4;
    }

    // --- ghosts: slots in the hands of a participant of `thread`
    void lent(SlotIndex slot, unsigned thread);    ///< a publisher has it from the pool
    void given_up(SlotIndex slot);                 ///< and is about to let go of it
    void viewed(SlotIndex slot, unsigned thread);  ///< a subscriber has taken it
    void dropped(SlotIndex slot, unsigned thread); ///< and is about to drop it
    void forget(unsigned thread);                  ///< which has died: its ghosts are nobody's

    /// The notes of the sweep that the running thread is in; a fault changes what stands there.
    core::SlotNote* sweep_notes() const noexcept
    {
        return notes_[rl::thread_index()];
    }
    void set_sweep_notes(core::SlotNote* notes) noexcept
    {
        notes_[rl::thread_index()] = notes;
    }

    // --- oracles of the end
    /// Recovery by a newcomer as far as something is owed; then every slot is free or accounted for, exactly, every
    /// record and ring of the dead is free, a second recovery finds nothing.
    void audit();
    /// The same without any recovery: nobody died.
    void audit_pool();

private:
    void     audit_recovery();
    void     audit_records();
    uint32_t accounted_slots();
    bool     is_viewed(SlotIndex slot) const noexcept;

    Shape                                           shape_;
    Cells<rl::var<uint32_t>, 2 * Layout::most_pool> payload_;
    bool                                            lent_[Lab::threads_limit][Layout::most_pool]{};
    unsigned                                        views_[Lab::threads_limit][Layout::most_pool]{};
    core::SlotNote*                                 notes_[Lab::threads_limit]{};
};

/// The world of the running execution.
World& world() noexcept;

} // namespace kickmsg_models
