/// What one execution happens in: the shared memory, the participants' proofs of life, and what only an oracle knows.
#pragma once

#include "Toll.h"

namespace kickmsg_models {

/// Which processes live. A death, like a proof of life let go, is seen by asking: the thread that is answered "dead" sees
/// all that the dead one wrote (the kernel's lock is let go after its last store), and nobody else learns anything by it.
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
        return proofs_[incarnation].died;
    }
    /// For oracles: no question of the program.
    bool holds_proof(uint64_t incarnation) const noexcept
    {
        return incarnation < most && proofs_[incarnation].alive;
    }

private:
    struct Proof {
        bool            alive  = false;
        bool            died   = false;
        unsigned        thread = 0;
        rl::timestamp_t clock[Lab::threads_limit]{}; ///< of its last moment
    };
    void stop(Proof& proof);

    Proof proofs_[most];
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
    Toll   toll;

    /// Publishers are numbered from 1: a message names its own.
    unsigned next_publisher() noexcept
    {
        return ++publishers_;
    }

    // --- states that the dead leave behind, for set-ups
    /// As a popper leaves the free stack that died after its exchange: the top slot is nowhere.
    void lose_top_slot();
    /// Recoverers have something to do from the beginning, as after an earlier death: the next one may die in mid-sweep.
    void owe_sweep()
    {
        Registry(layout).owe_sweep();
    }

    // --- payload: two words, the second only in long messages; a write while somebody reads is a data race
    void write_payload(SlotIndex slot, uint32_t value);
    /// Returns: the value, after checking that the contents belong together.
    uint32_t read_payload(SlotIndex slot, uint32_t length);
    /// Messages of even value are long: length depends on content.
    static uint32_t length_of(uint32_t value) noexcept
    {
        return value % 2 == 0 ? 8 : 4;
    }

    // --- ghosts: what each message has to say of itself
    struct Sample {
        uint64_t publisher = 0; ///< incarnation
        uint64_t sequence  = 0;
        uint32_t record    = 0; ///< of its publisher
        uint64_t counted   = 0; ///< what that has to count when it can be had
    };
    /// Of the message of that value, which is a publisher's and one of its first.
    Sample& sample(uint32_t value)
    {
        expect(value >> 8 < publishers_limit && (value & 0xffU) < samples_limit,
               "the scenario sends too many messages");
        return samples_[value >> 8][value & 0xffU];
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
    /// record and ring of the dead is free, a second recovery finds nothing, and none has found more than has died.
    void audit();
    /// The same without any recovery: nobody died.
    void audit_pool();
    /// No ring and no loan refers to any slot.
    void expect_no_holders(char const* what);

private:
    void     audit_recovery();
    void     audit_records();
    uint32_t accounted_slots();
    uint32_t accounted_in_history();
    bool     is_viewed(SlotIndex slot) const noexcept;

    unsigned                                        publishers_ = 0;
    Cells<rl::var<uint32_t>, 2 * Layout::most_pool> payload_;
    bool                                            lent_[Lab::threads_limit][Layout::most_pool]{};
    unsigned                                        views_[Lab::threads_limit][Layout::most_pool]{};
    core::SlotNote*                                 notes_[Lab::threads_limit]{};

    static constexpr unsigned publishers_limit = 8, samples_limit = 64;
    Sample                    samples_[publishers_limit][samples_limit]{};
};

/// The world of the running execution.
World& world() noexcept;

} // namespace kickmsg_models
