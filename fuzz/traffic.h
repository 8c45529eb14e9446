/// Operations on a region whose words somebody overwrites: every call ends, keeps to the mapping, and gives out no length
/// beyond max_payload_size. And the overwriting of one word, as an input says it.
#pragma once

#include "support.h"

#include "raw_region.h"

#include <array>
#include <atomic>
#include <memory>
#include <string>
#include <vector>

namespace kickmsg_fuzz {

class Traffic {
public:
    static constexpr std::size_t payload_most    = 48;
    static constexpr uint32_t    first_operation = 4; ///< of the 16 that a byte can name, these and all above are here
    static constexpr uint32_t    operations      = 16;

    /// A region of three subscribers and two publishers; `settings` chooses ring and pool.
    Traffic(std::string const& name, uint32_t settings);

    /// Carries out one operation. An Error of a set-up call is an answer, too.
    void step(uint32_t operation, uint32_t which);

private:
    void operate(uint32_t operation, uint32_t which);
    void send(uint32_t which);
    void publish(uint32_t which);
    void receive(uint32_t which);
    void receive_view(uint32_t which);
    void join_or_leave(uint32_t which);
    void repair(uint32_t operation, uint32_t which);

    kickmsg::Publisher& writer(uint32_t which);

    kickmsg::SharedRegion                               region_;
    std::array<std::unique_ptr<kickmsg::Publisher>, 2>  writers_;
    std::array<std::unique_ptr<kickmsg::Subscriber>, 3> readers_;
    std::vector<kickmsg::Subscriber::SampleView>        views_;
};

/// One word to overwrite. An input gives `how` first; then the place and a value of value_bytes().
struct Change {
    uint32_t how   = 0; ///< modulo 4: flip a bit, add -128 ... 127, another slot number, another word
    uint64_t place = 0;
    uint64_t value = 0;

    static Change read(uint32_t how, Input& input);

    uint64_t of(uint64_t former) const noexcept;
};

/// The words of a region as 64-bit numbers: word `index` from the one that `begin` points to.
std::atomic<uint64_t>& word_at(void* begin, std::size_t index) noexcept;

/// The `place`-th of the header's shared words and of all words from the records to the last payload, modulo their number.
std::atomic<uint64_t>& shared_word(kickmsg_test::RawRegion& raw, uint64_t place) noexcept;

} // namespace kickmsg_fuzz
