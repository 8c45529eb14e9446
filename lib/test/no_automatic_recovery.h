/// For tests of recovery, which must see what nobody has brought back yet.
#pragma once

#include "AutomaticRecovery.h"

namespace kickmsg_test {

/// No recovery but the one under test.
class NoAutomaticRecovery {
public:
    NoAutomaticRecovery()
    {
        kickmsg::detail::set_automatic_recovery(false);
    }
    NoAutomaticRecovery(NoAutomaticRecovery const&)            = delete;
    NoAutomaticRecovery& operator=(NoAutomaticRecovery const&) = delete;
    ~NoAutomaticRecovery()
    {
        kickmsg::detail::set_automatic_recovery(true);
    }
};

} // namespace kickmsg_test
