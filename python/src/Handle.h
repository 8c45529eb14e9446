/// What every end has in common: it is closed once, and one thread at a time is in it.
#pragma once

#include "binding.h"

#include <optional>
#include <string>
#include <utility>

namespace kickmsg {
namespace python {

/// Threads: all of it with the interpreter's lock held.
class Handle {
public:
    explicit Handle(std::string name) : name_(std::move(name)) {}
    Handle(Handle const&)            = delete;
    Handle& operator=(Handle const&) = delete;

    /// Says what is wrong with a handle that is not `usable`, and refuses one that another thread is in: C++ has no such rule to keep, the
    /// thread that waits has let go of the interpreter's lock.
    /// Errors: InvalidHandleError, ThreadError.
    void check(bool usable) const
    {
        if (!usable) {
            throw Error(ErrorCode::InvalidHandle, name_,
                        is_closed_ ? "it is closed" : "it was inherited through fork()",
                        Remedy{is_closed_ ? "make another one" : "make one in this process"});
        }
        if (is_in_use_) {
            throw Refusal("ThreadError", name_, "another thread is in a call of it",
                          "one thread each; end its wait by interrupt()");
        }
    }

    void note_closed() noexcept
    {
        is_closed_ = true;
    }
    bool is_closed() const noexcept
    {
        return is_closed_;
    }
    bool is_in_use() const noexcept
    {
        return is_in_use_;
    }
    std::string const& name() const noexcept
    {
        return name_;
    }

    /// An interrupt() of this module's own: a wait that a signal has ended goes on.
    void note_interrupt() noexcept
    {
        is_interrupted_ = true;
    }
    bool take_interrupt() noexcept
    {
        return std::exchange(is_interrupted_, false);
    }

private:
    friend class InUse;
    std::string name_;
    bool        is_closed_      = false;
    bool        is_in_use_      = false;
    bool        is_interrupted_ = false;
};

/// One that has an end of the library's, until it is closed.
template <class T>
class Owner : public Handle {
public:
    Owner(std::string name, T&& made) : Handle(std::move(name)), raw_(std::move(made)) {}

    /// Errors: InvalidHandleError, ThreadError.
    T& raw()
    {
        check(is_usable());
        return *raw_;
    }

protected:
    bool is_usable() const noexcept
    {
        return raw_ && *raw_;
    }
    /// By close(), which has refused what it has to. Errors: ThreadError.
    void end()
    {
        if (is_usable()) {
            check(true);
        }
        note_closed();
        raw_.reset();
    }
    /// Ends the present wait, or else the next one.
    void interrupt_wait()
    {
        if (is_usable()) {
            note_interrupt();
            raw_->interrupt();
        }
    }

    std::optional<T> raw_;
};

/// A call that lets other threads of Python run.
class InUse {
public:
    explicit InUse(Handle& handle) noexcept : handle_(handle)
    {
        handle_.is_in_use_ = true;
    }
    InUse(InUse const&)            = delete;
    InUse& operator=(InUse const&) = delete;
    ~InUse()
    {
        handle_.is_in_use_ = false;
    }

private:
    Handle& handle_;
};

} // namespace python
} // namespace kickmsg
