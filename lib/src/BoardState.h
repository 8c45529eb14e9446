/// What a Blackboard, its writers and its readers share: the region, and this process's part in it.
#pragma once

#include "BoardLayout.h"
#include "LifeCheck.h"
#include "RegionState.h"
#include "WaitBudget.h"
#include "kickmsg/os/Wait.h"

#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace kickmsg {
namespace detail {

class WaitSetState;

/// What a look has found, in the words of the interface.
inline ValueInfo info_of(core::BoardStamp const& stamp) noexcept
{
    return {stamp.version, static_cast<std::size_t>(stamp.length), stamp.written_ns, stamp.wall_ns};
}

/// The readers of one Blackboard that are in a wait set. They share a word to sleep on, which wakes one sleeper: so it is one set.
///
/// Threads: enter() and leave() any; the turn is under the lock of the set.
class BoardSeat {
public:
    /// Another reader comes into `set`. Returns: whether it is the only one there; nothing when it may not: others are in another set.
    std::optional<bool> enter(WaitSetState const& set) noexcept;
    /// Returns: whether it was the last one there.
    bool leave() noexcept;
    /// Returns: whether the word was armed in this `turn` already.
    bool is_armed_in(uint64_t turn) noexcept
    {
        return std::exchange(turn_, turn) == turn;
    }

private:
    std::mutex          lock_; ///< of the next two
    WaitSetState const* set_     = nullptr;
    uint32_t            readers_ = 0;
    uint64_t            turn_    = 0; ///< when the word was armed last
};

class BoardState {
public:
    /// `region`: of a blackboard.
    explicit BoardState(std::shared_ptr<RegionState> region)
        : region_(std::move(region)), board_(region_->mapping().layout())
    {
    }

    BoardLayout& board() noexcept
    {
        return board_;
    }
    Mapping& mapping() const noexcept
    {
        return region_->mapping();
    }
    std::shared_ptr<Mapping> const& shared_mapping() const noexcept
    {
        return region_->shared_mapping();
    }
    BoardSeat& seat() noexcept
    {
        return seat_;
    }
    bool is_own() const noexcept
    {
        return mapping().is_own();
    }
    core::Self self() const noexcept
    {
        return region_->participant().self();
    }

    /// Returns: the key of that name, added where it is new; its values are of `type`, where that is not null.
    /// Errors: Error InvalidName, LimitReached, NameCollision, SchemaMismatch, Mismatch.
    uint32_t add(std::string const& name, SchemaInfo const* type);
    /// Whether there is a key of that name.
    bool has(std::string const& name);
    /// Makes this process the writer of a key. Errors: Error InUse.
    void claim(uint32_t key);
    /// By the writer of a key.
    void leave(uint32_t key) noexcept
    {
        BoardOwner(board_.key(key).owner).leave(self());
    }

    WriterInfo                   writer_of(uint32_t key) noexcept;
    std::string                  name_of(uint32_t key);
    std::vector<BlackboardEntry> values();

    /// Sleeps until `has_changed(look)` finds another version, with `look(key)` the version of a key as it is now; one thread at a time.
    /// Returns: whether it has.
    template <class HasChanged>
    bool wait(HasChanged has_changed, std::chrono::nanoseconds timeout) noexcept
    {
        if (has_changed([this](uint32_t key) noexcept { return BoardValue(board_, key).version(); })) {
            return true;
        }
        BoardBell      bell(board_);
        uint32_t const handle = board_.handle_of(self().record);
        for (WaitBudget budget(timeout); !budget.is_over(); budget.look()) {
            uint32_t const rung = bell.begin(handle);
            if (has_changed([&](uint32_t key) noexcept { return bell.watch(handle, key); })) {
                return true;
            }
            os::wait(board_.bell(handle), rung, 0, budget.slice());
        }
        return has_changed([this](uint32_t key) noexcept { return BoardValue(board_, key).version(); });
    }

private:
    /// Sees to it that the values of a key are of `type`. Errors: Error SchemaMismatch, Mismatch.
    void agree(uint32_t key, SchemaInfo const& type);

    std::shared_ptr<RegionState> region_;
    BoardLayout                  board_;
    BoardSeat                    seat_;
};

/// The blackboard `region`, whoever made it, or a fresh one.
std::shared_ptr<BoardState> join_board(std::string const& region, BlackboardConfig const& cfg,
                                       Identity const& identity);
/// The blackboard `region`. `identity`: what the opener calls it, null when it does not say.
std::shared_ptr<BoardState> open_board(std::string const& region, Identity const* identity);

} // namespace detail
} // namespace kickmsg
