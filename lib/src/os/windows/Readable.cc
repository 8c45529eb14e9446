/// A manual-reset event without a name.
#include "kickmsg/os/Readable.h"

#include "Bell.h"
#include "kickmsg/Error.h"

namespace kickmsg {
namespace os {

Readable::Readable() : reads_(CreateEventA(nullptr, TRUE, FALSE, nullptr)), writes_(reads_), birth_(Birth::now())
{
    if (reads_ == nullptr) {
        throw Error(ErrorCode::System, "WaitSet", "cannot make the event of native_handle()",
                    static_cast<int>(GetLastError()));
    }
}

Readable::~Readable()
{
    CloseHandle(reads_);
}

void Readable::set() noexcept
{
    SetEvent(writes_);
}

void Readable::reset() noexcept
{
    ResetEvent(reads_);
}

void Readable::wait(std::chrono::nanoseconds timeout) const noexcept
{
    WaitForSingleObject(reads_, milliseconds(timeout));
}

} // namespace os
} // namespace kickmsg
