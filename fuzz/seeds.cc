/// Writes the seed corpora: kickmsg_fuzz_seeds DIRECTORY (usually fuzz/corpus). Regions of the present layout version, and
/// a few inputs of the other targets that reach far.
#include "support.h"

#include <fstream>
#include <iostream>
#include <iterator>
#include <sys/stat.h>

using namespace kickmsg_fuzz;
using kickmsg::SharedRegion;

namespace {

void write(std::string const& path, std::string const& bytes)
{
    mkdir(path.substr(0, path.rfind('/')).c_str(), 0777);
    std::ofstream(path, std::ios::binary) << bytes;
}

std::string file_of(Name const& name)
{
    std::ifstream file(path_of(name.str()), std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(file), {});
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

/// A region nobody holds any more; `kept` bytes of a copy taken while `use` was in the middle are what a death leaves.
void write_regions(std::string const& folder)
{
    Name const name;
    {
        auto const region = SharedRegion::create(name.str(), kickmsg::channel::PubSub, config(1, 4));
        write(folder + "in-use", file_of(name));
    }
    write(folder + "fresh", file_of(name));
    write(folder + "truncated", file_of(name).substr(0, 4096));
    write(folder + "no-magic", std::string(64, '\0'));
    kickmsg::SharedMemory::unlink(name.str());

    auto cfg = config(2, 8);
    cfg.schema.emplace();
    auto const          region = SharedRegion::create(name.str(), kickmsg::channel::Broadcast, cfg, "seeds");
    kickmsg::Publisher  publisher(region);
    kickmsg::Subscriber one(region), two(region);
    for (char c = 'a'; c < 'd'; ++c) {
        publisher.send(&c, 1);
    }
    auto const view = one.try_receive_view();
    write(folder + "dead-traffic", file_of(name));
}

std::string repeated(std::string const& what, int times)
{
    std::string all;
    while (times-- > 0) {
        all += what;
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
    std::string const join("\x09\x19", 2), traffic("\x04\x14\x06\x17\x08\x18", 6),
        repairs("\x0a\x0b\x0c\x0d\x1d\x0e\x1e\x0f", 8);
    write(folder + "words/traffic", "\x20" + join + repeated(traffic, 6) + repairs);
    write(folder + "words/spoiled",
          "\xa0" + join + repeated(traffic + std::string("\x20\x07\x00\xff\xff\x0f", 6) + traffic, 5) + repairs);
}

void write_texts(std::string const& folder)
{
    write(folder + "names/plain", "topic\xffother\xfftag");
    write(folder + "names/collision", "a/b\xff"
                                      "a_b\xff"
                                      "a.b");
    write(folder + "names/long",
          std::string(240, 'n') + "\xff" + std::string(255, 'o') + "\xff" + std::string(256, 'p'));
    write(folder + "names/dots", "..\xff.\xff/");
    // six fields, each a byte of choice (0: its upper bits are the number) and what it asks for; mode; schema
    write(folder + "config/small", std::string("\x10\x10\x20\x40\x10\x15\x00\x01\x55", 9));
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
    for (char const* name : {"", "attach", "operations", "words", "names", "config"}) {
        mkdir((folder + name).c_str(), 0777);
    }
    write_regions(folder + "attach/");
    write_streams(folder);
    write_texts(folder);
    return 0;
}
