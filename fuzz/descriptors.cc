#include "descriptors.h"

#include "kickmsg/Hash.h"

#include <cstring>
#include <string_view>

namespace kickmsg_fuzz {

using kickmsg::SchemaInfo;

namespace {

/// The prime of FNV-1a as a sum of powers of two: 2^40 + 2^8 + 0xb3, and 2^24 + 2^8 + 0x93.
uint64_t digest_64(std::string_view text, uint64_t seed)
{
    for (char c : text) {
        seed ^= static_cast<unsigned char>(c);
        seed = (seed << 40) + (seed << 8) + seed * 0xb3;
    }
    return seed;
}

uint32_t digest_32(std::string_view text)
{
    uint32_t seed = 0x811c9dc5;
    for (char c : text) {
        seed ^= static_cast<unsigned char>(c);
        seed = (seed << 24) + (seed << 8) + seed * 0x93;
    }
    return seed;
}

} // namespace

std::unique_ptr<SchemaInfo> descriptor(Input& input)
{
    auto info = std::make_unique<SchemaInfo>();
    std::memset(info.get(), static_cast<int>(input.byte()), sizeof(*info));
    for (uint32_t left = input.byte() % 8; left > 0; --left) {
        std::size_t const at                             = input.number(2) % sizeof(*info);
        reinterpret_cast<unsigned char*>(info.get())[at] = static_cast<unsigned char>(input.byte());
    }
    return info;
}

bool same_bytes(SchemaInfo const& a, SchemaInfo const& b)
{
    return std::memcmp(&a, &b, sizeof(a)) == 0;
}

/// diff() in other words: field by field, the names up to their first zero.
void check_diff(SchemaInfo const& a, SchemaInfo const& b)
{
    namespace schema = kickmsg::schema;
    auto const name  = [](SchemaInfo const& info) {
        std::string_view const all(info.name, sizeof(info.name));
        return all.substr(0, all.find('\0'));
    };
    uint32_t expected = schema::Equal;
    expected |= a.identity == b.identity ? 0 : schema::Identity;
    expected |= a.layout == b.layout ? 0 : schema::Layout;
    expected |= a.version == b.version ? 0 : schema::Version;
    expected |= name(a) == name(b) ? 0 : schema::Name;
    expected |= a.identity_algo == b.identity_algo ? 0 : schema::IdentityAlgo;
    expected |= a.layout_algo == b.layout_algo ? 0 : schema::LayoutAlgo;
    require(schema::diff(a, b) == expected && schema::diff(b, a) == expected, "diff() tells each part that differs");
    require(schema::diff(a, a) == schema::Equal, "diff() of a descriptor and itself");
}

void check_hashes(std::string const& one, std::string const& other)
{
    using namespace kickmsg::hash;
    require(fnv1a_32(one) == digest_32(one), "the 32-bit digest");
    require(fnv1a_64(one) == digest_64(one, fnv1a_64_offset), "the 64-bit digest");
    require(fnv1a(one.data(), one.size()) == fnv1a_64(one), "the digest of bytes is that of the text");
    require(fnv1a_64(other, fnv1a_64(one)) == fnv1a_64(one + other), "a digest goes on where the seed stopped");
    uint64_t chained = fnv1a_64_offset;
    for (std::size_t i = 0; i < 64; ++i) {
        chained = i % 8 == 0 ? digest_64(std::string(1, static_cast<char>(i / 8)), digest_64(one, chained)) : chained;
        require(identity_from_fnv1a(one)[i] == static_cast<uint8_t>(chained >> (8 * (i % 8))), "the identity's bytes");
    }
}

} // namespace kickmsg_fuzz
