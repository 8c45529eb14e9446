// Faults of blackboards: what a writer says too late, what a reader does not ask.
#include "Target.h"

namespace kickmsg_models {
namespace {

bool is_in_file(Access const& access, char const* file)
{
    return std::strcmp(access.site.file_name(), file) == 0;
}

/// The version of a buffer is stored when its words have been.
class VersionSaidLast : public Fault {
public:
    bool before(Access& access) override
    {
        if (!access.site.is_in("write") || !is_in_file(access, "BoardValue.h") ||
            access.operation != Operation::Store) {
            return true;
        }
        if (access.order == std::memory_order_relaxed) {
            version_.mine() = put_off(access);
            return false;
        }
        if (access.order == std::memory_order_seq_cst) {
            make_up_for(version_.mine(), access.site);
        }
        return true;
    }

private:
    PerThread<PutOff> version_;
};

/// A reader takes what it has copied for whole.
class NotLookedAtAgain : public Fault {
public:
    void after(Access& access) override
    {
        if (!access.site.is_in("look") || !is_in_file(access, "BoardValue.h")) {
            return;
        }
        Looking& mine = looking_.mine();
        if (access.order == std::memory_order_relaxed) {
            access.result = mine.version;
            mine          = {};
        } else if (!mine.begun) {
            mine = {access.result != 0, access.result};
        }
    }

private:
    struct Looking {
        bool     begun   = false;
        uint64_t version = 0;
    };
    PerThread<Looking> looking_;
};

class WritersNeverLive : public Fault {
public:
    bool is_alive(uint64_t /*incarnation*/, bool /*alive*/) override
    {
        return false;
    }
};

/// The marks are taken, and the bells are not changed: who is about to sleep is not stopped.
class BellNotChanged : public Fault {
public:
    bool before(Access& access) override
    {
        if (is_in_file(access, "BoardBell.h") && access.operation == Operation::FetchAdd) {
            access.operand = 0;
        }
        return true;
    }
};

/// A place is taken by a store: who comes at once takes it, too.
class TagStored : public Fault {
public:
    bool before(Access& access) override
    {
        if (is_in_file(access, "BoardNames.h") && access.site.is_in("take") &&
            access.operation == Operation::CompareExchange) {
            static_cast<Atomic<uint64_t>*>(access.word)->plain_store(access.operand, access.order, access.site);
            access.done = true;
            return false;
        }
        return true;
    }
};

FaultTable const table{
    {"board-version-said-last", "board_three_versions", "a buffer says its version when its words have been written",
     plant<VersionSaidLast>},
    {"board-not-looked-at-again", "board_three_versions", "a reader does not look again which version it has read",
     plant<NotLookedAtAgain>},
    {"board-one-buffer", "board_takeover", "each version is written over the one before", plant<Fault>},
    {"board-writer-taken-for-dead", "board_two_writers", "a key is taken from its living writer",
     plant<WritersNeverLive>},
    {"board-bell-not-changed", "board_wait", "a writer wakes who waits and leaves its bell as it was",
     plant<BellNotChanged>},
    {"board-bell-read-late", "board_wait", "a reader reads the bell that it sleeps on after its look", plant<Fault>},
    {"board-tag-stored", "board_names", "a name takes a place by a store", plant<TagStored>},
};

} // namespace
} // namespace kickmsg_models
