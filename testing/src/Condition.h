/// What a Fault keeps up as long as it lives.
#pragma once

#include "kickmsg/testing/Fault.h"

#include <memory>
#include <string>

namespace kickmsg {
namespace testing {
namespace detail {

/// Undone by its end.
class Condition {
public:
    Condition()                            = default;
    Condition(Condition const&)            = delete;
    Condition& operator=(Condition const&) = delete;
    virtual ~Condition()                   = default;

    /// Returns: what it did, without its name.
    virtual std::string words() const = 0;
};

/// Each throws Error, as Fault, and leaves nothing then.
/// @{
std::unique_ptr<Condition> hold_all_slots(std::string const& region, FaultSettings const& settings);
std::unique_ptr<Condition> hold_all_rings(std::string const& region);
std::unique_ptr<Condition> hold_all_records(std::string const& region);
std::unique_ptr<Condition> limit_files(FaultSettings const& settings);
std::unique_ptr<Condition> lap_rings(std::string const& region, FaultSettings const& settings);
std::unique_ptr<Condition> delay_wakes(FaultSettings const& settings);
std::unique_ptr<Condition> leave_dead_peer(std::string const& region, FaultSettings const& settings);
/// @}

/// Opens a region, and recovers nobody: what is dead there stays as it is.
SharedRegion open_as_it_is(std::string const& region);

} // namespace detail
} // namespace testing
} // namespace kickmsg
