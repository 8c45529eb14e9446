/// What a client sends its requests with, and a server its answers: a publisher of a region that delivers to one subscriber of it.
#pragma once

#include "KeptShare.h"
#include "RegionState.h"
#include "kickmsg/core/DirectedSender.h"

#include <cstddef>
#include <cstdint>
#include <memory>

namespace kickmsg {
namespace detail {

/// Threads: one.
class Poster {
public:
    explicit Poster(RegionState& region)
        : participant_(region.shared_mapping()), layout_(participant_.mapping().layout()),
          sender_(layout_, enrolled(region), kept_share(participant_.mapping().geometry())),
          recovery_(participant_.mapping(), participant_.self())
    {
    }
    Poster(Poster const&)            = delete;
    Poster& operator=(Poster const&) = delete;
    ~Poster()
    {
        if (participant_.mapping().may_end()) {
            sender_.give_back();
        }
    }

    Mapping& mapping() const noexcept
    {
        return participant_.mapping();
    }
    bool is_own() const noexcept
    {
        return participant_.mapping().is_own();
    }
    Layout& layout() noexcept
    {
        return layout_;
    }

    /// A slot for a message; it gives up nobody's message for it, but recovers the dead. Returns: null when there is none.
    core::Loan borrow() noexcept
    {
        bool const borrowed = sender_.borrow() || (recovery_.run_if_needed() && sender_.borrow());
        return borrowed ? sender_.take_out() : core::Loan{};
    }
    void* payload(core::Loan const& loan) noexcept
    {
        return layout_.payload(loan.slot);
    }
    void give_back(core::Loan const& loan) noexcept
    {
        sender_.put_in(loan);
        sender_.abandon();
    }
    /// Ends the loan where it is delivered; where it is refused, `loan` stays as it is, under another generation.
    /// A full ring of the dead is recovered first.
    core::Posted post(core::Loan& loan, core::Address const& to, std::size_t length, core::Receipt& receipt) noexcept
    {
        sender_.put_in(loan);
        core::Posted done = sender_.post(to, static_cast<uint32_t>(length), receipt);
        if (done == core::Posted::Full) {
            recovery_.run_if_dead(1U << to.ring);
            done = sender_.post(to, static_cast<uint32_t>(length), receipt);
        }
        loan = sender_.take_out();
        return done;
    }
    bool withdraw(core::Receipt const& receipt) noexcept
    {
        return sender_.withdraw(receipt);
    }
    /// Whether it has its ring. The ring's owner word, which is in a line that its subscriber writes with each message, is looked at where the
    /// words at hand say no, or `thoroughly`.
    bool is_there(core::Address const& to, bool thoroughly = false) noexcept
    {
        return (!thoroughly && Sender::seems_there(layout_, to)) || Sender::is_there(layout_, to);
    }
    core::Address last_in(uint32_t ring) noexcept
    {
        return Sender::last_in(layout_, ring);
    }
    /// Whether the owner of that ring is not proven dead. A system call.
    bool lives(core::Address const& to) const noexcept
    {
        return os::is_alive(mapping().memory(), os::Role::Participant, core::OwnerWord::incarnation(to.owner));
    }
    void recover_if_dead(core::Address const& to) noexcept
    {
        recovery_.run_if_dead(1U << to.ring);
    }

private:
    using Sender = core::DirectedSender<Policy, Layout>;

    core::Self enrolled(RegionState& region)
    {
        region.admit(participant_, ParticipantKind::Publisher);
        return participant_.self();
    }

    Participant       participant_;
    Layout&           layout_;
    Sender            sender_;
    AutomaticRecovery recovery_;
};

} // namespace detail
} // namespace kickmsg
