#include "BoardEnd.h"

#include <cerrno>
#include <list>

namespace kickmsg {
namespace python {

uint64_t BoardWriterEnd::write(nb::handle data)
{
    Argument const    value(data);
    BlackboardWriter& writer = raw();
    int32_t           answer = 0;
    if (value.length() < long_copy) {
        answer = writer.write(value.data(), value.length());
    } else {
        InUse const                  use(*this);
        nb::gil_scoped_release const others;
        answer = writer.write(value.data(), value.length());
    }
    if (answer == -EMSGSIZE) {
        throw Refusal("TooLongError", name(), std::to_string(value.length()) + " bytes are more than max_value_size",
                      "write less, or raise BlackboardConfig.max_value_size when the blackboard is made anew");
    }
    if (answer < 0) {
        throw Error(ErrorCode::InvalidHandle, name(), "it can write no more", Remedy{"claim the key anew"});
    }
    return writer.version();
}

/// A value that is longer than any before is asked for again, and so is one that its writer overtook.
nb::object BoardReaderEnd::read()
{
    BlackboardReader& reader = raw();
    ValueInfo         info;
    int32_t           answer = 0;
    {
        InUse const use(*this);
        auto const  once = [&] { answer = reader.read(room_.data(), room_.size(), &info); };
        for (once(); answer == -EMSGSIZE || answer == -EAGAIN; once()) {
            if (answer == -EMSGSIZE) {
                room_.resize(info.size);
            } else {
                run_handlers_of_signals();
            }
        }
    }
    if (answer == -ENODATA) {
        return nb::none();
    }
    if (answer < 0) {
        throw Error(answer == -EBADMSG ? ErrorCode::Corrupt : ErrorCode::InvalidHandle, name(),
                    "its value cannot be read", Remedy{"write it anew"});
    }
    return nb::make_tuple(copied(room_.data(), static_cast<std::size_t>(answer)), info);
}

bool BoardReaderEnd::wait_for_change(std::optional<double> timeout)
{
    BlackboardReader& reader = raw();
    Deadline const    deadline(timeout);
    if (reader.has_changed() || deadline.is_over()) {
        return reader.has_changed();
    }
    turn_->check(true);
    InUse const use(*this);
    return wait(*turn_, deadline, polled_slice,
                [&](nanoseconds left) {
                    return reader.wait_for_change(left) ? std::optional<bool>(true) : std::nullopt;
                })
        .has_value();
}

BoardWriterEnd* BoardEnd::writer(std::string const& key, std::optional<SchemaInfo> const& type)
{
    Blackboard& board = raw();
    return new BoardWriterEnd(name() + ": writer of " + key, type ? board.writer(key, *type) : board.writer(key));
}

BoardReaderEnd* BoardEnd::reader(std::string const& key, std::optional<SchemaInfo> const& type)
{
    Blackboard& board = raw();
    return new BoardReaderEnd(name() + ": reader of " + key, type ? board.reader(key, *type) : board.reader(key),
                              turn_);
}

bool BoardEnd::wait_for_change(std::vector<BoardReaderEnd*> const& readers, std::optional<double> timeout)
{
    Blackboard&                          board = raw();
    std::vector<BlackboardReader const*> found;
    for (BoardReaderEnd* reader : readers) {
        found.push_back(&reader->raw());
    }
    Span<BlackboardReader const* const> const all(found.data(), found.size());
    Deadline const                            deadline(timeout);
    bool const                                has_changed = board.wait_for_change(all, nanoseconds(0));
    if (has_changed || found.empty() || deadline.is_over()) {
        return has_changed;
    }
    turn_->check(true);
    std::list<InUse> uses;
    for (BoardReaderEnd* reader : readers) {
        uses.emplace_back(*reader);
    }
    InUse const own(*this);
    return wait(*turn_, deadline, polled_slice,
                [&](nanoseconds left) {
                    return board.wait_for_change(all, left) ? std::optional<bool>(true) : std::nullopt;
                })
        .has_value();
}

} // namespace python
} // namespace kickmsg
