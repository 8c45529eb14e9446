/// The published test vectors of FNV-1a (http://www.isthe.com/chongo/src/fnv/test_fnv.c), and what is built from it.
#include "kickmsg/Hash.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace hash = kickmsg::hash;

namespace {

struct Vector {
    char const* text;
    uint32_t    digest32;
    uint64_t    digest64;
};

constexpr Vector published[] = {
    {"", 0x811c9dc5U, 0xcbf29ce484222325ULL},       {"a", 0xe40c292cU, 0xaf63dc4c8601ec8cULL},
    {"b", 0xe70c2de5U, 0xaf63df4c8601f1a5ULL},      {"c", 0xe60c2c52U, 0xaf63de4c8601eff2ULL},
    {"fo", 0x6222e842U, 0x08985907b541d342ULL},     {"foo", 0xa9f37ed7U, 0xdcb27518fed9d577ULL},
    {"foob", 0x3f5076efU, 0xdd120e790c2512afULL},   {"fooba", 0x39aaa18aU, 0xcac165afa2fef40aULL},
    {"foobar", 0xbf9cf968U, 0x85944171f73967e8ULL},
};

template <class Text, class Second, class = void>
constexpr bool is_hashed_64 = false;
template <class Text, class Second>
constexpr bool
    is_hashed_64<Text, Second, std::void_t<decltype(hash::fnv1a_64(std::declval<Text>(), std::declval<Second>()))>> =
        true;

template <class Text, class Second, class = void>
constexpr bool is_hashed_32 = false;
template <class Text, class Second>
constexpr bool
    is_hashed_32<Text, Second, std::void_t<decltype(hash::fnv1a_32(std::declval<Text>(), std::declval<Second>()))>> =
        true;

template <class Text, class = void>
constexpr bool is_hashed_alone = false;
template <class Text>
constexpr bool is_hashed_alone<
    Text, std::void_t<decltype(hash::fnv1a_64(std::declval<Text>())), decltype(hash::fnv1a_32(std::declval<Text>()))>> =
    true;

} // namespace

TEST(Hash, GivesThePublishedDigestsOf32Bits)
{
    for (Vector const& vector : published) {
        EXPECT_EQ(hash::fnv1a_32(vector.text), vector.digest32) << vector.text;
    }
}

TEST(Hash, GivesThePublishedDigestsOf64Bits)
{
    for (Vector const& vector : published) {
        EXPECT_EQ(hash::fnv1a_64(vector.text), vector.digest64) << vector.text;
    }
}

TEST(Hash, OfBytesIsTheHashOfTheTextTheySpell)
{
    for (Vector const& vector : published) {
        EXPECT_EQ(hash::fnv1a(vector.text, std::string(vector.text).size()), vector.digest64) << vector.text;
    }
    EXPECT_EQ(hash::fnv1a(nullptr, 0), 0xcbf29ce484222325ULL);
}

TEST(Hash, TakesBytesAbove127AsUnsigned)
{
    unsigned char const byte = 0xff;
    EXPECT_EQ(hash::fnv1a(&byte, 1), (0xcbf29ce484222325ULL ^ 0xff) * 0x00000100000001b3ULL);
    EXPECT_EQ(hash::fnv1a_64("\xff"), hash::fnv1a(&byte, 1));
    EXPECT_EQ(hash::fnv1a_32("\xff"), (0x811c9dc5U ^ 0xff) * 0x01000193U);
}

TEST(Hash, OfPiecesChainsToTheHashOfTheWhole)
{
    EXPECT_EQ(hash::fnv1a_32("bar", hash::fnv1a_32("foo")), 0xbf9cf968U);
    EXPECT_EQ(hash::fnv1a_64("bar", hash::fnv1a_64("foo")), 0x85944171f73967e8ULL);
    EXPECT_EQ(hash::fnv1a("bar", 3, hash::fnv1a("foo", 3)), 0x85944171f73967e8ULL);
}

TEST(Hash, IsKnownToTheCompiler)
{
    static_assert(hash::fnv1a_32("foobar") == 0xbf9cf968U, "usable in constant expressions");
    static_assert(hash::fnv1a_64("foobar") == 0x85944171f73967e8ULL, "usable in constant expressions");
}

TEST(Hash, IdentityIsEightChainedDigestsLittleEndian)
{
    auto const identity = hash::identity_from_fnv1a("foobar");
    uint64_t   digest   = hash::fnv1a_64_offset;
    for (unsigned word = 0; word < 8; ++word) {
        char const place = static_cast<char>(word);
        digest           = hash::fnv1a(&place, 1, hash::fnv1a_64("foobar", digest));
        for (unsigned byte = 0; byte < 8; ++byte) {
            EXPECT_EQ(identity[8 * word + byte], digest >> (8 * byte) & 0xff) << word << " " << byte;
        }
    }
}

TEST(Hash, IdentityTellsTextsApartInEveryWord)
{
    auto const one   = hash::identity_from_fnv1a("x:f64");
    auto const other = hash::identity_from_fnv1a("x:f32");
    EXPECT_EQ(one, hash::identity_from_fnv1a("x:f64"));
    for (unsigned word = 0; word < 8; ++word) {
        auto const at = one.begin() + 8 * word;
        EXPECT_FALSE(std::equal(at, at + 8, other.begin() + 8 * word)) << word;
    }
}

/// fnv1a_64(data, length) of bytes would stop at the first zero, take the length for a seed, and read from null.
TEST(Hash, OfATextTakesNoPointerAndLength)
{
    static_assert(!is_hashed_64<char const*, std::size_t> && !is_hashed_32<char const*, std::size_t>);
    static_assert(!is_hashed_64<char*, int> && !is_hashed_32<char*&, int>);
    static_assert(!is_hashed_64<char const* const&, uint64_t> && !is_hashed_32<char const*, uint32_t>);
    static_assert(!is_hashed_64<char const(&)[4], int> && !is_hashed_32<char const(&)[4], std::size_t>);
    static_assert(!is_hashed_64<std::nullptr_t, int> && !is_hashed_32<std::nullptr_t, int>);
    static_assert(!is_hashed_alone<std::nullptr_t>);
    static_assert(is_hashed_64<char const(&)[4], uint64_t> && is_hashed_32<char const(&)[4], uint32_t>);
    static_assert(is_hashed_64<std::string const&, uint64_t> && is_hashed_32<std::string, uint32_t>);
    static_assert(is_hashed_64<std::string_view, uint64_t> && is_hashed_32<std::string_view, uint32_t>);
    static_assert(is_hashed_alone<char const*> && is_hashed_alone<std::string> && is_hashed_alone<char const(&)[4]>);
    char const* const text = "bar";
    EXPECT_EQ(hash::fnv1a_64(std::string_view(text), hash::fnv1a_64("foo")), hash::fnv1a_64("foobar"));
}
