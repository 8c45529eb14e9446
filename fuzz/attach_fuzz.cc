/// Arbitrary bytes as a region's file: list() and inspect() report them and write nothing; open() answers with an error, the same one, and
/// leaves them alone, or the region works as far as its words allow, and nothing is touched beyond the mapping.
#include "support.h"

#include "RegionHeader.h"
#include "kickmsg/Blackboard.h"
#include "kickmsg/Inspect.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <fstream>
#include <iterator>
#include <optional>

using namespace kickmsg_fuzz;
using kickmsg::Error;
using kickmsg::ErrorCode;
using kickmsg::SharedRegion;

namespace {

void write_file(std::string const& name, uint8_t const* data, std::size_t size)
{
    std::ofstream file(path_of(name), std::ios::binary | std::ios::trunc);
    file.write(reinterpret_cast<char const*>(data), static_cast<std::streamsize>(size));
}

bool holds_still(std::string const& name, uint8_t const* data, std::size_t size)
{
    std::ifstream     file(path_of(name), std::ios::binary);
    std::string const found(std::istreambuf_iterator<char>(file), {});
    return found.size() == size && (size == 0 || std::memcmp(found.data(), data, size) == 0);
}

/// Returns: the error that list() has for it; the code of an open() that looks at the same bytes.
std::optional<ErrorCode> listed(std::string const& name, uint8_t const* data, std::size_t size)
{
    std::vector<kickmsg::ListedRegion> const found = kickmsg::list(name);
    require(found.size() == 1 && found[0].name == name, "one entry");
    require(found[0].size == size, "the size of the file");
    require(holds_still(name, data, size), "a file that was looked at was written to");
    uint64_t seats = 0;
    for (kickmsg::Attendance const& kind : {found[0].publishers, found[0].subscribers, found[0].handles}) {
        require(kind.alive == 0, "nobody takes part");
        seats += kind.dead;
    }
    require(seats == found[0].participants.size(), "each participant is of one kind");
    require(found[0].error || kickmsg::channel::footprint(found[0].config) == size, "the geometry is the file's");
    return found[0].error ? std::make_optional(found[0].error->code()) : std::nullopt;
}

/// The same of inspect().
void inspected(std::string const& name, std::optional<ErrorCode> const& reported)
{
    kickmsg::RegionReport const report = kickmsg::inspect(name);
    require(report.region.error ? reported == report.region.error->code() : !reported, "list() and inspect() agree");
    require(report.pool.has_value() == !report.region.error, "the pool of what can be read");
    if (report.pool) {
        auto const& pool = *report.pool;
        require(pool.free + pool.kept + pool.unread + pool.held == report.region.config.pool_size,
                "a use for each slot");
        require(pool.orphaned <= report.region.config.pool_size, "no more orphans than slots");
    }
}

std::optional<SharedRegion> opened(std::string const& name, uint8_t const* data, std::size_t size)
{
    std::optional<ErrorCode> const reported = listed(name, data, size);
    inspected(name, reported);
    require(holds_still(name, data, size), "a file that was inspected was written to");
    try {
        SharedRegion region = SharedRegion::open(name);
        require(!reported, "list() reports an error of what can be opened");
        return region;
    } catch (Error const& error) {
        ErrorCode const code = error.code();
        bool const      refused =
            code == ErrorCode::Corrupt || code == ErrorCode::WrongVersion || code == ErrorCode::NotReady;
        require(refused || code == ErrorCode::NoFreeRecord || code == ErrorCode::InUse, error.what());
        require(!refused || holds_still(name, data, size), "a refused file was written to");
        require(refused ? reported == code : !reported, "list() and open() report the same");
        return std::nullopt;
    }
}

void look(SharedRegion& region, std::size_t size)
{
    kickmsg::RegionInfo const info = region.info();
    require(info.footprint == size, "the footprint is the file's size");
    require(info.layout_version == kickmsg::detail::layout_version, "the layout version");
    require(region.stats().rings.size() == info.max_subscribers, "a ring for each subscriber");
    region.diagnose();
    region.schema();
}

void exchange(SharedRegion& region, std::size_t most)
{
    try {
        kickmsg::Subscriber subscriber(region);
        kickmsg::Publisher  publisher(region);
        for (uint32_t number = 0; number < 5; ++number) {
            int32_t const sent = publisher.send(&number, most < sizeof(number) ? most : sizeof(number));
            require(sent <= static_cast<int32_t>(sizeof(number)), "bytes sent");
        }
        if (auto const sample = subscriber.try_receive()) {
            require(sample->len() <= most, "the length of a message");
        }
        if (auto const view = subscriber.try_receive_view()) {
            require(view->len() <= most, "the length of a view");
            unsigned char volatile sum = 0;
            for (std::size_t i = 0; i < view->len(); ++i) {
                sum = static_cast<unsigned char>(sum + static_cast<unsigned char const*>(view->data())[i]);
            }
        }
    } catch (Error const& error) {
        require(error.code() == ErrorCode::NoFreeRing || error.code() == ErrorCode::NoFreeRecord, error.what());
    }
}

/// As far as its words allow, a value is written and read.
void exchange_values(std::string const& name)
{
    try {
        kickmsg::Blackboard board = kickmsg::Blackboard::open(name);
        for (kickmsg::BlackboardEntry const& entry : board.values()) {
            require(entry.key.size() <= kickmsg::BlackboardConfig::name_limit, "the length of a name");
        }
        std::size_t const room   = std::min<std::size_t>(board.max_value_size(), 4096);
        auto              reader = board.reader("new");
        std::string       found(room, '\0');
        require(reader.read(&found[0], room) <= static_cast<int32_t>(room), "the length of a value");
        (void)reader.wait_for_change(std::chrono::nanoseconds(1));
        auto writer = board.writer("new");
        require(writer.write("x", 1) == 1, "a value is written");
        require(reader.read(&found[0], room) <= 1, "the length of the value that was written");
    } catch (Error const& error) {
        ErrorCode const code = error.code();
        require(code == ErrorCode::NoFreeRecord || code == ErrorCode::Corrupt || code == ErrorCode::WrongVersion ||
                    code == ErrorCode::LimitReached || code == ErrorCode::NameCollision || code == ErrorCode::InUse,
                error.what());
    }
}

void use(SharedRegion& region)
{
    if (region.info().type == kickmsg::channel::Blackboard) {
        exchange_values(region.name());
    } else {
        exchange(region, region.info().max_payload_size);
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(uint8_t const* data, std::size_t size)
{
    Name const name;
    write_file(name.str(), data, size);
    if (auto region = opened(name.str(), data, size)) {
        look(*region, size);
        use(*region);
        region->repair_locked_entries();
        region->reset_retired_rings();
        region->reclaim_orphaned_slots();
        region->recover();
        use(*region);
        look(*region, size);
    }
    return 0;
}

extern "C" std::size_t LLVMFuzzerMutate(uint8_t* data, std::size_t size, std::size_t most);
extern "C" std::size_t LLVMFuzzerCustomMutator(uint8_t* data, std::size_t size, std::size_t most, unsigned seed);

/// Most bytes of a region are payload and room: half of the mutations change a word of the header or behind it.
extern "C" std::size_t LLVMFuzzerCustomMutator(uint8_t* data, std::size_t size, std::size_t most, unsigned seed)
{
    constexpr std::size_t word = sizeof(uint64_t);
    if (seed % 2 == 0 || size < sizeof(kickmsg::detail::RegionHeader)) {
        return LLVMFuzzerMutate(data, size, most);
    }
    std::size_t const identity = offsetof(kickmsg::detail::RegionHeader, creator_pid);
    std::size_t const range    = seed % 4 == 1 ? identity : size;
    std::size_t const at       = seed / 4 % (range / word) * word;
    std::size_t const length   = seed / 8 % 3 == 0 ? word : sizeof(uint32_t);
    LLVMFuzzerMutate(data + at, length, length);
    return size;
}
