// A region that only the dead hold is replaced beside one that opens it; a proof of life is a word, which orders no more than C++ says.
#include "Replacing.h"

namespace {
using namespace kickmsg_genmc;

struct ProofOfOpener {
    Atomic<uint32_t> word;

    void begin() noexcept
    {
        word.store(1, std::memory_order_seq_cst);
    }
    bool stands() noexcept
    {
        return word.load(std::memory_order_seq_cst) != 0;
    }
};

struct Replacing : NobodyDies, Replaced<ProofOfOpener> {
    static constexpr unsigned threads = 2;

    void run(unsigned thread)
    {
        if (thread == 0) {
            obstacle.begin();
            occupy();
        } else {
            replace();
        }
    }
};

} // namespace

KICKMSG_DRIVER(Replacing, "replacement")
