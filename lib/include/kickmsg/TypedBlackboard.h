/// The ends of a key whose values are of one type.
#pragma once

#include "kickmsg/Blackboard.h"

#include <cstddef>
#include <cstdint>
#include <new>
#include <optional>
#include <string>
#include <utility>

namespace kickmsg {

/// Writes values of type `T` under one key: a BlackboardWriter that cannot write anything else.
///
/// T is trivially copyable, as of a TypedPublisher.
/// Threads, Progress, Crash, Errors: as BlackboardWriter.
template <class T>
class TypedBlackboardWriter {
    static_assert(detail::is_payload<T>(), "");

public:
    /// Returns: whether this handle can write: false when it was moved from, or inherited through fork().
    explicit operator bool() const noexcept
    {
        return static_cast<bool>(raw_);
    }
    /// Makes `value` the value of the key.
    /// Returns: whether it is: false for an unusable handle.
    bool write(T const& value) noexcept
    {
        return raw_.write(&value, sizeof(T)) >= 0;
    }
    /// Returns: the end without its type.
    /// @{
    BlackboardWriter& raw() noexcept
    {
        return raw_;
    }
    BlackboardWriter const& raw() const noexcept
    {
        return raw_;
    }
    /// @}

private:
    friend class Blackboard;
    explicit TypedBlackboardWriter(BlackboardWriter&& raw) noexcept : raw_(std::move(raw)) {}

    BlackboardWriter raw_;
};

/// Reads values of type `T` under one key.
///
/// Threads, Progress, Crash, Errors: as BlackboardReader.
template <class T>
class TypedBlackboardReader {
    static_assert(detail::is_payload<T>(), "");

public:
    /// Returns: whether this handle can read: false when it was moved from, or inherited through fork().
    explicit operator bool() const noexcept
    {
        return static_cast<bool>(raw_);
    }
    /// Where `info` is given, it becomes what is known of the value.
    /// Returns: the value; nothing when none was written yet, when it is not of the type (an end without a type wrote it), and where
    ///          BlackboardReader::read() says -EAGAIN.
    std::optional<T> read(ValueInfo* info = nullptr) noexcept
    {
        alignas(T) unsigned char bytes[sizeof(T)];
        if (raw_.read(bytes, sizeof(T), info) != static_cast<int32_t>(sizeof(T))) {
            return std::nullopt;
        }
        return *std::launder(reinterpret_cast<T const*>(bytes));
    }
    /// Returns: as BlackboardReader::has_changed().
    bool has_changed() const noexcept
    {
        return raw_.has_changed();
    }
    /// Returns: as BlackboardReader::wait_for_change(), of `timeout`.
    template <class Rep, class Period>
    [[nodiscard]] bool wait_for_change(std::chrono::duration<Rep, Period> timeout) noexcept
    {
        return raw_.wait_for_change(timeout);
    }
    /// Returns: as BlackboardReader::writer().
    WriterInfo writer() const noexcept
    {
        return raw_.writer();
    }
    /// Returns: the end without its type: for Blackboard::wait_for_change(), WaitSet::add(), and for what it has beside this.
    /// @{
    BlackboardReader& raw() noexcept
    {
        return raw_;
    }
    BlackboardReader const& raw() const noexcept
    {
        return raw_;
    }
    /// @}

private:
    friend class Blackboard;
    explicit TypedBlackboardReader(BlackboardReader&& raw) noexcept : raw_(std::move(raw)) {}

    BlackboardReader raw_;
};

} // namespace kickmsg
