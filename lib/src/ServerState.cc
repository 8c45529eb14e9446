#include "ServerState.h"

#include "DebugMemory.h"
#include "WaitBudget.h"

namespace kickmsg {
namespace detail {

std::optional<Server::Request> ServerState::receive(std::chrono::nanoseconds timeout) noexcept
{
    auto request = try_receive();
    if (request || timeout.count() <= 0) {
        return request;
    }
    for (WaitBudget budget(timeout);; budget.look()) {
        if (budget.is_over()) {
            errno = ETIMEDOUT;
            return std::nullopt;
        }
        auto view = requests_->receive_view(budget.left());
        if (!view && errno == EINTR) {
            return std::nullopt;
        }
        if (view && (request = accept(std::move(*view)))) {
            return request;
        }
    }
}

std::optional<Server::Request> ServerState::accept(Subscriber::SampleView&& view) noexcept
{
    RequestNote note;
    if (!read_note(view, note) || note.ring >= answers_.layout().ring_count() ||
        core::OwnerWord::state(note.asker) != core::OwnerWord::Live) {
        ++malformed_;
        return std::nullopt;
    }
    std::optional<Request> request(Request(*this, std::move(view)));
    request->asker_  = note.asker;
    request->number_ = note.number;
    request->ring_   = note.ring;
    request->length_ = note.length;
    if (!is_waiting(*request)) {
        request.reset(); // its client gets a refusal, if there is one
    }
    return request;
}

bool ServerState::refuse_next() noexcept
{
    auto view = requests_->try_receive_view();
    if (!view) {
        return false;
    }
    if (auto request = accept(std::move(*view))) {
        tell(*request, ResponseNote::NotServed);
        end(*request);
    }
    return true;
}

int32_t ServerState::answer(Request& request, void const* data, std::size_t length) noexcept
{
    if (has_left()) {
        return -EBADF;
    }
    if (length > most_) {
        return -EMSGSIZE;
    }
    if (!is_waiting(request)) {
        return reason(request);
    }
    give_back(request);
    core::Loan const loan = answers_.borrow();
    if (!loan) {
        return -EAGAIN;
    }
    if (length != 0) {
        std::memcpy(answers_.payload(loan), data, length);
    }
    return post(request, loan, length, ResponseNote::Answer);
}

void* ServerState::allocate(Request& request, std::size_t length) noexcept
{
    if (has_left() || length > most_) {
        return nullptr;
    }
    give_back(request);
    core::Loan const loan = answers_.borrow();
    if (!loan) {
        return nullptr;
    }
    lend_to(request, loan, length);
    return DebugMemory::lend(answers_.mapping(), loan.slot, answers_.payload(loan), length);
}

int32_t ServerState::publish(Request& request, std::size_t length) noexcept
{
    if (has_left()) {
        return -EBADF;
    }
    if (!request.is_lent_) {
        return -EINVAL;
    }
    if (length > request.allocated_) {
        return -EMSGSIZE;
    }
    if (!is_waiting(request)) {
        return reason(request);
    }
    DebugMemory::take_in(answers_.payload(loan_of(request)), length);
    return post(request, loan_of(request), length, ResponseNote::Answer);
}

int32_t ServerState::reason(Request& request) noexcept
{
    bool const is_there = answers_.is_there(asker_of(request));
    if (is_there) {
        tell(request, ResponseNote::Refusal);
    }
    end(request);
    return is_there ? -ECANCELED : -EPIPE;
}

int32_t ServerState::post(Request& request, core::Loan loan, std::size_t length, ResponseNote::Kind kind) noexcept
{
    write_note(answers_.payload(loan),
               ResponseNote{request.number_, static_cast<uint32_t>(length), kind, ResponseNote::its_mark});
    void* const   memory = answers_.payload(loan); // the loan ends with its delivery
    core::Receipt receipt;
    auto const    done = answers_.post(loan, asker_of(request), length_with<ResponseNote>(length), receipt);
    if (done == core::Posted::Full) {
        request.is_lent_ ? lend_to(request, loan, request.allocated_) : answers_.give_back(loan);
        return -EAGAIN;
    }
    DebugMemory::end_published(memory);
    request.is_lent_ = false;
    if (done == core::Posted::Gone) {
        answers_.give_back(loan);
    }
    if (kind == ResponseNote::Answer) {
        end(request);
    }
    return done == core::Posted::Gone ? -EPIPE : static_cast<int32_t>(length);
}

void ServerState::tell(Request& request, ResponseNote::Kind kind) noexcept
{
    give_back(request);
    if (answers_.is_there(asker_of(request))) {
        if (core::Loan const loan = answers_.borrow()) {
            static_cast<void>(post(request, loan, 0, kind));
        }
    }
}

core::Loan ServerState::loan_of(Request& request) noexcept
{
    return {request.loan_slot_, request.loan_generation_};
}

void ServerState::lend_to(Request& request, core::Loan const& loan, std::size_t length) noexcept
{
    request.loan_slot_       = loan.slot;
    request.loan_generation_ = loan.generation;
    request.allocated_       = length;
    request.is_lent_         = true;
}

void ServerState::give_back(Request& request) noexcept
{
    if (request.is_lent_) {
        request.is_lent_ = false;
        DebugMemory::end_given_back(answers_.payload(loan_of(request)));
        answers_.give_back(loan_of(request));
    }
}

} // namespace detail
} // namespace kickmsg
