/// kickmsg values BLACKBOARD, get BLACKBOARD KEY, set BLACKBOARD KEY: what stands on a blackboard, and who wrote it.
#include "Values.h"
#include "MessageText.h"
#include "Payload.h"
#include "kickmsg/Node.h"

#include <cerrno>
#include <chrono>
#include <optional>

namespace kickmsg_tools {

namespace {

using kickmsg::Blackboard;
using kickmsg::WriterState;

std::string writer_text(kickmsg::WriterInfo const& writer)
{
    if (writer.state == WriterState::None) {
        return "-";
    }
    return (writer.pid != 0 ? std::to_string(writer.pid) : "gone") +
           (writer.state == WriterState::Dead ? ", dead" : "");
}

void show_values(Context& context, std::string const& name)
{
    Blackboard const board = open_board(context, name);
    Table            table({{"KEY"}, {"VERSION", true}, {"BYTES", true}, {"AGE", true}, {"WRITER"}});
    Json             json = document("values");
    json["region"]        = board.region();
    json["values"]        = Json::array();
    for (kickmsg::BlackboardEntry const& entry : board.values()) {
        Json one;
        add_to(one, entry.key, entry.info, entry.writer);
        json["values"].push_back(std::move(one));
        table.add({printable(entry.key), std::to_string(entry.info.version), std::to_string(entry.info.size),
                   age_text(entry.info), writer_text(entry.writer)},
                  entry.writer.state == WriterState::Dead ? Tone::Warn : Tone::Plain);
    }
    context.exit = table.is_empty() ? Findings : Done;
    if (context.json) {
        write_json(json);
    } else {
        write(table.text());
    }
}

void get(Context& context, std::string const& name, std::string const& key, MessageFormat const& format)
{
    MessageText const  text(format);
    Blackboard         board  = open_board(context, name);
    auto               reader = reader_of(board, key);
    std::string        value;
    kickmsg::ValueInfo info;
    int32_t const      bytes = read_value(reader, value, info);
    if (bytes < 0 && bytes != -ENODATA) {
        throw Failure(CouldNot, "'" + printable(key) + "': the value cannot be read", "call again");
    }
    context.exit = bytes < 0 ? Findings : Done;
    if (context.json) {
        Json json = document("get");
        add_to(json, key, info, reader.writer());
        if (bytes >= 0) {
            text.add_to(json, value.data(), static_cast<std::size_t>(bytes));
        }
        write_json(json);
    } else if (bytes >= 0) {
        write(text.lines(value.data(), static_cast<std::size_t>(bytes),
                         "version " + std::to_string(info.version) + ", " + age_text(info) + " old"));
    } else {
        remark("no value yet");
    }
}

void set(Context& context, std::string const& name, std::string const& key, Payload const& payload, bool create,
         Command const& command)
{
    if (sources(command, "VALUE") != 1 || payload.lines) {
        throw Failure(Usage, "set needs one of VALUE, --hex and --file", "kickmsg set --help");
    }
    std::string const value = bytes_of(payload);
    Blackboard        board =
        create ? kickmsg::Node("kickmsg-tool", context.node_prefix()).blackboard(name) : open_board(context, name);
    auto writer = board.writer(key);
    if (writer.write(value.data(), value.size()) < 0) {
        throw Failure(CouldNot,
                      "the value has " + std::to_string(value.size()) + " bytes, at most " +
                          std::to_string(board.max_value_size()) + " are allowed",
                      "choose a shorter one");
    }
    if (context.json) {
        Json json             = document("set");
        json["key"]           = key;
        json["value_version"] = writer.version();
        write_json(json);
    } else {
        write("version " + std::to_string(writer.version()) + "\n");
    }
}

} // namespace

void declare_values(CLI::App& app, Context& context)
{
    static std::string name;
    Command            command = declare(app, context, "values", "The keys of a blackboard, their versions and writers",
                                         [&context] { show_values(context, name); });
    command.group(seeing);
    command.add_option("BLACKBOARD", name, "The blackboard")->required();
    command.footer("Opens it as its users do: takes one of its handles meanwhile, and recovers what the dead left. "
                   "Exit code 1 when "
                   "there is no key.");
}

void declare_get(CLI::App& app, Context& context)
{
    static std::string   name, key;
    static MessageFormat format;
    Command              command =
        declare(app, context, "get", "One value of a blackboard", [&context] { get(context, name, key, format); });
    command.group(listening);
    command.add_option("BLACKBOARD", name, "The blackboard")->required();
    command.add_option("KEY", key, "The key")->required();
    add_options(command, format);
    command.footer("Opens it as its users do: takes one of its handles meanwhile, and recovers what the dead left. "
                   "Exit code 1 when "
                   "there is no value yet.");
}

void declare_set(CLI::App& app, Context& context)
{
    static std::string            name, key;
    static Payload                payload;
    static bool                   create = false;
    static std::optional<Command> self;
    Command                       command = declare(app, context, "set", "Writes one value of a blackboard",
                                                    [&context] { set(context, name, key, payload, create, *self); });
    self                                  = command;
    command.group(listening);
    command.add_option("BLACKBOARD", name, "The blackboard")->required();
    command.add_option("KEY", key, "The key, which must have no living writer")->required();
    add_options(command, payload, "VALUE");
    command.add_flag("--create", create, "Makes the blackboard where there is none");
    command.footer(
        "Writes as an ordinary writer of the key, and leaves it. A key that has a living writer is refused.");
}

} // namespace kickmsg_tools
