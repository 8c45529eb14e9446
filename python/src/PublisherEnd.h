/// A Publisher, and the one loan of it that is out.
#pragma once

#include "Pinned.h"
#include "Waiting.h"
#include "kickmsg/Publisher.h"

#include <optional>

namespace kickmsg {
namespace python {

class LoanEnd;

class PublisherEnd : public Owner<Publisher> {
public:
    PublisherEnd(std::string name, Publisher&& made) : Owner("publisher of " + std::move(name), std::move(made)) {}

    /// As raw(), for a call that takes the allocated slot away.
    /// Errors: as raw(), and BufferError while somebody can write to it.
    Publisher& raw_without_loan();
    void       close();

    int32_t send(nb::handle data);
    /// Returns: false where there was no room.
    bool try_send(nb::handle data, std::optional<double> timeout);
    bool flush(std::optional<double> timeout);

    /// Returns: whether it was accepted. Errors: what the other negative answers say.
    bool accepted(int32_t answer, std::size_t length) const;
    /// Waits for what is pending; its time may be over before.
    void wait_for_pending(Deadline const& deadline);

private:
    friend class LoanEnd;
    LoanEnd* loan_ = nullptr;
};

/// A slot that is being written in place.
class LoanEnd : public Pinned {
public:
    static constexpr bool is_read_only = false;

    /// `owner` is the Python object of `publisher`, and outlives this.
    LoanEnd(nb::object owner, PublisherEnd& publisher, void* data, std::size_t length);
    LoanEnd(LoanEnd const&)            = delete;
    LoanEnd& operator=(LoanEnd const&) = delete;
    ~LoanEnd();

    Bytes bytes() const noexcept;
    bool  is_out() const noexcept
    {
        return publisher_ != nullptr;
    }
    std::size_t length() const noexcept
    {
        return is_out() ? length_ : 0;
    }
    nb::handle owner() const noexcept
    {
        return owner_;
    }

    void        write(nb::handle data, std::size_t offset);
    std::size_t publish(std::optional<std::size_t> length);
    bool        try_publish(std::optional<std::size_t> length, std::optional<double> timeout);
    void        abandon();
    /// The slot is gone: it was published, or the publisher took it away.
    void cut() noexcept;

private:
    /// Errors: BufferError while somebody can write to it; InvalidHandleError where it is not out; TooLongError.
    PublisherEnd& ready(std::optional<std::size_t> length) const;

    nb::object    owner_;
    PublisherEnd* publisher_;
    void*         data_;
    std::size_t   length_;
};

} // namespace python
} // namespace kickmsg
