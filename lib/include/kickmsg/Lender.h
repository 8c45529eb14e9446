/// What a typed publisher and its loan know of each other: no interface of its own.
#pragma once

#include "kickmsg/Publisher.h"
#include "kickmsg/Schema.h"

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace kickmsg {
namespace detail {

class Lender;

/// The loan's end of the bond with its publisher.
struct LoanEnd {
    Lender* lender = nullptr; ///< null: no slot
};

/// A Publisher and the one loan of it that is out: each knows where the other is, so both may be moved.
class Lender {
public:
    Lender(SharedRegion const& region, SchemaInfo const& schema) : raw(region)
    {
        region.require_schema(schema); // afterwards: an end that could not be made sets none
    }
    explicit Lender(Publisher&& publisher) noexcept : raw(std::move(publisher)) {}
    Lender(Lender&& other) noexcept : raw(std::move(other.raw))
    {
        take_loan(other);
    }
    Lender& operator=(Lender&& other) noexcept
    {
        if (this != &other) {
            cut();
            raw = std::move(other.raw);
            take_loan(other);
        }
        return *this;
    }
    Lender(Lender const&)            = delete;
    Lender& operator=(Lender const&) = delete;
    ~Lender()
    {
        cut();
    }

    /// The loan that is out has a slot no more: others have it.
    void cut() noexcept
    {
        if (loan != nullptr) {
            std::exchange(loan, nullptr)->lender = nullptr;
        }
    }

    int32_t send(void const* data, std::size_t length) noexcept
    {
        int32_t const sent = raw.send(data, length);
        if (sent != -EMSGSIZE && sent != -EBADF) { // then nothing was abandoned
            cut();
        }
        return sent;
    }
    void* allocate(std::size_t length) noexcept
    {
        void* const room = raw.allocate(length);
        if (room != nullptr) {
            cut();
        }
        return room;
    }

    Publisher raw;
    LoanEnd*  loan = nullptr;

private:
    void take_loan(Lender& other) noexcept
    {
        loan = std::exchange(other.loan, nullptr);
        if (loan != nullptr) {
            loan->lender = this;
        }
    }
};

/// A slot that is being written; given back at its end.
class Loan : private LoanEnd {
public:
    Loan() noexcept = default;
    explicit Loan(Lender& by) noexcept
    {
        lender  = &by;
        by.loan = this;
    }
    Loan(Loan&& other) noexcept
    {
        take(other);
    }
    Loan& operator=(Loan&& other) noexcept
    {
        if (this != &other) {
            give_back();
            take(other);
        }
        return *this;
    }
    Loan(Loan const&)            = delete;
    Loan& operator=(Loan const&) = delete;
    ~Loan()
    {
        give_back();
    }

    bool is_out() const noexcept
    {
        return lender != nullptr && lender->raw;
    }
    std::size_t publish(std::size_t length) noexcept
    {
        return lender != nullptr ? let_go().raw.publish(length) : 0;
    }
    void give_back() noexcept
    {
        if (lender != nullptr) {
            let_go().raw.abandon();
        }
    }

private:
    Lender& let_go() noexcept
    {
        lender->loan = nullptr;
        return *std::exchange(lender, nullptr);
    }
    void take(Loan& other) noexcept
    {
        lender = std::exchange(other.lender, nullptr);
        if (lender != nullptr) {
            lender->loan = this;
        }
    }
};

} // namespace detail
} // namespace kickmsg
