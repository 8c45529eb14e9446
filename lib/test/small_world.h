/// A small layout on plain arrays, with all that the tests of single steps ask of it: who is dead, what is left behind.
#pragma once

#include "array_layout.h"
#include "observed.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <vector>

namespace kickmsg_test {

namespace core = kickmsg::core;

using Policy     = ObservedPolicy;
using Layout     = ArrayLayout<Policy>;
using Claims     = core::Claims<Policy>;
using FreeStack  = core::FreeStack<Policy, Layout>;
using Ring       = core::Ring<Policy, Layout>;
using Sender     = core::Sender<Policy, Layout>;
using Receiver   = core::Receiver<Policy, Layout>;
using Membership = core::Membership<Policy, Layout>;
using Registry   = core::Registry<Policy, Layout>;
using References = core::References<Policy>;
using Entry      = core::EntryWord<Policy>;
using Word       = core::TaggedSlot<Policy>;
using core::ClaimWord;
using core::OwnerWord;

constexpr auto relaxed = std::memory_order_relaxed;

/// Everybody lives but these.
struct Lives {
    bool is_alive(uint64_t incarnation) const
    {
        return dead.count(incarnation) == 0;
    }
    std::set<uint64_t> dead;
};

/// Two rings of four entries and six slots; records 0 and 1 may subscribe, 2 to 4 may not. Record r is of incarnation r + 1.
struct SmallWorld {
    static constexpr uint32_t rings = 2, capacity = 4, pool = 6, records = 5;

    static core::Self self(uint32_t record)
    {
        return {record, record + 1};
    }
    void enroll(uint32_t record)
    {
        layout.record(record).owner.store(OwnerWord::make(OwnerWord::Active, record, record + 1), relaxed);
    }
    Receiver join(uint32_t record)
    {
        enroll(record);
        core::Seat const seat = Membership(layout, self(record)).join();
        EXPECT_TRUE(seat.taken);
        return Receiver(layout, seat.ring, record, seat.start);
    }
    uint64_t claim(uint32_t record)
    {
        return layout.record(record).claim.load(relaxed);
    }
    uint64_t publishing(uint32_t record)
    {
        return layout.record(record).publishing.load(relaxed);
    }
    uint64_t references(uint32_t slot)
    {
        return layout.slot(slot).references.load(relaxed);
    }
    /// What a slot is marked with by all subscribers.
    uint32_t marks()
    {
        uint32_t all = 0;
        for (uint32_t record = 0; record < rings; ++record) {
            for (uint32_t slot = 0; slot < pool; ++slot) {
                all |= layout.hold(record, slot).load(relaxed);
            }
        }
        return all;
    }
    uint64_t claims()
    {
        uint64_t all = 0;
        for (uint32_t record = 0; record < records; ++record) {
            all |= claim(record) | publishing(record);
        }
        return all;
    }
    uint64_t owed()
    {
        return layout.sweeps_owed().load(relaxed);
    }
    /// The slots on the stack, from the top; at most one more than there are.
    std::vector<uint32_t> stacked()
    {
        std::vector<uint32_t> slots;
        uint64_t              word = layout.head().load(relaxed);
        while (Word::slot(word) < pool && slots.size() <= pool) {
            slots.push_back(Word::slot(word));
            word = layout.slot(Word::slot(word)).link.load(relaxed);
        }
        return slots;
    }
    /// Nobody is in the middle of anything, and each slot is on the stack once or needed by somebody.
    void expect_still()
    {
        EXPECT_EQ(claims(), 0U) << "a claim was left behind";
        EXPECT_EQ(marks(), 0U) << "a hold mark was left behind";
        expect_stack();
    }
    void expect_stack()
    {
        std::vector<uint32_t> const free = stacked();
        for (uint32_t slot = 0; slot < pool; ++slot) {
            bool const needed = References::holders(references(slot)) != 0;
            EXPECT_EQ(std::count(free.begin(), free.end(), slot), needed ? 0 : 1) << "slot " << slot;
        }
    }
    uint32_t send(Sender& sender, uint32_t length = 8)
    {
        EXPECT_TRUE(sender.borrow());
        return sender.publish(length);
    }

    Layout layout{rings, capacity, pool, records};
};

using Sweep    = core::Sweep<Policy, Layout, Lives>;
using Recovery = core::Recovery<Policy, Layout, Lives>;

/// Record 4 sweeps; the others live or have died.
struct Swept : SmallWorld {
    Swept()
    {
        for (uint32_t record = 0; record < records; ++record) {
            enroll(record);
        }
        head_at(0);
    }
    ~Swept()
    {
        EXPECT_FALSE(notes[pool].noted || notes[pool].rings != 0) << "a note was made beyond the pool";
    }
    core::SweepCounts repair()
    {
        Claims claims(layout.record(4));
        return Sweep(layout, env, notes.data()).repair(claims);
    }
    core::SweepCounts inspect()
    {
        return Sweep(layout, env, notes.data()).inspect();
    }
    core::RecoveryCounts recover()
    {
        return Recovery(layout, self(4), env).run(notes.data());
    }
    bool needed()
    {
        return Recovery(layout, self(4), env).is_needed();
    }
    void head_at(uint32_t slot)
    {
        layout.head().store(Word::make(Word::tag(layout.head().load(relaxed)) + 1, slot), relaxed);
    }
    /// Slot 0 off the stack, with these references.
    void need(uint64_t holders)
    {
        head_at(1);
        layout.slot(0).references.store(References::make(3, holders), relaxed);
    }
    void own(uint32_t ring, OwnerWord::State state, uint32_t record)
    {
        layout.ring(ring).owner.store(OwnerWord::make(state, record, record + 1), relaxed);
    }

    Lives                       env;
    std::vector<core::SlotNote> notes{pool + 1}; ///< the last one guards
};

/// Acts once, just before the first operation on `word` (an exchange, if so asked).
template <class Act>
class Before {
public:
    Before(void const* word, bool exchange, Act act)
        : observer_([word, exchange, act, this](void const* touched, bool exchanges) {
              if (touched == word && (exchanges || !exchange) && !acted_) {
                  acted_ = true;
                  act();
              }
          })
    {
    }
    Before(Before const&)            = delete;
    Before& operator=(Before const&) = delete;
    ~Before()
    {
        EXPECT_TRUE(acted_) << "the step that was waited for did not come";
    }

private:
    bool     acted_ = false;
    Observer observer_;
};

} // namespace kickmsg_test
