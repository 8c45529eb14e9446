/// A Blackboard, its writers and its readers.
#pragma once

#include "Pinned.h"
#include "Waiting.h"
#include "kickmsg/Blackboard.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace kickmsg {
namespace python {

/// Through the readers of one blackboard one thread at a time waits.
using BoardTurn = std::shared_ptr<Handle>;

class BoardWriterEnd : public Owner<BlackboardWriter> {
public:
    BoardWriterEnd(std::string name, BlackboardWriter&& made) : Owner(std::move(name), std::move(made)) {}

    void close()
    {
        end();
    }
    /// Returns: the version of the value that was written. Errors: as raw(), and TooLongError.
    uint64_t write(nb::handle data);
};

class BoardReaderEnd : public Owner<BlackboardReader> {
public:
    BoardReaderEnd(std::string name, BlackboardReader&& made, BoardTurn turn)
        : Owner(std::move(name), std::move(made)), turn_(std::move(turn))
    {
    }

    void close()
    {
        end();
    }
    /// Returns: (bytes, info), or None.
    nb::object read();
    bool       wait_for_change(std::optional<double> timeout);

private:
    BoardTurn         turn_;
    std::vector<char> room_; ///< grows with the values
};

class BoardEnd : public Owner<Blackboard> {
public:
    BoardEnd(std::string const& name, Blackboard&& made)
        : Owner("blackboard " + name, std::move(made)), turn_(std::make_shared<Handle>("blackboard " + name))
    {
    }

    void close()
    {
        end();
    }
    BoardWriterEnd* writer(std::string const& key, std::optional<SchemaInfo> const& type);
    BoardReaderEnd* reader(std::string const& key, std::optional<SchemaInfo> const& type);
    /// Returns: whether one of `readers`, all of this blackboard, has changed in time.
    bool wait_for_change(std::vector<BoardReaderEnd*> const& readers, std::optional<double> timeout);

private:
    BoardTurn turn_;
};

} // namespace python
} // namespace kickmsg
