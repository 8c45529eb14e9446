/// The sending end of a region whose messages are of one type.
#pragma once

#include "kickmsg/Lender.h"
#include "kickmsg/Publisher.h"
#include "kickmsg/Span.h"
#include "kickmsg/TypeSchema.h"

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <new>
#include <type_traits>
#include <utility>

namespace kickmsg {

namespace detail {

/// What a loan has of itself, whatever is in its slot.
class TypedLoan {
public:
    /// Returns: whether there is a slot to write to: false for a refused loan (no slot was free), one that was published,
    ///          moved from or taken away, and in a forked child.
    explicit operator bool() const noexcept
    {
        return loan_.is_out();
    }

protected:
    TypedLoan() noexcept = default;
    explicit TypedLoan(Lender& lender) noexcept : loan_(lender) {}

    Loan loan_;
};

} // namespace detail

/// What TypedPublisher<T> and TypedPublisher<T[]> have of a Publisher.
class TypedPublisherBase {
public:
    /// Returns: whether this handle can send: false when it was moved from, or inherited through fork().
    explicit operator bool() const noexcept
    {
        return static_cast<bool>(lender_.raw);
    }
    /// Returns: as Publisher::dropped().
    uint64_t dropped() const noexcept
    {
        return lender_.raw.dropped();
    }
    /// Returns: as Publisher::sent().
    uint64_t sent() const noexcept
    {
        return lender_.raw.sent();
    }
    /// Returns: as Publisher::incarnation().
    uint64_t incarnation() const noexcept
    {
        return lender_.raw.incarnation();
    }
    /// Returns: as Publisher::stale().
    bool stale() const noexcept
    {
        return lender_.raw.stale();
    }
    /// Returns: as Publisher::moves().
    uint64_t moves() const noexcept
    {
        return lender_.raw.moves();
    }
    /// Returns: the end without its type, for messages of any length. Those that are not of the type are passed over by typed
    ///          subscribers, and counted there. Allocate and send nothing by it while a Loan is out.
    /// @{
    Publisher& raw() noexcept
    {
        return lender_.raw;
    }
    Publisher const& raw() const noexcept
    {
        return lender_.raw;
    }
    /// @}

protected:
    /// Joins `region` for messages of the `schema`.
    TypedPublisherBase(SharedRegion const& region, SchemaInfo const& schema) : lender_(region, schema) {}
    /// Of a `publisher` whose region carries the schema.
    explicit TypedPublisherBase(Publisher&& publisher) noexcept : lender_(std::move(publisher)) {}
    /// Takes over what `other` is.
    /// @{
    TypedPublisherBase(TypedPublisherBase&& other) noexcept            = default;
    TypedPublisherBase& operator=(TypedPublisherBase&& other) noexcept = default;
    /// @}
    ~TypedPublisherBase() = default;

    detail::Lender lender_; ///< the Publisher, and its loan
};

/// Sends messages of type `T` into a region: a Publisher that cannot send anything else.
///
/// T is trivially copyable, and aligned to channel::alignment_limit bytes at most; else it does not compile. What the compiler cannot
/// see is left to you: no pointers, no references, no handles of this process in it (Publisher::allocate()). Both ends are built with
/// the same T: give it a name and a version (SchemaOf).
///
/// Threads, Progress, Crash, Cost: as Publisher. A Loan belongs to the thread of its publisher.
/// Errors: as Publisher. That a region carries another type is found when the end is made, in whatever order ends come; a region
///         that has no schema yet gets this one. Of ends that race for that with different types one wins, and the others get
///         the error. Ends without a type take part as ever.
template <class T>
class TypedPublisher : public TypedPublisherBase {
public:
    /// A slot of the pool with a `T` in it, to be written in place. Move-only. One is out at a time: a further loan() or a send() takes
    /// the slot, and leaves this without one. It may outlive its publisher, and is without a slot then. Dropped unpublished, it
    /// gives the slot back: Publisher::abandon().
    class Loan : public detail::TypedLoan {
    public:
        /// None.
        Loan() noexcept = default;

        /// Returns: what is to be sent. Only while the loan has a slot.
        /// @{
        T& operator*() const noexcept
        {
            return *message_;
        }
        T* operator->() const noexcept
        {
            return message_;
        }
        T& payload() const noexcept
        {
            return *message_;
        }
        /// @}

        /// Delivers the message to every live subscriber, and ends the loan.
        /// Returns: rings reached. 0 is not an error: nobody listens, or there was no slot.
        std::size_t publish() noexcept
        {
            return loan_.publish(sizeof(T));
        }

    private:
        friend class TypedPublisher;
        Loan(detail::Lender& lender, T* message) noexcept : detail::TypedLoan(lender), message_(message) {}

        T* message_ = nullptr;
    };

    /// Joins `region` as a publisher of messages of type `T`.
    /// Errors: those of Publisher, and of SharedRegion::require_schema(): Error SchemaMismatch, Mismatch, NotReady.
    explicit TypedPublisher(SharedRegion const& region) : TypedPublisherBase(region, schema_of<T>()) {}

    /// Copies `message` into a slot and delivers it to every live subscriber. Padding is copied, too.
    /// Returns: as Publisher::send(): sizeof(T), -EAGAIN or -EBADF.
    [[nodiscard]] int32_t send(T const& message) noexcept
    {
        return lender_.send(&message, sizeof(T));
    }

    /// Lends a slot with a value-initialised T: zero, but for what its constructor or its members' initialisers say.
    /// Returns: the loan; one without a slot when none could be had, or the publisher is unusable.
    [[nodiscard]] Loan loan() noexcept
    {
        static_assert(
            std::is_nothrow_default_constructible_v<T>,
            "kickmsg: loan() needs a constructor without arguments that throws nothing; loan(message) copies");
        void* const room = lender_.allocate(sizeof(T));
        return room != nullptr ? Loan(lender_, ::new (room) T()) : Loan();
    }
    /// Lends a slot with a copy of `message`.
    /// Returns: as above.
    [[nodiscard]] Loan loan(T const& message) noexcept
    {
        void* const room = lender_.allocate(sizeof(T));
        return room != nullptr ? Loan(lender_, ::new (room) T(message)) : Loan();
    }
    /// Lends a slot whose T has the bytes of an older message: for large ones that are written whole.
    /// Returns: as above.
    [[nodiscard]] Loan loan_uninitialized() noexcept
    {
        static_assert(std::is_trivially_default_constructible_v<T>,
                      "kickmsg: loan_uninitialized() is for types whose default constructor does nothing");
        void* const room = lender_.allocate(sizeof(T));
        return room != nullptr ? Loan(lender_, ::new (room) T) : Loan();
    }

private:
    friend class Node;
    explicit TypedPublisher(Publisher&& publisher) noexcept : TypedPublisherBase(std::move(publisher)) {}
};

/// Sends slices: messages of any number of elements of type `T`, none included, as far as the region has room. The rest as
/// TypedPublisher<T>.
///
/// Threads, Progress, Crash, Cost, Errors: as TypedPublisher<T>.
template <class T>
class TypedPublisher<T[]> : public TypedPublisherBase {
public:
    /// A slot of the pool with elements in it, to be written in place. As TypedPublisher<T>::Loan.
    class Loan : public detail::TypedLoan {
    public:
        /// None.
        Loan() noexcept = default;

        /// Returns: what is to be sent. Only while the loan has a slot.
        Span<T> payload() const noexcept
        {
            return elements_;
        }
        /// Returns: as those of payload().
        /// @{
        T* data() const noexcept
        {
            return elements_.data();
        }
        std::size_t size() const noexcept
        {
            return elements_.size();
        }
        T* begin() const noexcept
        {
            return elements_.begin();
        }
        T* end() const noexcept
        {
            return elements_.end();
        }
        /// @}
        /// Returns: the element at `index`, which has to be less than size().
        T& operator[](std::size_t index) const noexcept
        {
            return elements_[index];
        }

        /// Delivers all elements to every live subscriber, and ends the loan.
        /// Returns: rings reached. 0 is not an error: nobody listens, or there was no slot.
        std::size_t publish() noexcept
        {
            return loan_.publish(elements_.size() * sizeof(T));
        }
        /// Delivers the first `count` elements, and ends the loan.
        /// Returns: rings reached. A `count` greater than size() delivers nothing, returns 0, and keeps the slot.
        [[nodiscard]] std::size_t publish(std::size_t count) noexcept
        {
            return count <= elements_.size() ? loan_.publish(count * sizeof(T)) : 0;
        }

    private:
        friend class TypedPublisher;
        Loan(detail::Lender& lender, Span<T> elements) noexcept : detail::TypedLoan(lender), elements_(elements) {}

        Span<T> elements_;
    };

    /// Joins `region` as a publisher of slices of `T`.
    /// Errors: as TypedPublisher<T>. A region that has no room for one element is refused.
    explicit TypedPublisher(SharedRegion const& region) : TypedPublisherBase(region, schema_of<T[]>()) {}

    /// Copies the `elements` into a slot and delivers them to every live subscriber. No element is a message, too.
    /// Returns: as Publisher::send(): the bytes sent, -EMSGSIZE for more than the region has room for, -EAGAIN or -EBADF.
    [[nodiscard]] int32_t send(Span<T const> elements) noexcept
    {
        return elements.size() <= most ? lender_.send(elements.data(), elements.size() * sizeof(T)) : refused();
    }

    /// Lends a slot with `count` elements, value-initialised.
    /// Returns: the loan; one without a slot when there are too many, no slot could be had, or the publisher is unusable.
    [[nodiscard]] Loan loan(std::size_t count) noexcept
    {
        static_assert(std::is_nothrow_default_constructible_v<T>,
                      "kickmsg: loan(count) needs a constructor without arguments that throws nothing; send() copies");
        return lend(count, [](void* place) { return ::new (place) T(); });
    }
    /// Lends a slot whose `count` elements have the bytes of an older message.
    /// Returns: as above.
    [[nodiscard]] Loan loan_uninitialized(std::size_t count) noexcept
    {
        static_assert(std::is_trivially_default_constructible_v<T>,
                      "kickmsg: loan_uninitialized() is for types whose default constructor does nothing");
        return lend(count, [](void* place) { return ::new (place) T; });
    }

private:
    friend class Node;
    explicit TypedPublisher(Publisher&& publisher) noexcept : TypedPublisherBase(std::move(publisher)) {}

    static constexpr std::size_t most = channel::payload_limit / sizeof(T); ///< more have no length in bytes

    int32_t refused() const noexcept
    {
        return *this ? -EMSGSIZE : -EBADF;
    }

    template <class Construct>
    Loan lend(std::size_t count, Construct construct) noexcept
    {
        void* const room = count <= most ? lender_.allocate(count * sizeof(T)) : nullptr;
        if (room == nullptr) {
            return Loan();
        }
        auto* const bytes = static_cast<unsigned char*>(room);
        T*          first = static_cast<T*>(room);
        for (std::size_t i = 0; i < count; ++i) {
            T* const made = construct(bytes + i * sizeof(T));
            first         = i == 0 ? made : first;
        }
        return Loan(lender_, {first, count});
    }
};

} // namespace kickmsg
