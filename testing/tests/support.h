/// What the kit's own tests share. ::testing is GoogleTest's; kit is ours.
#pragma once

#include "kickmsg/testing/Testing.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <string>

namespace kickmsg_kit {

namespace kit = kickmsg::testing;

/// Where the names of this run's regions begin.
inline std::string base()
{
    char const* const given = std::getenv("KICKMSG_TEST_PREFIX");
    return given != nullptr && *given != '\0' ? given : "kmkit";
}

/// A pool that participants can hold, of which publishers keep 4 slots each.
inline kickmsg::channel::Config small_config()
{
    kickmsg::channel::Config cfg;
    cfg.max_subscribers   = 4;
    cfg.sub_ring_capacity = 8;
    cfg.pool_size         = 64;
    cfg.max_publishers    = 4;
    cfg.max_payload_size  = 64;
    cfg.max_views         = 64;
    return cfg;
}

/// A region of a prefix of its own, which has to be empty in the end.
class Kit : public ::testing::Test {
protected:
    ~Kit() override
    {
        kit::Findings const left = prefix.end();
        EXPECT_TRUE(left.ok()) << left;
    }

    kickmsg::SharedRegion make(std::string const& topic, kickmsg::channel::Config const& cfg = small_config()) const
    {
        return kickmsg::SharedRegion::create(node.topic_region(topic), kickmsg::channel::PubSub, cfg);
    }

    kit::PrivatePrefix prefix{base()};
    kickmsg::Node      node{"kit"};
};

inline void send(kickmsg::Publisher& publisher, std::string const& text)
{
    ASSERT_EQ(publisher.send(text.data(), text.size()), static_cast<int32_t>(text.size()));
}

/// All that is there now.
inline std::size_t receive_all(kickmsg::Subscriber& subscriber)
{
    std::size_t count = 0;
    while (subscriber.try_receive()) {
        ++count;
    }
    return count;
}

} // namespace kickmsg_kit
