#include "ClientState.h"

#include "DebugMemory.h"
#include "Nap.h"
#include "kickmsg/os/Time.h"

#include <cerrno>

namespace kickmsg {
namespace detail {

namespace {

constexpr uint64_t pause_ns     = 20000000; ///< between two questions for a server's proof of life
constexpr uint32_t polls_a_look = 64;       ///< at the clock, of one that only looks

constexpr uint64_t bit_of(uint64_t number) noexcept
{
    return uint64_t{1} << number % calls_limit;
}

} // namespace

/// By its owner alone.
void ClientState::show_cancelled(uint64_t places) noexcept
{
    cancelled_ = places;
    // relaxed: a hint to servers
    answers().ring().cancelled.store(places, std::memory_order_relaxed);
}

// --- a call begins

ClientState::Call ClientState::start(void const* data, std::size_t length, WaitBudget& budget) noexcept
{
    if (length > most_) {
        return refused(CallStatus::TooLong);
    }
    Call             call;
    CallStatus const status = until_there_is_room(budget, [&] {
        core::Loan loan = has_place() ? poster_.borrow() : core::Loan{};
        if (!loan) {
            return CallStatus::NoRoom;
        }
        if (length != 0) {
            std::memcpy(poster_.payload(loan), data, length);
        }
        CallStatus const done = try_start(loan, length, call);
        if (loan) {
            poster_.give_back(loan);
        }
        return done;
    });
    return status == CallStatus::Waiting ? std::move(call) : refused(status);
}

ClientState::Call ClientState::start(Loan& loan, WaitBudget& budget) noexcept
{
    Call        call;
    core::Loan  slot{loan.slot_, loan.generation_};
    void* const memory = poster_.payload(slot);
    DebugMemory::take_in(memory, loan.length_);
    CallStatus const status = until_there_is_room(budget, [&] { return try_start(slot, loan.length_, call); });
    if (status != CallStatus::Waiting) {
        loan.generation_ = slot.generation;
        return refused(status);
    }
    DebugMemory::end_published(memory);
    end(loan);
    return call;
}

template <class Try>
CallStatus ClientState::until_there_is_room(WaitBudget& budget, Try attempt) noexcept
{
    CallStatus status = attempt();
    while (status == CallStatus::NoRoom && !budget.is_over()) {
        nap(budget.nap());
        status = attempt();
        budget.look();
    }
    return status;
}

bool ClientState::has_place() noexcept
{
    if (outstanding() < limit_) {
        return true;
    }
    receive();
    reap();
    return outstanding() < limit_;
}

/// Returns: Waiting when the request is out, and `call` is it.
CallStatus ClientState::try_start(core::Loan& loan, std::size_t length, Call& call) noexcept
{
    uint64_t const   number = free_number();
    CallStatus const status = post(loan, length, number);
    if (status != CallStatus::Waiting) {
        return status;
    }
    used_ |= bit_of(number);
    ++uses_;
    call.state_  = this;
    call.number_ = number;
    call.status_ = CallStatus::Waiting;
    return status;
}

/// Of a place that is not used: there are as many as calls may be out, and answers be held.
uint64_t ClientState::free_number() noexcept
{
    uint64_t place = 0;
    while ((used_ >> place & 1U) != 0) {
        ++place;
    }
    return ++calls_ * calls_limit + place;
}

CallStatus ClientState::post(core::Loan& loan, std::size_t length, uint64_t number) noexcept
{
    write_note(poster_.payload(loan), RequestNote{me_.owner, number, static_cast<uint32_t>(length),
                                                  static_cast<uint16_t>(me_.ring), RequestNote::its_mark});
    uint32_t avoided = 0;
    bool     is_full = false;
    while (core::Address const server = choose(avoided)) {
        core::Receipt receipt;
        auto const    done = poster_.post(loan, server, length_with<RequestNote>(length), receipt);
        if (done == core::Posted::Delivered) {
            Place& place  = place_of(number);
            place.number  = number;
            place.server  = server;
            place.receipt = receipt;
            place.status  = CallStatus::Waiting;
            return CallStatus::Waiting;
        }
        is_full = is_full || done == core::Posted::Full;
        avoided |= 1U << server.ring;
    }
    return is_full ? CallStatus::NoRoom : CallStatus::NoServer;
}

/// Where there is but one, nothing is read that it writes.
core::Address ClientState::choose(uint32_t avoided) noexcept
{
    Layout&        layout = poster_.layout();
    uint32_t const count  = layout.ring_count();
    uint32_t const live   = core::LiveSet<Policy, Layout>(layout).read() & ~avoided;
    core::Address  chosen;
    uint32_t       fewest = 0;
    for (uint32_t i = 0; live != 0 && i < count; ++i) {
        uint32_t const ring = (turn_ + i) % count;
        if ((live >> ring & 1U) == 0) {
            continue;
        }
        core::Address const server = poster_.last_in(ring);
        if (!server || (asked_[ring].owner == server.owner && !asked_[ring].lives)) {
            continue;
        }
        uint32_t const waiting = (live & (live - 1)) != 0 ? core::Ring<Policy, Layout>(layout, ring).backlog() : 0;
        if (!chosen || waiting < fewest) {
            chosen = server;
            fewest = waiting;
        }
        if (waiting == 0) {
            break;
        }
    }
    turn_ = chosen ? chosen.ring + 1 : turn_;
    return chosen;
}

ClientState::Loan ClientState::lend(std::size_t length) noexcept
{
    Loan lent;
    if (length > most_ || !has_place()) {
        return lent;
    }
    core::Loan const loan = poster_.borrow();
    if (loan) {
        ++loans_;
        ++uses_;
        lent.state_      = this;
        lent.data_       = DebugMemory::lend(poster_.mapping(), loan.slot, poster_.payload(loan), length);
        lent.length_     = length;
        lent.slot_       = loan.slot;
        lent.generation_ = loan.generation;
    }
    return lent;
}

void ClientState::give_back(Loan& loan) noexcept
{
    if (is_own()) {
        DebugMemory::end_given_back(poster_.payload({loan.slot_, loan.generation_}));
        poster_.give_back({loan.slot_, loan.generation_});
    }
    end(loan);
}

void ClientState::end(Loan& loan) noexcept
{
    --loans_;
    loan.state_ = nullptr;
    loan.data_  = nullptr;
    let_go();
}

// --- what comes of it

void ClientState::receive() noexcept
{
    for (uint32_t left = responses_->capacity(); left != 0; --left) {
        auto view = responses_->try_receive_view();
        if (!view) {
            break;
        }
        accept(std::move(*view));
    }
}

/// What answers no call that is out is dropped: an answer to a call that was settled without it, or no answer at all.
void ClientState::accept(Subscriber::SampleView&& view) noexcept
{
    ResponseNote note;
    if (!read_note(view, note) || note.number == 0) {
        return;
    }
    Place& place = place_of(note.number);
    if (place.number != note.number || place.status != CallStatus::Waiting) {
        return;
    }
    if (note.kind == ResponseNote::Answer && !place.is_cancelled) {
        place.length = note.length;
        place.answer.emplace(std::move(view));
        ++stored_;
    }
    finish(place, note.kind == ResponseNote::Answer    ? CallStatus::Answered
                  : note.kind == ResponseNote::Refusal ? CallStatus::Refused
                                                       : CallStatus::Unserved);
}

/// One that was cancelled is forgotten; another one waits to be taken.
void ClientState::finish(Place& place, CallStatus status) noexcept
{
    place.status = status;
    if (place.is_cancelled) {
        free(place);
    }
}

void ClientState::free(Place& place) noexcept
{
    uint64_t const bit = bit_of(place.number);
    used_ &= ~bit;
    place.number = 0;
    if (std::exchange(place.is_cancelled, false)) {
        show_cancelled(cancelled_ & ~bit);
    }
    if (place.answer) {
        place.answer.reset();
        --stored_;
    }
}

/// What it did before its end is seen after the question: an answer that it sent is here. What it has not taken is taken back, and
/// then it is recovered.
bool ClientState::settle_if_gone(core::Address server, bool asks) noexcept
{
    if (!is_gone(server, asks)) {
        return false;
    }
    receive();
    for (Place& place : places_) {
        if (place.number != 0 && place.status == CallStatus::Waiting && place.server.owner == server.owner) {
            bool const is_back = poster_.withdraw(place.receipt);
            finish(place, is_back ? CallStatus::Unserved : CallStatus::ServerGone);
        }
    }
    poster_.recover_if_dead(server);
    return true;
}

bool ClientState::is_gone(core::Address const& server, bool asks) noexcept
{
    Asked& last = asked_[server.ring];
    if (last.owner == server.owner && !last.lives) {
        return true;
    }
    if (!poster_.is_there(server)) {
        return true;
    }
    uint64_t const now = asks ? monotonic_ns() : 0;
    if (!asks || (last.owner == server.owner && now - last.at_ns < pause_ns)) {
        return false;
    }
    last = {server.owner, now, poster_.lives(server)};
    return !last.lives || !poster_.is_there(server, true);
}

std::chrono::nanoseconds ClientState::until_asked(Place const& place) noexcept
{
    Asked const&   last  = asked_[place.server.ring];
    uint64_t const since = last.owner == place.server.owner ? monotonic_ns() - last.at_ns : pause_ns;
    return std::chrono::nanoseconds(static_cast<int64_t>(since < pause_ns ? pause_ns - since : 1));
}

ClientState::Response ClientState::wait(Call& call, WaitBudget& budget, bool sleeps) noexcept
{
    Place& place = place_of(call.number_);
    for (;;) {
        if (place.status == CallStatus::Waiting) {
            receive();
        }
        bool const asks = sleeps || ++polls_ % polls_a_look == 0;
        if (place.status != CallStatus::Waiting || settle_if_gone(place.server, asks)) {
            return take(call, place);
        }
        if (!sleeps || budget.is_over()) {
            return without_answer(sleeps ? CallStatus::TimedOut : CallStatus::Waiting);
        }
        auto view = responses_->receive_view(std::min(budget.left(), until_asked(place)));
        if (view) {
            accept(std::move(*view));
        } else if (errno == EINTR) {
            return without_answer(CallStatus::Interrupted);
        }
        budget.look();
    }
}

ClientState::Response ClientState::take(Call& call, Place& place) noexcept
{
    Response response = without_answer(place.status);
    if (place.status == CallStatus::Answered) {
        response.length_ = place.length;
        response.view_   = std::move(place.answer);
    }
    free(place);
    end(call, response.status_);
    return response;
}

ClientState::Response ClientState::without_answer(CallStatus status) noexcept
{
    Response response;
    response.status_ = status;
    return response;
}

ClientState::Response ClientState::call(void const* data, std::size_t length, std::chrono::nanoseconds timeout) noexcept
{
    WaitBudget budget(timeout);
    for (;;) {
        Call call = start(data, length, budget);
        if (!call) {
            return without_answer(call.status());
        }
        Response response = wait(call, budget, timeout.count() > 0);
        if (response.status() == CallStatus::Waiting) {
            response.status_ = CallStatus::TimedOut;
        }
        if (response.status() != CallStatus::Unserved) {
            return response;
        }
    }
}

bool ClientState::cancel(Call& call) noexcept
{
    Place& place   = place_of(call.number_);
    bool   is_back = false;
    if (is_own() && !has_left()) {
        is_back            = place.status == CallStatus::Waiting && poster_.withdraw(place.receipt);
        place.is_cancelled = true;
        if (is_back) {
            finish(place, CallStatus::Cancelled);
        } else if (place.status != CallStatus::Waiting) {
            free(place);
        } else {
            show_cancelled(cancelled_ | bit_of(place.number));
        }
    }
    end(call, CallStatus::Cancelled);
    return is_back;
}

/// Cancelled calls whose server is gone: no answer will come.
void ClientState::reap() noexcept
{
    for (Place const& place : places_) {
        if (place.number != 0 && place.is_cancelled) {
            settle_if_gone(place.server, true);
        }
    }
}

void ClientState::end(Call& call, CallStatus status) noexcept
{
    call.state_  = nullptr;
    call.status_ = status;
    let_go();
}

ClientState::Call ClientState::refused(CallStatus status) noexcept
{
    Call call;
    call.status_ = status;
    return call;
}

bool ClientState::has_server() noexcept
{
    uint32_t const live = core::LiveSet<Policy, Layout>(poster_.layout()).read();
    for (uint32_t ring = 0; ring < poster_.layout().ring_count(); ++ring) {
        core::Address const server = poster_.last_in(ring);
        if ((live >> ring & 1U) != 0 && poster_.is_there(server, true) && poster_.lives(server)) {
            return true;
        }
    }
    return false;
}

void ClientState::leave() noexcept
{
    if (is_own() && poster_.mapping().may_end()) {
        for (Place& place : places_) {
            if (place.number != 0 && place.status == CallStatus::Waiting) {
                poster_.withdraw(place.receipt);
            }
        }
    }
    for (Place& place : places_) {
        place.answer.reset();
    }
    responses_.reset();
    let_go();
}

} // namespace detail
} // namespace kickmsg
