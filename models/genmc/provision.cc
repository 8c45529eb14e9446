// A provisional region is replaced beside one that lives in it, and settles it.
#include "Replacing.h"

namespace {
using namespace kickmsg_genmc;

struct Settled {
    Atomic<uint32_t> word;

    bool stands() noexcept
    {
        return !core::Provision<Policy>(word).is_open();
    }
};

struct Settling : NobodyDies, Replaced<Settled> {
    static constexpr unsigned threads = 2;

    void set_up()
    {
        Replaced<Settled>::set_up();
        obstacle.word.plain() = core::Provision<Policy>::open;
    }
    void run(unsigned thread)
    {
        if (thread == 0) {
            core::Provision<Policy>(obstacle.word).settle();
            occupy();
        } else {
            replace();
        }
    }
};

} // namespace

KICKMSG_DRIVER(Settling, "provision")
