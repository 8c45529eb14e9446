/// What a BlackboardReader is, wherever it is moved.
#pragma once

#include "BoardState.h"
#include "SetSource.h"
#include "kickmsg/Blackboard.h"

#include <memory>

namespace kickmsg {
namespace detail {

class ReaderState final : public SetSource {
public:
    ReaderState(std::shared_ptr<BoardState> board, uint32_t key) noexcept : board_(std::move(board)), key_(key) {}

    std::shared_ptr<BoardState> const& board() const noexcept
    {
        return board_;
    }
    uint32_t key() const noexcept
    {
        return key_;
    }
    bool is_own() const noexcept
    {
        return board_->is_own();
    }
    uint64_t version() const noexcept
    {
        return value().version();
    }
    uint64_t seen() const noexcept
    {
        return seen_;
    }

    core::BoardLook read(void* to, std::size_t room, core::BoardStamp& stamp) noexcept
    {
        core::BoardLook const found = value().read(to, room, stamp, board_looks);
        seen_                       = found == core::BoardLook::Read ? stamp.version : seen_;
        return found;
    }

    /// The reader ends. A child that shares its parent's memory leaves all of it to the parent.
    void leave() noexcept
    {
        if (board_->mapping().may_end()) {
            leave_set();
        } else if (is_own()) {
            return;
        }
        delete this;
    }

    bool is_ready(Moment /*moment*/) noexcept override
    {
        return version() != seen_;
    }
    /// The word is read for the first one of the turn, which is before the marks of all.
    Armed arm(Watch& watch, uint64_t turn) noexcept override
    {
        BoardBell      bell(board_->board());
        uint32_t const handle = board_->board().handle_of(board_->self().record);
        bool const     shared = board_->seat().is_armed_in(turn);
        if (!shared) {
            watch.word    = {&plain(board_->board().bell(handle)), bell.begin(handle), 0};
            watch.next    = {};
            watch.follows = false;
            if (watch.mapping != board_->shared_mapping()) {
                watch.mapping = board_->shared_mapping();
            }
        }
        asleep_at_ = bell.watch(handle, key_);
        return asleep_at_ != seen_ ? Armed::No : shared ? Armed::Shared : Armed::Own;
    }
    /// Its mark stays, as that of any wait (core/BoardBell.h).
    void disarm() noexcept override
    {
        asleep_at_ = awake;
    }
    bool is_late() const noexcept override
    {
        return asleep_at_ != awake && version() != asleep_at_;
    }
    bool put_into(WaitSetState const& set) override;
    bool taken_out() noexcept override
    {
        return board_->seat().leave();
    }

private:
    static constexpr uint64_t awake = ~uint64_t{0};

    ~ReaderState() = default; // by leave()

    /// The word itself, as the system takes it.
    static std::atomic<uint32_t>& plain(Policy::atomic<uint32_t>& word) noexcept
    {
        return word;
    }

    BoardValue value() const noexcept
    {
        return {board_->board(), key_};
    }

    std::shared_ptr<BoardState> board_;
    uint32_t                    key_;
    uint64_t                    seen_      = 0;     ///< the version that was read last
    uint64_t                    asleep_at_ = awake; ///< the version that its set sleeps on; under the set's lock
};

} // namespace detail
} // namespace kickmsg
