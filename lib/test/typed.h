/// Types that the tests of typed ends send.
#pragma once

#include "kickmsg/TypeSchema.h"

#include <cstdint>

namespace kickmsg_test {

struct Pose {
    static constexpr char const* schema_name    = "test/Pose";
    static constexpr uint32_t    schema_version = 3;

    double   x, y;
    uint32_t number;
};

/// The same, a version later.
struct NextPose {
    static constexpr char const* schema_name    = "test/Pose";
    static constexpr uint32_t    schema_version = 4;

    double   x, y;
    uint32_t number;
};

/// It has a field more.
struct LargerPose {
    static constexpr char const* schema_name    = "test/Pose";
    static constexpr uint32_t    schema_version = 5;

    double   x, y, z;
    uint32_t number;
};

/// It says nothing of itself.
struct Plain {
    int32_t left = -1, right = -2;
};
struct OtherPlain {
    int32_t first, second;
};

struct alignas(128) Wide {
    uint64_t values[16];
};

/// Somebody else's: its name is given from outside.
struct Foreign {
    float value;
};

} // namespace kickmsg_test

template <>
struct kickmsg::SchemaOf<kickmsg_test::Foreign> {
    static constexpr std::string_view name    = "foreign/Type";
    static constexpr uint32_t         version = 7;
};
