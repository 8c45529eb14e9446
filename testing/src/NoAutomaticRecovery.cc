#include "kickmsg/testing/NoAutomaticRecovery.h"

#include "AutomaticRecovery.h"

namespace kickmsg {
namespace testing {

NoAutomaticRecovery::NoAutomaticRecovery() noexcept : before_(kickmsg::detail::automatic_recovery())
{
    kickmsg::detail::set_automatic_recovery(false);
}

NoAutomaticRecovery::~NoAutomaticRecovery()
{
    kickmsg::detail::set_automatic_recovery(before_);
}

} // namespace testing
} // namespace kickmsg
