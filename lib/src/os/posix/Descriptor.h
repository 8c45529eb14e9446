/// A descriptor that closes itself.
#pragma once

#include "kickmsg/os/Sole.h"

#include <cerrno>
#include <unistd.h>

namespace kickmsg {
namespace os {

/// Negative: none. Closing leaves errno as it was.
class Descriptor {
public:
    Descriptor() noexcept = default;
    explicit Descriptor(int fd) noexcept : fd_(Number{fd}) {}
    Descriptor(Descriptor&&) noexcept            = default;
    Descriptor& operator=(Descriptor&&) noexcept = default;
    ~Descriptor()
    {
        int const error = errno;
        if (get() >= 0) {
            close(get());
        }
        errno = error;
    }

    int get() const noexcept
    {
        return fd_.get().value;
    }
    int release() noexcept
    {
        return fd_.release().value;
    }

private:
    struct Number {
        int value = -1;
    };
    Sole<Number> fd_;
};

} // namespace os
} // namespace kickmsg
