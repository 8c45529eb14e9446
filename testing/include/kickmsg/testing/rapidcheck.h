/// Generators of rapidcheck for property tests of programs that use the library. The kit itself needs no rapidcheck: link
/// kickmsg::testing_rapidcheck, which there is where rapidcheck is found, or include this with a rapidcheck of your own.
#pragma once

#include "kickmsg/Config.h"

#include <rapidcheck.h>

#include <cstddef>
#include <cstdint>
#include <ostream>
#include <string>
#include <vector>

namespace kickmsg {
namespace testing {

/// What a participant of a region may do next.
enum class Act : uint32_t {
    Advertise, ///< another publisher
    Retire,    ///< a publisher leaves
    Join,      ///< another subscriber
    Leave,     ///< a subscriber leaves
    Send,      ///< a message, copied
    Allocate,  ///< a slot to write to
    Publish,   ///< what was allocated
    Receive,   ///< a message, copied
    View,      ///< a message, in place
    DropView,  ///< a view ends
};

/// Returns: the name of `act`.
inline char const* to_string(Act act) noexcept
{
    static char const* const names[] = {"Advertise", "Retire",  "Join",    "Leave", "Send",
                                        "Allocate",  "Publish", "Receive", "View",  "DropView"};
    return names[static_cast<std::size_t>(act)];
}

/// One step of a stream: `which` picks among the publishers, subscribers or views that there are, modulo their number; `size` is a length.
struct Operation {
    Act         act;   ///< what to do
    uint32_t    which; ///< to whom
    std::size_t size;  ///< bytes of the message or of the allocation
};

/// Writes the `operation` to `out`, as rapidcheck shows a stream that fails.
/// Returns: `out`.
inline std::ostream& operator<<(std::ostream& out, Operation const& operation)
{
    return out << to_string(operation.act) << "(" << operation.which << ", " << operation.size << ")";
}

/// Returns: geometries in which things happen: pools of 1 to 40 slots, rings of 2 to 8 places, up to 4 subscribers and 3 publishers, messages of `most`
///          bytes.
inline rc::Gen<channel::Config> any_config(std::size_t most = 40)
{
    return rc::gen::apply(
        [most](uint32_t pool, uint32_t capacity, uint32_t subscribers, uint32_t publishers) {
            channel::Config cfg;
            cfg.pool_size         = pool;
            cfg.sub_ring_capacity = capacity;
            cfg.max_subscribers   = subscribers;
            cfg.max_publishers    = publishers;
            cfg.max_payload_size  = most;
            cfg.max_views         = pool;
            return cfg;
        },
        rc::gen::element(1U, 2U, 3U, 5U, 8U, 13U, 40U), rc::gen::element(2U, 4U, 8U), rc::gen::element(1U, 2U, 3U, 4U),
        rc::gen::element(1U, 2U, 3U));
}

/// Returns: lengths up to one more than `most`, its ends more often.
inline rc::Gen<std::size_t> any_length(std::size_t most)
{
    return rc::gen::oneOf(rc::gen::element(std::size_t{0}, std::size_t{1}, most, most + 1),
                          rc::gen::map(rc::gen::arbitrary<uint32_t>(),
                                       [most](uint32_t number) { return std::size_t{number} % (most + 1); }));
}

/// Returns: payloads of up to `most` bytes.
inline rc::Gen<std::string> any_payload(std::size_t most)
{
    return rc::gen::mapcat(any_length(most), [most](std::size_t length) {
        return rc::gen::container<std::string>(length > most ? most : length, rc::gen::arbitrary<char>());
    });
}

/// Returns: steps; sends and receives more often than participants come and go.
inline rc::Gen<Operation> any_operation(std::size_t most = 40)
{
    auto const act = rc::gen::weightedElement<Act>({{3, Act::Advertise},
                                                    {2, Act::Retire},
                                                    {4, Act::Join},
                                                    {2, Act::Leave},
                                                    {22, Act::Send},
                                                    {6, Act::Allocate},
                                                    {5, Act::Publish},
                                                    {14, Act::Receive},
                                                    {9, Act::View},
                                                    {5, Act::DropView}});
    return rc::gen::apply(
        [](Act what, uint32_t which, std::size_t size) {
            return Operation{what, which, size};
        },
        act, rc::gen::element(0U, 1U, 2U, 3U, 4U, 5U, 6U, 7U), any_length(most));
}

/// Returns: streams of steps with messages of up to `most` bytes.
inline rc::Gen<std::vector<Operation>> any_operations(std::size_t most = 40)
{
    return rc::gen::scale(4.0, rc::gen::container<std::vector<Operation>>(any_operation(most)));
}

} // namespace testing
} // namespace kickmsg
