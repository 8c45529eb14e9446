/// The receiving end of a region whose messages are of one type.
#pragma once

#include "kickmsg/Span.h"
#include "kickmsg/Subscriber.h"
#include "kickmsg/TypeSchema.h"
#include "kickmsg/os/Time.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

namespace kickmsg {

namespace detail {

/// Which messages are of type `T`, by their length: one T, or for T[] any number of them.
template <class T>
constexpr bool has_length_of(std::size_t length) noexcept
{
    if constexpr (ElementOf<T>::is_slice) {
        return length % sizeof(typename ElementOf<T>::Type) == 0;
    } else {
        return length == sizeof(T);
    }
}

/// Takes messages until one is of type `T`. `most()`: how many others it passes over, and counts in `malformed`, before it answers none:
/// as many as can have been waiting, or a publisher that continues to send such would hold it.
template <class T, class Take, class Most>
auto take_typed(Take take, Most most, uint64_t& malformed) noexcept -> decltype(take())
{
    auto taken = take();
    if (!taken || has_length_of<T>(taken->len())) {
        return taken;
    }
    for (uint64_t left = most(); taken && !has_length_of<T>(taken->len()); --left) {
        ++malformed;
        taken.reset();
        if (left <= 1) {
            break;
        }
        taken = take();
    }
    return taken;
}

/// The same until `timeout` is over. `wait(left)` takes one message, and sleeps for it.
template <class T, class Wait>
auto wait_typed(Wait wait, std::chrono::nanoseconds timeout, uint64_t& malformed) noexcept -> decltype(wait(timeout))
{
    constexpr std::chrono::nanoseconds no_end = std::chrono::nanoseconds::max();

    uint64_t const begin = monotonic_ns();
    for (std::chrono::nanoseconds left = timeout; left.count() > 0;) {
        auto taken = wait(left);
        if (!taken || has_length_of<T>(taken->len())) {
            return taken;
        }
        ++malformed;
        auto const spent = std::min(monotonic_ns() - begin, static_cast<uint64_t>(timeout.count()));
        left             = timeout == no_end ? no_end : timeout - std::chrono::nanoseconds(static_cast<int64_t>(spent));
    }
    return std::nullopt;
}

/// What a message has of itself, whatever its type.
template <class Raw>
class TypedMessageBase {
public:
    /// Returns: as Subscriber::SampleRef::ring_pos().
    uint64_t ring_pos() const noexcept
    {
        return raw_.ring_pos();
    }
    /// Returns: as Subscriber::SampleView::info(): of a view only; of a copy there is TypedSubscriber::try_receive(info).
    SampleInfo info() const noexcept
    {
        return raw_.info();
    }
    /// Returns: the message without its type.
    Raw const& raw() const noexcept
    {
        return raw_;
    }

protected:
    explicit TypedMessageBase(Raw&& raw) noexcept : raw_(std::move(raw)) {}

    Raw raw_;
};

} // namespace detail

/// A message of type `T` that was received: `Raw` is Subscriber::SampleRef, a copy that is valid until the next receive call of its
/// subscriber, or Subscriber::SampleView, which is valid as long as it is held and reads in place.
///
/// Threads: as `Raw`.
template <class T, class Raw>
class TypedMessage : public detail::TypedMessageBase<Raw> {
public:
    /// Returns: the message. Of a view only while raw().valid().
    /// @{
    T const& operator*() const noexcept
    {
        return *get();
    }
    T const* operator->() const noexcept
    {
        return get();
    }
    T const& payload() const noexcept
    {
        return *get();
    }
    /// @}
    /// Returns: the same; null for a view that is not valid.
    T const* get() const noexcept
    {
        return static_cast<T const*>(raw_.data());
    }

private:
    template <class>
    friend class TypedSubscriber;
    explicit TypedMessage(Raw&& raw) noexcept : detail::TypedMessageBase<Raw>(std::move(raw)) {}

    using detail::TypedMessageBase<Raw>::raw_;
};

/// The same for a slice: a message of any number of elements, none included.
template <class T, class Raw>
class TypedMessage<T[], Raw> : public detail::TypedMessageBase<Raw> {
public:
    /// Returns: the elements; none for a view that is not valid.
    /// @{
    Span<T const> operator*() const noexcept
    {
        return payload();
    }
    Span<T const> payload() const noexcept
    {
        return {data(), size()};
    }
    /// @}
    /// Returns: as those of payload().
    /// @{
    T const* data() const noexcept
    {
        return static_cast<T const*>(raw_.data());
    }
    std::size_t size() const noexcept
    {
        return raw_.len() / sizeof(T);
    }
    bool empty() const noexcept
    {
        return size() == 0;
    }
    T const* begin() const noexcept
    {
        return data();
    }
    T const* end() const noexcept
    {
        return data() + size();
    }
    /// @}
    /// Returns: the element at `index`, which has to be less than size().
    T const& operator[](std::size_t index) const noexcept
    {
        return data()[index];
    }

private:
    template <class>
    friend class TypedSubscriber;
    explicit TypedMessage(Raw&& raw) noexcept : detail::TypedMessageBase<Raw>(std::move(raw)) {}

    using detail::TypedMessageBase<Raw>::raw_;
};

/// Receives messages of type `T`, or slices of it for `T[]`, and no others: a Subscriber that answers with T.
///
/// T is what TypedPublisher asks of it, and both ends are built with the same one. A message whose length is not that of a T, or of a
/// whole number of elements, is never shown as one: it is passed over and counted (malformed()). Only an end without a type can send
/// such.
///
/// Threads, Progress, Crash: as Subscriber.
/// Errors: as Subscriber. That a region carries another type is found when the end is made, in whatever order ends come; a region
///         that has no schema yet gets this one. Of ends that race for that with different types one wins, and the others get
///         the error. Ends without a type take part as ever.
template <class T>
class TypedSubscriber {
public:
    using Sample = TypedMessage<T, Subscriber::SampleRef>;  ///< a copy, valid until the next receive call
    using View   = TypedMessage<T, Subscriber::SampleView>; ///< in place, valid as long as it is held; move-only

    /// Joins `region`: messages published from now on are delivered here.
    /// Errors: those of Subscriber, and of SharedRegion::require_schema(): Error SchemaMismatch, Mismatch, NotReady.
    explicit TypedSubscriber(SharedRegion const& region) : raw_(region)
    {
        region.require_schema(schema_of<T>()); // afterwards: an end that could not be made sets none
    }

    /// Returns: whether this handle can receive: false when it was moved from, or inherited through fork().
    explicit operator bool() const noexcept
    {
        return static_cast<bool>(raw_);
    }

    /// Returns: the next message, copied, as Subscriber::try_receive(). Passes over at most as many malformed messages as the ring has
    ///          places: all that were waiting.
    std::optional<Sample> try_receive() noexcept
    {
        return typed<Sample>(try_raw([this] { return raw_.try_receive(); }));
    }
    /// The same, with where the message comes from in `info`, which stays as it is where there is none. What was passed over as malformed is a
    /// gap in the numbers of its publisher, as what was lost is.
    /// Returns: as try_receive().
    std::optional<Sample> try_receive(SampleInfo& info) noexcept
    {
        SampleInfo seen;
        return noting(typed<Sample>(try_raw([&] { return raw_.try_receive(seen); })), seen, info);
    }
    /// The same, sleeping up to `timeout`, as Subscriber::receive(); malformed messages do not prolong it.
    /// Returns: as try_receive(); nullopt when the time was over.
    template <class Rep, class Period>
    std::optional<Sample> receive(std::chrono::duration<Rep, Period> timeout) noexcept
    {
        return typed<Sample>(timed_raw([this] { return raw_.try_receive(); },
                                       [this](std::chrono::nanoseconds left) { return raw_.receive(left); },
                                       saturated(timeout)));
    }

    /// The same with a `timeout`, and with `info`, as try_receive().
    /// Returns: as receive().
    template <class Rep, class Period>
    std::optional<Sample> receive(std::chrono::duration<Rep, Period> timeout, SampleInfo& info) noexcept
    {
        SampleInfo seen;
        return noting(typed<Sample>(timed_raw([&] { return raw_.try_receive(seen); },
                                              [&](std::chrono::nanoseconds left) { return raw_.receive(left, seen); },
                                              saturated(timeout))),
                      seen, info);
    }

    /// Returns: the next message in place, without a copy, as Subscriber::try_receive_view().
    std::optional<View> try_receive_view() noexcept
    {
        return typed<View>(try_raw([this] { return raw_.try_receive_view(); }));
    }
    /// The same, sleeping up to `timeout`, as Subscriber::receive_view(). At the limit of views it looks once before it sleeps:
    /// RingStats::views_refused counts that, too.
    /// Returns: as try_receive_view(); nullopt when the time was over.
    template <class Rep, class Period>
    std::optional<View> receive_view(std::chrono::duration<Rep, Period> timeout) noexcept
    {
        return typed<View>(timed_raw([this] { return raw_.try_receive_view(); },
                                     [this](std::chrono::nanoseconds left) { return raw_.receive_view(left); },
                                     saturated(timeout)));
    }

    /// Returns: messages passed over so far because their length was not that of the type: not in lost(), and none of the type.
    uint64_t malformed() const noexcept
    {
        return malformed_;
    }
    /// Returns: as Subscriber::lost().
    uint64_t lost() const noexcept
    {
        return raw_.lost();
    }
    /// Returns: as Subscriber::capacity().
    uint32_t capacity() const noexcept
    {
        return raw_.capacity();
    }
    /// Returns: as Subscriber::stale().
    bool stale() const noexcept
    {
        return raw_.stale();
    }
    /// Returns: as Subscriber::moves().
    uint64_t moves() const noexcept
    {
        return raw_.moves();
    }
    /// Returns: the end without its type: its receive calls show messages of any length, and count none as malformed.
    /// @{
    Subscriber& raw() noexcept
    {
        return raw_;
    }
    Subscriber const& raw() const noexcept
    {
        return raw_;
    }
    /// @}

private:
    friend class Node;
    explicit TypedSubscriber(Subscriber&& subscriber) noexcept : raw_(std::move(subscriber)) {}

    template <class Take>
    auto try_raw(Take take) noexcept
    {
        return detail::take_typed<T>(
            take, [this] { return raw_.capacity(); }, malformed_);
    }
    /// Looks first: where a message waits, no clock is read.
    template <class Take, class Wait>
    auto timed_raw(Take take, Wait wait, std::chrono::nanoseconds timeout) noexcept
    {
        auto taken = try_raw(take);
        return taken || timeout.count() <= 0 ? std::move(taken) : detail::wait_typed<T>(wait, timeout, malformed_);
    }
    /// What malformed messages say is not handed on.
    static std::optional<Sample> noting(std::optional<Sample>&& sample, SampleInfo const& seen,
                                        SampleInfo& info) noexcept
    {
        info = sample ? seen : info;
        return std::move(sample);
    }
    template <class Message, class Raw>
    static std::optional<Message> typed(std::optional<Raw>&& raw) noexcept
    {
        return raw ? std::optional<Message>(Message(std::move(*raw))) : std::nullopt;
    }

    Subscriber raw_;
    uint64_t   malformed_ = 0;
};

} // namespace kickmsg
