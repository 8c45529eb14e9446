#include "Values.h"

#include "Regions.h"
#include "Stop.h"
#include "kickmsg/Node.h"
#include "kickmsg/WaitSet.h"
#include "kickmsg/os/Time.h"

#include <cerrno>
#include <chrono>

namespace kickmsg_tools {

namespace {

using kickmsg::Blackboard;
using kickmsg::BlackboardReader;

char const* text_of(kickmsg::WriterState state) noexcept
{
    return state == kickmsg::WriterState::Alive ? "alive" : state == kickmsg::WriterState::Dead ? "dead" : "none";
}

/// Shows the value that there is now. Returns: whether one was shown.
bool show(Context const& context, MessageText const& text, std::string const& key, BlackboardReader& reader,
          std::string& room)
{
    kickmsg::ValueInfo info;
    int32_t const      bytes = read_value(reader, room, info);
    if (bytes < 0) {
        return false; // overtaken, and found again
    }
    auto const length = static_cast<std::size_t>(bytes);
    if (context.json) {
        Json json = document("value");
        add_to(json, key, info, reader.writer());
        text.add_to(json, room.data(), length);
        write_json(json);
    } else {
        write(
            text.lines(room.data(), length,
                       printable(key) + ", version " + std::to_string(info.version) + ", " + age_text(info) + " old"));
    }
    flush();
    return true;
}

} // namespace

Blackboard open_board(Context const& context, std::string const& name)
{
    try {
        return !name.empty() && name[0] == '/'
                   ? Blackboard::open(name)
                   : kickmsg::Node("kickmsg-tool", context.node_prefix()).open_blackboard(name);
    } catch (kickmsg::Error const& error) {
        if (error.code() != kickmsg::ErrorCode::NotFound) {
            throw;
        }
    }
    auto const other = kickmsg::inspect(find_region(context, name), kickmsg::InspectDepth::Rings).region;
    throw Failure(CouldNot,
                  "'" + printable(name) + "': it is no blackboard" +
                      (other.kind.empty() ? "" : ", but a " + other.kind),
                  "kickmsg list shows what there is; kickmsg set --create makes one");
}

BlackboardReader reader_of(Blackboard& board, std::string const& key)
{
    if (!board.has(key)) {
        throw Failure(CouldNot, "'" + printable(key) + "': no key of that name on " + printable(board.region()),
                      "kickmsg values shows what there is");
    }
    return board.reader(key);
}

int32_t read_value(BlackboardReader& reader, std::string& value, kickmsg::ValueInfo& info)
{
    for (;;) { // a longer one may be written meanwhile
        int32_t const bytes = reader.read(value.data(), value.size(), &info);
        if (bytes != -EMSGSIZE) {
            return bytes;
        }
        value.resize(info.size);
    }
}

std::string age_text(kickmsg::ValueInfo const& info)
{
    return info.version == 0 ? "-" : time_text(std::chrono::duration<double>(info.age()).count());
}

void add_to(Json& json, std::string const& key, kickmsg::ValueInfo const& info, kickmsg::WriterInfo const& writer)
{
    json["key"]           = key;
    json["value_version"] = info.version;
    json["bytes"]         = info.size;
    json["age_ns"]        = info.version == 0 ? 0 : info.age().count();
    json["wall_ns"]       = info.wall_ns;
    json["writer"]        = text_of(writer.state);
    json["pid"]           = writer.pid;
}

void watch_values(Context& context, std::string const& name, std::vector<std::string> const& keys,
                  MessageFormat const& format, double seconds)
{
    constexpr std::chrono::milliseconds longest(100);
    MessageText const                   text(format);
    Blackboard                          board = open_board(context, name);
    std::vector<BlackboardReader>       readers;
    kickmsg::WaitSet                    set;
    for (std::string const& key : keys) {
        readers.push_back(reader_of(board, key));
    }
    for (std::size_t i = 0; i < readers.size(); ++i) {
        set.add(readers[i], i);
    }
    catch_signals();
    std::string    room;
    uint64_t       shown = 0;
    uint64_t const begin = kickmsg::monotonic_ns();
    do {
        for (uint64_t const which : set.wait(longest)) {
            shown += show(context, text, keys[which], readers[which], room) ? 1 : 0;
        }
    } while (!is_stopped() && !is_reader_gone() &&
             (seconds <= 0 || static_cast<double>(kickmsg::monotonic_ns() - begin) * 1e-9 < seconds));
    context.exit = shown == 0 ? Findings : Done;
}

} // namespace kickmsg_tools
