#include "BoardState.h"

#include "Agreement.h"
#include "Fitting.h"
#include "Lifecycle.h"
#include "ReaderState.h"
#include "kickmsg/Error.h"
#include "kickmsg/Hash.h"

#include <algorithm>
#include <string_view>

namespace kickmsg {
namespace detail {

namespace {

std::string quoted(std::string const& key)
{
    return "key '" + key + "'";
}

/// Its length, then its bytes, eight of them a word, the lowest first: on every machine the same.
BoardNames::Name words_of(std::string const& name)
{
    BoardNames::Name all;
    auto const       put = [&all](std::size_t place, uint64_t byte) { all.words[place / 8] |= byte << place % 8 * 8; };
    put(0, name.size());
    for (std::size_t i = 0; i < name.size(); ++i) {
        put(i + 1, static_cast<unsigned char>(name[i]));
    }
    uint64_t const tag = hash::fnv1a_64(std::string_view(name));
    all.tag            = tag != 0 ? tag : 1;
    return all;
}

std::string text_of(uint64_t const (&words)[BoardLayout::name_words])
{
    std::string text;
    for (std::size_t i = 1; i <= (words[0] & 0xffU); ++i) {
        text += static_cast<char>(words[i / 8] >> i % 8 * 8 & 0xffU);
    }
    return text;
}

std::string const& checked(std::string const& name)
{
    if (name.find('\0') != std::string::npos) {
        throw Error(ErrorCode::InvalidName, "key", "a name must not contain a null character");
    }
    if (name.empty() || name.size() > BlackboardConfig::name_limit) {
        throw Error(ErrorCode::InvalidName, quoted(name.substr(0, 40)),
                    "the name has " + std::to_string(name.size()) + " bytes, expected 1 to " +
                        std::to_string(BlackboardConfig::name_limit));
    }
    return name;
}

/// Of all that is compared of a type; never 0.
uint64_t fingerprint(SchemaInfo const& type) noexcept
{
    uint64_t print = hash::fnv1a(type.identity.data(), type.identity.size());
    print          = hash::fnv1a(type.layout.data(), type.layout.size(), print);
    print          = hash::fnv1a(type.name, sizeof(type.name), print);
    for (uint32_t const number : {type.version, type.identity_algo, type.layout_algo}) {
        print = (print ^ number) * 0x100000001b3U;
    }
    return print != 0 ? print : 1;
}

/// Empty when they are the same.
std::string difference(BlackboardConfig const& found, BlackboardConfig const& wanted)
{
    struct Field {
        char const* name;
        uint64_t    found, wanted;
    };
    for (Field const& field : {Field{"max_keys", found.max_keys, wanted.max_keys},
                               Field{"max_value_size", found.max_value_size, wanted.max_value_size},
                               Field{"max_handles", found.max_handles, wanted.max_handles}}) {
        if (field.found != field.wanted) {
            return std::string(field.name) + " is " + std::to_string(field.found) + ", expected " +
                   std::to_string(field.wanted);
        }
    }
    return {};
}

/// In a handler: says of a blackboard what `error` says of the region that it lies in.
[[noreturn]] void refuse(Error const& error, std::string const& region, channel::Config const* cfg)
{
    bool const may_be  = error.code() == ErrorCode::NoFreeRecord || error.code() == ErrorCode::Mismatch;
    auto const mapping = may_be ? map_if_there(region) : nullptr;
    if (!mapping || mapping->header().type != channel::Blackboard || !BoardLayout::fits(mapping->geometry())) {
        throw; // as it is
    }
    if (error.code() == ErrorCode::NoFreeRecord) {
        throw Error(
            error.code(), region,
            "no room for another open blackboard: max_handles = " +
                std::to_string(board_sizes(mapping->geometry()).max_handles) +
                ", and all that are beside them, are in use by the living: " + living_participants(*mapping),
            Remedy{"end one of these, or make the blackboard anew with a larger BlackboardConfig::max_handles"});
    }
    std::string const wrong = cfg != nullptr && error.code() == ErrorCode::Mismatch
                                  ? difference(board_sizes(mapping->geometry()), board_sizes(Geometry::of(*cfg)))
                                  : "";
    if (wrong.empty()) {
        throw;
    }
    throw Error(error.code(), region, "the blackboard in use has other sizes: " + wrong,
                Remedy{"use the same BlackboardConfig as its users, or end them first"});
}

/// Errors: what keeps the region from being looked at as a blackboard.
std::shared_ptr<BoardState> as_board(std::shared_ptr<RegionState> region)
{
    Mapping& mapping = region->mapping();
    if (mapping.header().type != channel::Blackboard) {
        throw Error(ErrorCode::Mismatch, mapping.name(),
                    "it carries messages, and is no blackboard: type is " + std::to_string(mapping.header().type) +
                        ", expected 3 (Blackboard)",
                    Remedy{"open it by SharedRegion::open, or give the blackboard another name"});
    }
    if (!BoardLayout::fits(mapping.geometry())) {
        throw Error(ErrorCode::Corrupt, mapping.name(), "a blackboard without room for a key");
    }
    auto const found = carried_schema(mapping);
    if (!found || schema::diff(*found, board_schema()) != schema::Equal) {
        throw Error(
            ErrorCode::WrongVersion, mapping.name(),
            "a blackboard of another version: expected " + schema::text_of(board_schema()) + ", found " +
                (found ? schema::text_of(*found) : "none"),
            Remedy{"run the version of this library that made it; or, when all its users have ended, remove it by "
                   "SharedMemory::unlink(\"" +
                   mapping.name() + "\")"});
    }
    return std::make_shared<BoardState>(std::move(region));
}

} // namespace

uint32_t BoardState::add(std::string const& name, SchemaInfo const* type)
{
    uint32_t const key = BoardNames(board_).add(words_of(checked(name)));
    if (key == BoardNames::none) {
        throw Error(
            ErrorCode::LimitReached, mapping().name(),
            "no room for " + quoted(name) + ": max_keys = " + std::to_string(board_.key_count()) +
                ", all of them have names",
            Remedy{"use one that there is, or make the blackboard anew with a larger BlackboardConfig::max_keys"});
    }
    if (key == BoardNames::other) {
        throw Error(ErrorCode::NameCollision, mapping().name(), "another key has the same hash as " + quoted(name),
                    Remedy{"choose another name for it"});
    }
    if (type != nullptr) {
        agree(key, *type);
    }
    return key;
}

bool BoardState::has(std::string const& name)
{
    return BoardNames(board_).find(words_of(checked(name))) != BoardNames::none;
}

void BoardState::agree(uint32_t key, SchemaInfo const& type)
{
    auto const layout = schema::type_layout(type);
    uint64_t   room   = BoardValue(board_, key).capacity();
    if (layout && layout->size > room) {
        throw Error(ErrorCode::Mismatch, mapping().name(),
                    "max_value_size is " + std::to_string(room) + ", expected at least " +
                        std::to_string(layout->size) + " for values of " + schema::text_of(type),
                    Remedy{"raise BlackboardConfig::max_value_size where the blackboard is made"});
    }
    uint64_t const wanted = fingerprint(type);
    if (BoardNames(board_).agree(key, wanted) != wanted) {
        throw Error(ErrorCode::SchemaMismatch, mapping().name(),
                    quoted(name_of(key)) + " has values of another type than " + schema::text_of(type),
                    Remedy{"use the type in the version that its other users have, or another key"});
    }
}

void BoardState::claim(uint32_t key)
{
    LifeCheck      life(mapping().memory());
    uint64_t const living = BoardOwner(board_.key(key).owner).claim(self(), life);
    if (living == 0) {
        return;
    }
    WriterInfo const writer = writer_of(key);
    bool const       here   = core::OwnerWord::incarnation(living) == self().incarnation;
    throw Error(ErrorCode::InUse, mapping().name(),
                quoted(name_of(key)) + " has a living writer: " +
                    (here ? "of this Blackboard itself" : "pid " + std::to_string(writer.pid)) + ", incarnation " +
                    std::to_string(core::OwnerWord::incarnation(living)),
                Remedy{"end that one first, or write another key"});
}

WriterInfo BoardState::writer_of(uint32_t key) noexcept
{
    uint64_t const word = BoardOwner(board_.key(key).owner).read();
    WriterInfo     writer;
    if (core::OwnerWord::state(word) == core::OwnerWord::Free) {
        return writer;
    }
    writer.incarnation    = core::OwnerWord::incarnation(word);
    bool const     alive  = os::is_alive(mapping().memory(), os::Role::Participant, writer.incarnation);
    uint32_t const record = core::OwnerWord::record(word);
    writer.state          = alive ? WriterState::Alive : WriterState::Dead;
    if (record < mapping().layout().record_count()) {
        Record&        place = mapping().layout().record(record);
        uint64_t const owner = core::Ownership<Policy>(place.owner).read();
        writer.pid =
            core::OwnerWord::incarnation(owner) == writer.incarnation ? place.pid.load(std::memory_order_relaxed) : 0;
    }
    return writer;
}

std::string BoardState::name_of(uint32_t key)
{
    uint64_t words[BoardLayout::name_words];
    return BoardNames(board_).read(key, words) ? text_of(words) : std::string();
}

std::vector<BlackboardEntry> BoardState::values()
{
    std::vector<BlackboardEntry> all;
    for (uint32_t key = 0; key < board_.key_count(); ++key) {
        BlackboardEntry entry;
        entry.key = name_of(key);
        if (entry.key.empty()) {
            continue;
        }
        core::BoardStamp stamp;
        if (BoardValue(board_, key).read(nullptr, 0, stamp, board_looks) != core::BoardLook::Empty) {
            entry.info = info_of(stamp);
        }
        entry.writer = writer_of(key);
        entry.type   = BoardNames(board_).agree(key, 0);
        entry.typed  = entry.type != 0;
        all.push_back(std::move(entry));
    }
    std::sort(all.begin(), all.end(), [](auto const& a, auto const& b) { return a.key < b.key; });
    return all;
}

std::optional<bool> BoardSeat::enter(WaitSetState const& set) noexcept
{
    std::lock_guard<std::mutex> const mine(lock_);
    if (readers_ != 0 && set_ != &set) {
        return std::nullopt;
    }
    if (readers_++ != 0) {
        return false;
    }
    set_  = &set;
    turn_ = 0; // what was there was of another set
    return true;
}

bool BoardSeat::leave() noexcept
{
    std::lock_guard<std::mutex> const mine(lock_);
    return --readers_ == 0;
}

bool ReaderState::put_into(WaitSetState const& set)
{
    auto const is_only = board_->seat().enter(set);
    if (!is_only) {
        throw Error(ErrorCode::InUse, "BlackboardReader", "another reader of its Blackboard is in another WaitSet",
                    Remedy{"open the blackboard once for each set, or use one set for both"});
    }
    return *is_only;
}

std::shared_ptr<BoardState> join_board(std::string const& region, BlackboardConfig const& cfg, Identity const& identity)
{
    channel::Config const config  = board_config(cfg);
    SchemaInfo const      carried = board_schema();
    try {
        return as_board(create_or_open_region(region, channel::Blackboard, config, identity, &carried, Says::Geometry,
                                              [](auto const& /*region*/) {}));
    } catch (Error const& error) {
        refuse(error, region, &config);
    }
}

std::shared_ptr<BoardState> open_board(std::string const& region, Identity const* identity)
{
    try {
        return as_board(open_region(region, identity));
    } catch (Error const& error) {
        refuse(error, region, nullptr);
    }
}

} // namespace detail
} // namespace kickmsg
