/// Blackboards: named values in shared memory, each with one writer.
#pragma once

#include "kickmsg/Config.h"
#include "kickmsg/Duration.h"
#include "kickmsg/Export.h"
#include "kickmsg/Schema.h"
#include "kickmsg/Span.h"
#include "kickmsg/TypeSchema.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace kickmsg {

class Node;
template <class T>
class TypedBlackboardWriter;
template <class T>
class TypedBlackboardReader;

namespace detail {
class BoardState;
class ReaderState;
} // namespace detail

/// The sizes of a blackboard. They are fixed by the call that creates it, and all others that give some have to give the same.
struct BlackboardConfig {
    static constexpr uint32_t    key_limit    = 65536;      ///< keys of one blackboard
    static constexpr uint32_t    handle_limit = 1024;       ///< of max_handles
    static constexpr std::size_t value_limit  = 0x7fffffd8; ///< bytes: a value and what is known of it are one payload
    static constexpr std::size_t name_limit   = 127;        ///< bytes of the name of a key

    uint32_t max_keys =
        64; ///< 1 … 65536. A key that was named stays, with its last value, as long as the blackboard does
    /// Bytes that each value has room for, 1 … 2^31 - 40. Each key takes that five times: four versions, and itself. Rounded up: see
    /// Blackboard::max_value_size().
    std::size_t max_value_size = 128;
    uint32_t max_handles = 32; ///< Blackboards that may be open at once, 1 … 1024; beside them there is room for tools
    uint32_t mode        = 0600; ///< of the region's file, as channel::Config::mode
};

/// Returns: the bytes of shared memory that a blackboard of the sizes `cfg` takes.
/// Errors:  Error InvalidConfig naming the field that is out of its range.
KICKMSG_API std::size_t footprint(BlackboardConfig const& cfg);

/// What is known of a value beside its bytes.
struct ValueInfo {
    uint64_t version =
        0; ///< 1 for the first value of its key, one more for each further one, whoever wrote it; 0: none yet
    std::size_t size       = 0; ///< bytes
    uint64_t    written_ns = 0; ///< when it was written, monotonic_ns()
    uint64_t    wall_ns    = 0; ///< the same by the wall clock, ns since 1970, which may be set

    /// Returns: how long ago it was written, by the clock that never goes back: the same in all processes of this host.
    KICKMSG_API std::chrono::nanoseconds age() const noexcept;
};

/// Whether a key has a writer.
enum class WriterState {
    None,  ///< nobody has claimed it, or the last one has left
    Alive, ///< it is not proven dead
    Dead,  ///< it is proven dead: the next one that asks gets the key
};

/// Who writes a key.
struct WriterInfo {
    WriterState state       = WriterState::None; ///< when it was asked
    uint64_t    pid         = 0;                 ///< in its own pid namespace; 0 when its record has gone
    uint64_t    incarnation = 0;                 ///< the number of its Blackboard; never reused
};

/// One key, as Blackboard::values() lists it.
struct BlackboardEntry {
    std::string key;           ///< its name
    ValueInfo   info;          ///< of its last value
    WriterInfo  writer;        ///< who writes it
    bool        typed = false; ///< whether somebody has said what type its values are of
    uint64_t    type  = 0;     ///< a number of that type, the same on every host; 0: nobody has said
};

/// Writes one key of a blackboard.
///
/// Threads:  one each. Move-only.
/// Progress: wait-free: a write waits for no reader, alive, stopped or dead, and costs one exchange; where readers sleep until the key changes, the system
///           calls that wake them.
/// Crash:    dying anywhere leaves the value before or the new one, whole. The key is free for the next writer as soon as the death is proven, not
///           sooner: time proves nothing. Dying just after a value was written may leave its sleepers to their next look: 320 ms at most.
/// Errors:   values: a writer that was moved from, and one that a child inherited (fork, clone), is unusable: `if (!writer)`.
///
/// It is made by Blackboard::writer(), and outlives it.
class KICKMSG_API BlackboardWriter {
public:
    /// Takes over what `other` is and holds, and leaves it unusable.
    /// @{
    BlackboardWriter(BlackboardWriter&& other) noexcept;
    BlackboardWriter& operator=(BlackboardWriter&& other) noexcept;
    /// @}
    BlackboardWriter(BlackboardWriter const&)            = delete;
    BlackboardWriter& operator=(BlackboardWriter const&) = delete;
    /// Gives the key up. Its value stays.
    ~BlackboardWriter();

    /// Returns: whether this handle can write: false when it was moved from, or inherited through fork().
    explicit operator bool() const noexcept;

    /// Makes a copy of the `length` bytes at `data` the value of the key.
    /// Returns: the bytes; -EMSGSIZE above Blackboard::max_value_size(); -EBADF for an unusable handle.
    [[nodiscard]] int32_t write(void const* data, std::size_t length) noexcept;
    /// Returns: the version of the last value, whoever wrote it; 0: none yet.
    uint64_t version() const noexcept;
    /// Returns: the name of the key; empty for an unusable handle.
    std::string key() const;

private:
    friend class Blackboard;
    KICKMSG_HIDDEN      BlackboardWriter(std::shared_ptr<detail::BoardState> state, uint32_t key) noexcept;
    KICKMSG_HIDDEN void leave() noexcept;

    std::shared_ptr<detail::BoardState> state_; ///< null: moved from
    uint32_t                            key_ = 0;
};

/// Reads one key of a blackboard.
///
/// Threads:  one each; any number of readers. Through the readers of one Blackboard, one thread at a time may wait, that of a WaitSet
///           included. Move-only.
/// Progress: a read is wait-free: it waits for no writer, alive, stopped or dead, makes no system call, writes nothing that is shared, and
///           never gets a torn value. It copies the value; where the writer writes three more versions and begins a fourth meanwhile, it does so
///           again, 64 times at most: then it says -EAGAIN, and at least 192 newer versions have been written during the call.
/// Crash:    dying anywhere leaves nothing behind.
/// Errors:   values: a reader that was moved from, and one that a child inherited (fork, clone), is unusable: `if (!reader)`.
///
/// It is made by Blackboard::reader(), before or after the key has a writer, and outlives the Blackboard. WaitSet::add() waits for it beside
/// others: it stays in its set when it is moved, and leaves it when it ends.
class KICKMSG_API BlackboardReader {
public:
    /// Takes over what `other` is, with its place in a WaitSet, and leaves it unusable.
    /// @{
    BlackboardReader(BlackboardReader&& other) noexcept;
    BlackboardReader& operator=(BlackboardReader&& other) noexcept;
    /// @}
    BlackboardReader(BlackboardReader const&)            = delete;
    BlackboardReader& operator=(BlackboardReader const&) = delete;
    /// Leaves nothing behind.
    ~BlackboardReader();

    /// Returns: whether this handle can read: false when it was moved from, or inherited through fork().
    explicit operator bool() const noexcept;

    /// Copies the value to the `room` bytes at `to`. Where `info` is given, it becomes what is known of the value.
    /// Returns: its bytes; -ENODATA when none was written yet; -EMSGSIZE when there is no room for it (`info` says how much it needs); -EAGAIN when the
    ///          writer has overtaken each copy (Progress); -EBADMSG when its length has been overwritten; -EBADF for an unusable handle. What is at `to`
    ///          is a value only where bytes are returned.
    [[nodiscard]] int32_t read(void* to, std::size_t room, ValueInfo* info = nullptr) noexcept;
    /// Returns: the version that there is now; 0: none yet.
    uint64_t version() const noexcept;
    /// Returns: the version that read() has returned last; 0: none yet.
    uint64_t seen() const noexcept;
    /// Returns: whether there is another version than the one that was read last.
    bool has_changed() const noexcept
    {
        return version() != seen();
    }

    /// Sleeps until there is another version than the one that was read last, at most `timeout`; nanoseconds::max() waits for ever, zero or
    /// less looks once. A version that was followed by others is passed over: a value is a state, and no message.
    /// Progress: a write wakes; a writer that was killed between its write and its wake leaves this to its next look, after 20 ms, then 40, 80, 160
    ///           and 320 ms more, and every 320 ms from then on.
    /// Returns:  whether there is; false at once for an unusable handle.
    [[nodiscard]] bool wait_for_change(std::chrono::nanoseconds timeout) noexcept;
    /// The same for a `timeout` of any unit: saturated().
    /// Returns: as above.
    template <class Rep, class Period>
    [[nodiscard]] bool wait_for_change(std::chrono::duration<Rep, Period> timeout) noexcept
    {
        return wait_for_change(saturated(timeout));
    }

    /// Returns: who writes the key.
    /// Cost:    a system call where there is a writer.
    WriterInfo writer() const noexcept;
    /// Returns: the name of the key; empty for an unusable handle.
    std::string key() const;

private:
    friend class Blackboard;
    friend class WaitSet;
    KICKMSG_HIDDEN BlackboardReader(std::shared_ptr<detail::BoardState> board, uint32_t key);

    struct Leave {
        KICKMSG_HIDDEN void operator()(detail::ReaderState* state) const noexcept;
    };
    std::unique_ptr<detail::ReaderState, Leave> state_; ///< null: moved from
};

/// An open blackboard: a table of keys, each with its last value, in shared memory.
///
/// A value is a state: who reads gets the last one, however often it changed meanwhile, and whoever wrote it, alive or not. What has to
/// arrive one after the other is for a topic.
///
/// Threads:  const members, writer() and reader() are thread-safe; all others need external synchronisation. Move-only.
/// Progress: no call waits for another process, but those that make or open one as SharedRegion does.
/// Crash:    a process killed in any call here leaves nothing to be brought back but its record, which the next that needs one takes. A key whose
///           writer was killed has the value before or the new one, and is taken over by proof of the death.
/// Errors:   what fails throws Error; nothing is left half done, but for a key that was named: it stays, without a value.
///
/// It is made by Node::blackboard(), and stays in the region that it joined: where its name leads elsewhere, stale() says so.
class KICKMSG_API Blackboard {
public:
    /// Opens the existing blackboard whose region is called `region`: for tools. A Node knows it by a name: Node::open_blackboard().
    /// Returns: the blackboard, open.
    /// Errors:  as SharedRegion::open(); Error Mismatch when the region is none of a blackboard, WrongVersion when it is one of another version.
    static Blackboard open(std::string const& region);

    /// Takes over what `other` is and holds, and leaves it unusable.
    /// @{
    Blackboard(Blackboard&& other) noexcept;
    Blackboard& operator=(Blackboard&& other) noexcept;
    /// @}
    Blackboard(Blackboard const&)            = delete;
    Blackboard& operator=(Blackboard const&) = delete;
    /// Its writers and readers stay valid. The blackboard stays, with its name.
    ~Blackboard();

    /// Returns: whether this handle can be used: false when it was moved from, or inherited through fork().
    explicit operator bool() const noexcept;

    /// Claims `key` to be written here, in any of the forms of a name of 1 to 127 bytes without a null character. A key that is new is added. One whose
    /// writer is proven dead is taken over, and goes on from its last value and version.
    /// Returns: its writer.
    /// Errors:  Error InUse, with the pid of the writer, while another one lives; InvalidName; LimitReached when max_keys keys have names;
    ///          NameCollision when another key has the same hash; InvalidHandle.
    BlackboardWriter writer(std::string const& key);
    /// Returns: a reader of `key`, which is added when it is new: it may come before its writer.
    /// Errors:  as writer(), without InUse.
    BlackboardReader reader(std::string const& key);
    /// The same for a `key` whose values are of `type`: who says so first decides, and all others that say one have to say the same.
    /// Returns: as above.
    /// Errors:  as above; Error SchemaMismatch when it is said to be of another type; Mismatch when values have no room for it.
    /// @{
    BlackboardWriter writer(std::string const& key, SchemaInfo const& type);
    BlackboardReader reader(std::string const& key, SchemaInfo const& type);
    /// @}
    /// The same for a `key` whose values are of type `T`: writer<Pose>("pose").
    /// Returns: as above, typed.
    /// Errors:  as above.
    /// @{
    template <class T>
    TypedBlackboardWriter<T> writer(std::string const& key)
    {
        return TypedBlackboardWriter<T>(writer(key, schema_of<T>()));
    }
    template <class T>
    TypedBlackboardReader<T> reader(std::string const& key)
    {
        return TypedBlackboardReader<T>(reader(key, schema_of<T>()));
    }
    /// @}

    /// Sleeps until one of `readers`, all of this blackboard, has another version than it has read last, at most `timeout`, as
    /// BlackboardReader::wait_for_change(). Which ones they are, BlackboardReader::has_changed() says.
    /// Threads:  one at a time may wait through the readers of one Blackboard. A WaitSet waits for several blackboards, and for topics.
    /// Returns:  whether one has; false at once where one of them is unusable or of another Blackboard, or there is none.
    [[nodiscard]] bool wait_for_change(Span<BlackboardReader const* const> readers,
                                       std::chrono::nanoseconds            timeout) const noexcept;
    /// The same for `readers` and a `timeout` of any unit: saturated().
    /// Returns: as above.
    template <class Rep, class Period>
    [[nodiscard]] bool wait_for_change(Span<BlackboardReader const* const> readers,
                                       std::chrono::duration<Rep, Period>  timeout) const noexcept
    {
        return wait_for_change(readers, saturated(timeout));
    }

    /// Returns: all keys, sorted by name; each is as it was at some moment of the call.
    /// Cost:    a system call for each writer.
    std::vector<BlackboardEntry> values() const;
    /// Returns: whether there is a `key` of that name. It adds none.
    bool has(std::string const& key) const;

    /// Returns: bytes that a value may have: what was configured, or a few more that were left beside it.
    std::size_t max_value_size() const;
    /// Returns: keys that may have names.
    uint32_t max_keys() const;
    /// Returns: the name of its region, with its slash: for SharedRegion::open(), inspect() and the tool.
    std::string const& region() const;
    /// Returns: whether its name leads elsewhere, or nowhere: others cannot find this one.
    /// Cost:    a system call.
    bool stale() const;

private:
    friend class Node;
    KICKMSG_HIDDEN explicit Blackboard(std::shared_ptr<detail::BoardState> state) noexcept;
    KICKMSG_HIDDEN detail::BoardState& state() const;
    KICKMSG_HIDDEN BlackboardWriter    claim(std::string const& key, SchemaInfo const* type) const;

    std::shared_ptr<detail::BoardState> state_; ///< null: moved from
};

} // namespace kickmsg

#include "kickmsg/TypedBlackboard.h"
