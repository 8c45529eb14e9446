#include "kickmsg/Blackboard.h"

#include "Guarded.h"
#include "Inert.h"
#include "ReaderState.h"
#include "kickmsg/Error.h"
#include "kickmsg/os/Time.h"

#include <cerrno>
#include <chrono>

namespace kickmsg {

using detail::BoardState;
using detail::BoardValue;
using detail::guarded;
using detail::ReaderState;

namespace {

template <class State>
bool is_usable(State const& state) noexcept
{
    return state && state->is_own();
}

uint64_t wall_clock_ns() noexcept
{
    auto const now = std::chrono::system_clock::now().time_since_epoch();
    return static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(now).count());
}

int32_t code_of(core::BoardLook found, uint64_t length) noexcept
{
    switch (found) {
    case core::BoardLook::Read:
        return static_cast<int32_t>(length);
    case core::BoardLook::Empty:
        return -ENODATA;
    case core::BoardLook::TooLong:
        return -EMSGSIZE;
    case core::BoardLook::Overtaken:
        return -EAGAIN;
    case core::BoardLook::Damaged:
        break;
    }
    return -EBADMSG;
}

} // namespace

std::chrono::nanoseconds ValueInfo::age() const noexcept
{
    uint64_t const now = monotonic_ns();
    return std::chrono::nanoseconds(now > written_ns ? static_cast<int64_t>(now - written_ns) : 0);
}

// --- the writing end

BlackboardWriter::BlackboardWriter(std::shared_ptr<BoardState> state, uint32_t key) noexcept
    : state_(std::move(state)), key_(key)
{
}
BlackboardWriter::BlackboardWriter(BlackboardWriter&& other) noexcept = default;

BlackboardWriter& BlackboardWriter::operator=(BlackboardWriter&& other) noexcept
{
    if (this != &other) {
        leave();
        state_ = std::move(other.state_);
        key_   = other.key_;
    }
    return *this;
}

BlackboardWriter::~BlackboardWriter()
{
    leave();
}

/// Not in a child that shares its parent's memory: the key stays the parent's.
void BlackboardWriter::leave() noexcept
{
    if (state_ && state_->mapping().may_end()) {
        state_->leave(key_);
    }
}

BlackboardWriter::operator bool() const noexcept
{
    return is_usable(state_);
}

int32_t BlackboardWriter::write(void const* data, std::size_t length) noexcept
{
    if (!is_usable(state_)) {
        detail::note_inert(state_ != nullptr);
        return -EBADF;
    }
    BoardValue value(state_->board(), key_);
    if (length > value.capacity()) {
        return -EMSGSIZE;
    }
    value.write(data, {0, length, monotonic_ns(), wall_clock_ns()});
    detail::BoardBell(state_->board()).ring(key_);
    return static_cast<int32_t>(length);
}

uint64_t BlackboardWriter::version() const noexcept
{
    return is_usable(state_) ? BoardValue(state_->board(), key_).version() : 0;
}

std::string BlackboardWriter::key() const
{
    return guarded("BlackboardWriter", [&] { return is_usable(state_) ? state_->name_of(key_) : std::string(); });
}

// --- the reading end

void BlackboardReader::Leave::operator()(ReaderState* state) const noexcept
{
    state->leave();
}

BlackboardReader::BlackboardReader(std::shared_ptr<BoardState> board, uint32_t key)
    : state_(new ReaderState(std::move(board), key))
{
}
BlackboardReader::BlackboardReader(BlackboardReader&& other) noexcept            = default;
BlackboardReader& BlackboardReader::operator=(BlackboardReader&& other) noexcept = default;
BlackboardReader::~BlackboardReader()                                            = default;

BlackboardReader::operator bool() const noexcept
{
    return is_usable(state_);
}

int32_t BlackboardReader::read(void* to, std::size_t room, ValueInfo* info) noexcept
{
    if (!is_usable(state_)) {
        detail::note_inert(state_ != nullptr);
        return -EBADF;
    }
    core::BoardStamp stamp;
    auto const       found = state_->read(to, room, stamp);
    if (info != nullptr) {
        *info = detail::info_of(stamp);
    }
    return code_of(found, stamp.length);
}

uint64_t BlackboardReader::version() const noexcept
{
    return is_usable(state_) ? state_->version() : 0;
}

uint64_t BlackboardReader::seen() const noexcept
{
    return is_usable(state_) ? state_->seen() : 0;
}

bool BlackboardReader::wait_for_change(std::chrono::nanoseconds timeout) noexcept
{
    if (!is_usable(state_)) {
        detail::note_inert(state_ != nullptr);
        return false;
    }
    auto const has_changed = [this](auto const& look) noexcept { return look(state_->key()) != state_->seen(); };
    return state_->board()->wait(has_changed, timeout);
}

WriterInfo BlackboardReader::writer() const noexcept
{
    return is_usable(state_) ? state_->board()->writer_of(state_->key()) : WriterInfo{};
}

std::string BlackboardReader::key() const
{
    return guarded("BlackboardReader",
                   [&] { return is_usable(state_) ? state_->board()->name_of(state_->key()) : std::string(); });
}

// --- the blackboard

Blackboard::Blackboard(std::shared_ptr<BoardState> state) noexcept : state_(std::move(state)) {}
Blackboard::Blackboard(Blackboard&& other) noexcept            = default;
Blackboard& Blackboard::operator=(Blackboard&& other) noexcept = default;
Blackboard::~Blackboard()                                      = default;

Blackboard Blackboard::open(std::string const& region)
{
    return guarded("Blackboard::open", [&] { return Blackboard(detail::open_board(region, nullptr)); });
}

Blackboard::operator bool() const noexcept
{
    return is_usable(state_);
}

BoardState& Blackboard::state() const
{
    return guarded("Blackboard", [this]() -> BoardState& {
        if (!is_usable(state_)) {
            throw Error(ErrorCode::InvalidHandle, "Blackboard", "it was moved from, or inherited through fork()",
                        Remedy{"open the blackboard anew"});
        }
        return *state_;
    });
}

BlackboardWriter Blackboard::claim(std::string const& key, SchemaInfo const* type) const
{
    return guarded("Blackboard::writer", [&] {
        BoardState&    board = state();
        uint32_t const index = board.add(key, type);
        board.claim(index);
        return BlackboardWriter(state_, index);
    });
}

BlackboardWriter Blackboard::writer(std::string const& key)
{
    return claim(key, nullptr);
}

BlackboardWriter Blackboard::writer(std::string const& key, SchemaInfo const& type)
{
    return claim(key, &type);
}

BlackboardReader Blackboard::reader(std::string const& key)
{
    return guarded("Blackboard::reader", [&] { return BlackboardReader(state_, state().add(key, nullptr)); });
}

BlackboardReader Blackboard::reader(std::string const& key, SchemaInfo const& type)
{
    return guarded("Blackboard::reader", [&] { return BlackboardReader(state_, state().add(key, &type)); });
}

bool Blackboard::wait_for_change(Span<BlackboardReader const* const> readers,
                                 std::chrono::nanoseconds            timeout) const noexcept
{
    bool usable = is_usable(state_) && !readers.empty();
    for (BlackboardReader const* reader : readers) {
        usable = usable && reader->state_ && reader->state_->board() == state_;
    }
    if (!usable) {
        detail::note_inert(state_ != nullptr);
        return false;
    }
    auto const has_changed = [&readers](auto const& look) noexcept {
        bool changed = false;
        for (BlackboardReader const* reader : readers) {
            changed = look(reader->state_->key()) != reader->state_->seen() || changed;
        }
        return changed;
    };
    return state_->wait(has_changed, timeout);
}

std::vector<BlackboardEntry> Blackboard::values() const
{
    return guarded("Blackboard::values", [this] { return state().values(); });
}

bool Blackboard::has(std::string const& key) const
{
    return guarded("Blackboard::has", [&] { return state().has(key); });
}

std::size_t Blackboard::max_value_size() const
{
    return static_cast<std::size_t>(BoardValue(state().board(), 0).capacity());
}

uint32_t Blackboard::max_keys() const
{
    return state().board().key_count();
}

std::string const& Blackboard::region() const
{
    return state().mapping().name();
}

bool Blackboard::stale() const
{
    return !state().mapping().memory().is_linked();
}

} // namespace kickmsg
