/// All of the testing kit, but for the generators of rapidcheck.
#pragma once

#include "kickmsg/testing/Account.h"
#include "kickmsg/testing/Comparison.h"
#include "kickmsg/testing/FakeClock.h"
#include "kickmsg/testing/Fault.h"
#include "kickmsg/testing/Findings.h"
#include "kickmsg/testing/HandleWatch.h"
#include "kickmsg/testing/Model.h"
#include "kickmsg/testing/NoAutomaticRecovery.h"
#include "kickmsg/testing/NodeModel.h"
#include "kickmsg/testing/PrivatePrefix.h"
#include "kickmsg/testing/Program.h"
