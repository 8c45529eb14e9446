/// Writes the seed corpora: kickmsg_fuzz_seeds DIRECTORY (usually fuzz/corpus). Regions of the present layout version, and
/// a few inputs of the other targets that reach far.
#include "traffic.h"

#include "BoardLayout.h"
#include "kickmsg/Node.h"
#include "kickmsg/core/Words.h"

#include <cstring>
#include <fstream>
#include <iostream>
#include <iterator>
#include <sys/stat.h>

using namespace kickmsg_fuzz;
using kickmsg::SharedRegion;
using kickmsg::core::ClaimWord;
using kickmsg::core::OwnerWord;
using kickmsg::detail::Geometry;
using kickmsg::detail::Record;
using kickmsg::detail::RegionHeader;

namespace {

void write(std::string const& path, std::string const& bytes)
{
    mkdir(path.substr(0, path.rfind('/')).c_str(), 0777);
    std::ofstream(path, std::ios::binary) << bytes;
}

kickmsg::channel::Config config(uint32_t subscribers, uint32_t pool)
{
    kickmsg::channel::Config cfg;
    cfg.max_subscribers   = subscribers;
    cfg.sub_ring_capacity = 2;
    cfg.pool_size         = pool;
    cfg.max_payload_size  = 16;
    cfg.max_publishers    = 1;
    return cfg;
}

/// A region's bytes with something changed in its header and in what follows it.
template <class Change>
std::string changed(std::string bytes, Change change)
{
    std::vector<uint64_t> aligned(bytes.size() / sizeof(uint64_t));
    std::memcpy(aligned.data(), bytes.data(), bytes.size());
    change(*reinterpret_cast<RegionHeader*>(aligned.data()), reinterpret_cast<unsigned char*>(aligned.data()));
    std::memcpy(&bytes[0], aligned.data(), bytes.size());
    return bytes;
}

/// A region's file, without what differs from run to run.
std::string file_of(std::string const& name)
{
    std::ifstream file(path_of(name), std::ios::binary);
    return changed(std::string(std::istreambuf_iterator<char>(file), {}),
                   [](RegionHeader& header, unsigned char* begin) {
                       header.creator_pid = 1;
                       header.created_ns  = 1;
                       header.last_recovery.store(0);
                       auto* const records = reinterpret_cast<Record*>(begin + header.geometry.records_offset);
                       for (uint32_t record = 0; record < header.geometry.record_count(); ++record) {
                           records[record].pid.store(0);
                       }
                   });
}

/// The records [first, first + count) named by `incarnation`.
std::string occupied(std::string const& bytes, uint32_t first, uint32_t count, uint64_t incarnation)
{
    return changed(bytes, [&](RegionHeader& header, unsigned char* begin) {
        auto* const records = reinterpret_cast<Record*>(begin + header.geometry.records_offset);
        for (uint32_t record = first; record < first + count; ++record) {
            records[record].owner.store(OwnerWord::make(OwnerWord::Active, record, incarnation));
            records[record].kind.store(record + 1);
        }
    });
}

/// What open() refuses by the header alone, a file for each reason.
void write_refused_headers(std::string const& folder, std::string const& sound)
{
    auto const refused = [&](char const* name, void (*change)(RegionHeader&)) {
        write(folder + name, changed(sound, [&](RegionHeader& header, unsigned char*) { change(header); }));
    };
    write(folder + "empty", "");
    write(folder + "no-header", sound.substr(0, 16));
    write(folder + "half-a-header", sound.substr(0, 512));
    write(folder + "too-long", sound + std::string(4096, '\0'));
    refused("foreign", [](RegionHeader& header) { header.magic = 0x46464646; });
    refused("other-version", [](RegionHeader& header) { ++header.version; });
    refused("not-ready", [](RegionHeader& header) { header.state.store(0); });
    refused("unknown-type", [](RegionHeader& header) { header.type = 4; });
    refused("offsets-contradict", [](RegionHeader& header) { header.geometry.slots_offset += 128; });
    refused("no-subscribers", [](RegionHeader& header) { header.geometry.max_subscribers = 0; });
    refused("odd-capacity", [](RegionHeader& header) { header.geometry.ring_capacity = 3; });
    refused("huge-pool", [](RegionHeader& header) { header.geometry.pool_size = 0xffffffff; });
    refused("huge-payload", [](RegionHeader& header) { header.geometry.max_payload_size = ~uint64_t{0}; });
    refused("no-publishers", [](RegionHeader& header) { header.geometry.max_publishers = 0; });
    refused("times-of-two", [](RegionHeader& header) { header.geometry.send_time = 2; });
    refused("history-of-a-ring", [](RegionHeader& header) { header.geometry.history = header.geometry.ring_capacity; });
    refused("huge-history", [](RegionHeader& header) { header.geometry.history = 0xffffffff; });
    refused("history-without-a-place", [](RegionHeader& header) { header.geometry.history = 1; });
    refused("no-views", [](RegionHeader& header) { header.geometry.max_views = 0; });
    refused("more-views-than-slots", [](RegionHeader& header) { header.geometry.max_views = 0xffffffff; });
    refused("odd-alignment", [](RegionHeader& header) { header.geometry.payload_alignment = 24; });
}

/// What open() accepts, or refuses only when it looks for a record. `sound` was left by one opener: its own
/// incarnation is the next, 2; it is the living owner of whatever names that.
void write_odd_regions(std::string const& folder, std::string const& sound)
{
    Geometry geometry;
    changed(sound, [&](RegionHeader& header, unsigned char*) { geometry = header.geometry; });
    uint32_t const subscribers = geometry.max_subscribers, handles = subscribers + geometry.max_publishers;
    write(folder + "full-of-the-dead", occupied(sound, 0, geometry.record_count(), 99));
    write(folder + "full-of-the-living", occupied(sound, handles, geometry.region_records(), 2));
    write(folder + "no-subscriber-fits", occupied(sound, 0, subscribers, 2));
    write(folder + "no-publisher-fits", occupied(sound, subscribers, geometry.max_publishers, 2));
    write(folder + "replacer-died", changed(sound, [](RegionHeader& header, unsigned char*) {
              header.state.store(OwnerWord::make(OwnerWord::Retired, 0, 7));
          }));
    write(folder + "texts-do-not-end", changed(sound, [](RegionHeader& header, unsigned char*) {
              std::memset(header.prefix, 'x', offsetof(RegionHeader, schema) - offsetof(RegionHeader, prefix));
              std::memset(&header.schema, 'y', sizeof(header.schema));
              header.kind = 17;
              header.schema_owner.store(OwnerWord::make(OwnerWord::Set, 0, 0));
          }));
    write(folder + "schema-claimed-by-the-dead", changed(sound, [](RegionHeader& header, unsigned char*) {
              header.schema_owner.store(OwnerWord::make(OwnerWord::Claiming, 0, 77));
          }));
}

/// Two keys, one of them with a value.
void write_blackboard(std::string const& folder)
{
    kickmsg::BlackboardConfig cfg;
    cfg.max_keys       = 3;
    cfg.max_value_size = 64;
    cfg.max_handles    = 1;
    Name const          name;
    kickmsg::Node       node("seeds", name.str().substr(1));
    kickmsg::Blackboard board  = node.blackboard("b", cfg);
    auto                reader = board.reader("empty");
    auto                writer = board.writer("new");
    (void)writer.write("value", 5);
    write(folder + "blackboard", changed(file_of(board.region()), [](RegionHeader& header, unsigned char* begin) {
              std::memset(header.prefix, 0, sizeof(header.prefix));
              Geometry const& geometry = header.geometry;
              for (uint32_t slot = 0; slot < geometry.pool_size; ++slot) {
                  unsigned char* const payload =
                      begin + geometry.slots_offset + slot * geometry.slot_stride + geometry.payload_offset;
                  if (slot % kickmsg::detail::BoardLayout::slots_of_a_key != 0) {
                      std::memset(payload + offsetof(kickmsg::detail::BoardLayout::Buffer, written_ns), 0,
                                  2 * sizeof(uint64_t));
                  }
              }
          }));
    node.unlink_blackboard("b");
}

/// A region nobody holds any more; `kept` bytes of a copy taken while `use` was in the middle are what a death leaves.
void write_regions(std::string const& folder)
{
    Name const name;
    {
        auto const region = SharedRegion::create(name.str(), kickmsg::channel::PubSub, config(1, 4));
        write(folder + "in-use", file_of(name.str()));
    }
    std::string const fresh = file_of(name.str());
    write(folder + "fresh", fresh);
    write_refused_headers(folder, fresh);
    write_odd_regions(folder, fresh);
    write(folder + "truncated", file_of(name.str()).substr(0, 4096));
    write(folder + "no-magic", std::string(64, '\0'));
    kickmsg::SharedMemory::unlink(name.str());

    auto cfg = config(2, 8);
    cfg.schema.emplace();
    auto const          region = SharedRegion::create(name.str(), kickmsg::channel::Broadcast, cfg, "seeds");
    kickmsg::Publisher  publisher(region);
    kickmsg::Subscriber one(region), two(region);
    for (char c = 'a'; c < 'd'; ++c) {
        (void)publisher.send(&c, 1);
    }
    auto const view = one.try_receive_view();
    write(folder + "dead-traffic", file_of(name.str()));
}

std::string repeated(std::string const& what, int times)
{
    std::string all;
    while (times-- > 0) {
        all += what;
    }
    return all;
}

std::string number(uint64_t value, unsigned bytes)
{
    std::string all;
    for (unsigned i = 0; i < bytes; ++i) {
        all += static_cast<char>(value >> (8 * i));
    }
    return all;
}

/// The changes of words_fuzz.cc that make every participant the publisher of a slot: of one in the pool, and of one beyond it.
std::string publishing_of_all(uint32_t settings)
{
    Name const              name;
    Traffic const           traffic(name.str(), settings);
    kickmsg_test::RawRegion raw(name.str());
    std::string             all;
    for (uint32_t record = 0; record < raw.layout().record_count(); ++record) {
        uint64_t place = 0;
        while (&shared_word(raw, place) != &raw.layout().record(record).publishing) {
            ++place;
        }
        uint32_t const slot = record % 2 != 0 ? kickmsg::core::no_slot : record % raw.layout().pool_size();
        all += "\x30" + number(place, 2) + number(ClaimWord::make(ClaimWord::Publish, 0, slot), 8);
    }
    return all;
}

void write_streams(std::string const& folder)
{
    // byte 0: settings; then operation + 16 * which
    std::string const joins("\x00\x10\x20", 3), sends("\x0c\x1c", 2), takes("\x04\x13\x24\x08", 4);
    write(folder + "operations/ample", "\x04" + joins + repeated(sends + takes, 8) + "\x02\x12\x09\x0a\x0b\x06\x07");
    write(folder + "operations/overflow", "\x05" + joins + repeated(sends, 12) + repeated(takes, 6));
    write(folder + "operations/starved",
          std::string(1, '\x40') + joins + repeated(sends + "\x03", 9) + repeated(takes, 4));
    write(
        folder +
            "operations/kept", // eight at a time, then all are idle; one leaves with them, one with a message not sent
        "\x06" + joins + repeated(repeated(sends, 4) + repeated(takes, 8) + "\x08", 3) + "\x01\x16\x08\x11\x08");
    std::string const join("\x09\x19", 2), traffic("\x04\x14\x06\x17\x08\x18", 6),
        repairs("\x0a\x0b\x0c\x0d\x1d\x0e\x1e\x0f", 8);
    write(folder + "words/traffic", "\x20" + join + repeated(traffic, 6) + repairs);
    write(folder + "words/spoiled",
          "\xa0" + join + repeated(traffic + std::string("\x20\x07\x00\xff\xff\x0f", 6) + traffic, 5) + repairs);
    write(folder + "words/publishing-spoiled",
          "\x20" + join + repeated(traffic + publishing_of_all(0x20), 3) + traffic + repairs);
    // the counter of incarnations set back: the next is a living participant's
    write(folder + "words/incarnations-again",
          "\x20" + std::string("\x30\x20\x00", 3) + std::string(8, '\0') + join + traffic);
}

/// A change as mutator.cc reads it: 8 times in a row.
std::string change(uint32_t kind, uint32_t area, uint64_t place, uint64_t value, unsigned bytes)
{
    return number(kind + 4 * area + 96, 1) + number(place, 2) + number(value, bytes);
}

void write_mutated(std::string const& folder)
{
    // byte 0: settings; the number of changes and they; then operation - 4 + 12 * which
    std::string const joins("\x05\x11\x1d", 3), traffic("\x00\x0c\x02\x0e\x03\x0f\x04\x10", 8);
    std::string const repairs("\x06\x07\x08\x09\x15\x0a\x16", 7), open("\x0b", 1);
    std::string       lengths, slots, judged;
    for (uint64_t slot = 0; slot < 10; ++slot) {
        lengths += change(3, 1, slot * 4 + 3, ~uint64_t{0}, 8);
        slots += change(2, 2, slot % 3 * 64 + slot / 3, slot % 2 != 0 ? 0xfffffe : 0x1000 << slot, 3);
        judged += change(slot % 2 != 0 ? 3 : 0, 0, 2 + slot, 0x11 * slot, slot % 2 != 0 ? 8 : 1);
    }
    write(folder + "lengths", "\x20\x0a" + lengths + joins + repeated(traffic, 6));
    write(folder + "slots", "\x21\x0a" + slots + joins + repeated(traffic, 6) + repairs);
    write(folder + "judged-by-open", "\x22\x0a" + judged + joins + traffic + repairs + open + traffic + open + repairs);
    // one subscriber in a ring of two, joining anew when its ring was closed: each change meets each receive
    std::string const exchange("\x00\x02\x00\x02\x00\x00\x02\x02", 8), again("\x05\x05", 2);
    std::string const narrow = joins.substr(0, 1) + repeated(repeated(exchange, 4) + again, 4);
    write(folder + "slots-of-one-ring",
          "\x20\x02" + change(2, 2, 0, 0xfffffe, 3) + change(2, 2, 1, 0xfffffe, 3) + narrow);
    write(folder + "lengths-of-few-slots", "\x08\x04" + lengths.substr(0, 4 * change(3, 1, 0, 0, 8).size()) + narrow);
    write(folder + "stack", std::string("\x04\x03", 2) + change(2, 3, 0, 0xffffff, 3) + change(1, 3, 0, 77, 1) +
                                change(3, 1, 1, 1, 8) + joins + repeated(traffic + repairs, 3));
}

void write_schemas(std::string const& folder)
{
    // two texts; two descriptors (a byte for all, a number of single ones); whether at creation; operation + 11 * which
    std::string const texts("my/Pose\xffx:f64\xff"), blank("\x00\x00", 2), endless("\x6e\x01\x00\x00\x01", 5);
    std::string const halves("\x02\x00\x00\x07\x00", 5); // a claim by the first, seven bytes of it
    write(folder + "claimed", texts + blank + endless + number(0, 1) + number(0, 1) + endless + number(0, 1) + blank);
    write(folder + "configured", texts + endless + blank + number(1, 1) + number(0, 1) + blank + "\x06\x07");
    write(folder + "stuck", texts + blank + blank + number(0, 1) + halves + "\x06\x05\x06\x06" + halves + "\x05\x07");
    write(folder + "finished", texts + blank + endless + number(0, 1) + halves + "\x0d" + blank + blank + "\x04\x06");
    write(folder + "offered", texts + blank + endless + number(0, 1) + halves + "\x05\x08" + endless + "\x08" + blank);
    write(folder + "overwritten", texts + blank + endless + number(0, 1) + "\x09" +
                                      number(OwnerWord::make(OwnerWord::Claiming, 2, 9), 8) + "\x06\x0a" + endless +
                                      "\x09" + number(OwnerWord::make(OwnerWord::Set, 0, 0), 8) + "\x09" +
                                      number(OwnerWord::make(OwnerWord::Live, 0, 1), 8) + "\x06\x07");
}

void write_texts(std::string const& folder)
{
    write(folder + "names/plain", "topic\xffother\xfftag");
    write(folder + "names/empty", "\xff\xff");
    write(folder + "names/collision", "a/b\xff"
                                      "a_b\xff"
                                      "a.b");
    write(folder + "names/long",
          std::string(240, 'n') + "\xff" + std::string(255, 'o') + "\xff" + std::string(256, 'p'));
    write(folder + "names/dots", "..\xff.\xff/");
    // six fields, each a byte of choice (0: its upper bits are the number) and what it asks for; mode; schema
    write(folder + "config/small", std::string("\x10\x10\x20\x40\x10\x15\x00\x01\x55", 9));
    write(folder + "config/nobody-may-write", std::string("\x10\x10\x20\x40\x10\x15\x01\x03\x24\x01", 10));
    write(folder + "config/aligned", std::string("\x04\x05\x08\x29\x04\x31\x00\x00", 8));
    write(folder + "config/limits", std::string("\x15\x51\x61\x7d\x29\x31\x01\xff", 8));
}

} // namespace

int main(int count, char** arguments)
{
    if (count != 2) {
        std::cerr << "usage: kickmsg_fuzz_seeds DIRECTORY\n";
        return 2;
    }
    std::string const folder = std::string(arguments[1]) + "/";
    for (char const* name : {"", "attach", "operations", "words", "names", "config", "mutator", "schema"}) {
        mkdir((folder + name).c_str(), 0777);
    }
    write_regions(folder + "attach/");
    write_blackboard(folder + "attach/");
    write_streams(folder);
    write_texts(folder);
    write_mutated(folder + "mutator/");
    write_schemas(folder + "schema/");
    return 0;
}
