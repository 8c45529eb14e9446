/// What a replacer and an opener of a region share besides its words: the right to take its name, which the other one ends, and the name.
#pragma once

#include "Driver.h"

#include "kickmsg/core/Replacement.h"

namespace kickmsg_genmc {

/// Arming, disarming and taking are critical sections of one lock: changes of one word.
class Name {
public:
    void arm() noexcept
    {
        armed_.exchange(is_armed, std::memory_order_acq_rel);
    }
    void disarm() noexcept
    {
        uint32_t seen = is_armed;
        armed_.compare_exchange_strong(seen, 0, std::memory_order_acq_rel, std::memory_order_acquire);
    }
    /// By the replacer. Returns: whether it was still armed.
    bool take() noexcept
    {
        uint32_t seen = is_armed;
        return armed_.compare_exchange_strong(seen, is_taken, std::memory_order_acq_rel, std::memory_order_acquire);
    }
    bool leads_here() const noexcept
    {
        return armed_.load(std::memory_order_acquire) != is_taken;
    }

private:
    static constexpr uint32_t is_armed = 1, is_taken = 2;

    Atomic<uint32_t> armed_;
};

/// `Obstacle::stands()`: what the replacer asks after it has retired the region.
template <class Obstacle>
class NameLock {
public:
    NameLock(Name& name, Obstacle& obstacle) noexcept : name_(name), obstacle_(obstacle) {}

    bool arm() noexcept
    {
        name_.arm();
        return true;
    }
    bool disarm(uint64_t /*incarnation*/) noexcept
    {
        name_.disarm();
        return true;
    }
    bool is_anyone_alive() noexcept
    {
        return obstacle_.stands();
    }
    bool is_linked() noexcept
    {
        return name_.leads_here();
    }

private:
    Name&     name_;
    Obstacle& obstacle_;
};

/// An obstacle and a region that is ready.
template <class Obstacle>
struct Replaced {
    static constexpr uint64_t replacer = 9;

    Atomic<uint64_t> state;
    Name             name;
    Obstacle         obstacle;
    bool             stays; ///< the one that opened it
    bool             taken; ///< its name

    void set_up()
    {
        state.plain() = OwnerWord::make(OwnerWord::Ready, 0, 0);
    }
    void occupy()
    {
        NameLock<Obstacle> lock(name, obstacle);
        stays = core::Replacement<Policy, NameLock<Obstacle>>(state, lock).occupy();
    }
    void replace()
    {
        using Replacement = core::Replacement<Policy, NameLock<Obstacle>>;
        NameLock<Obstacle> lock(name, obstacle);
        taken = Replacement(state, lock).retire(replacer) == Replacement::Outcome::Retired && name.take();
    }
    void check()
    {
        REQUIRE(!(stays && taken), "one stays in a region while another takes its name");
    }
};

} // namespace kickmsg_genmc
