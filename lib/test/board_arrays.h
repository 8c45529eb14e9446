/// A blackboard on plain arrays, for the tests of single steps.
#pragma once

#include "kickmsg/core/BoardBell.h"
#include "kickmsg/core/BoardNames.h"
#include "kickmsg/core/BoardValue.h"
#include "observed.h"

#include <cstdint>
#include <set>
#include <vector>

namespace kickmsg_test {

class BoardArrays {
public:
    static constexpr uint32_t buffer_count = 4, name_words = 2, watcher_bits = 64;

    using Policy = ObservedPolicy;
    using Key    = kickmsg::core::BoardKey<Policy, name_words>;
    using Buffer = kickmsg::core::BoardBuffer<Policy>;

    BoardArrays(uint32_t keys, uint32_t words)
        : word_count_(words), keys_(keys), buffers_(keys * buffer_count), words_(keys * buffer_count * words), bells_(4)
    {
    }

    uint32_t key_count() const noexcept
    {
        return static_cast<uint32_t>(keys_.size());
    }
    uint32_t word_count() const noexcept
    {
        return word_count_;
    }
    uint32_t handle_count() const noexcept
    {
        return static_cast<uint32_t>(bells_.size());
    }
    Key& key(uint32_t index) noexcept
    {
        return keys_[index];
    }
    Buffer& buffer(uint32_t key, uint64_t version) noexcept
    {
        return buffers_[buffer_of(key, version)];
    }
    Policy::atomic<uint64_t>* words(uint32_t key, uint64_t version) noexcept
    {
        return &words_[buffer_of(key, version) * word_count_];
    }
    Policy::atomic<uint32_t>& bell(uint32_t handle) noexcept
    {
        return bells_[handle];
    }

private:
    static std::size_t buffer_of(uint32_t key, uint64_t version) noexcept
    {
        return key * buffer_count + version % buffer_count;
    }

    uint32_t                              word_count_;
    std::vector<Key>                      keys_;
    std::vector<Buffer>                   buffers_;
    std::vector<Policy::atomic<uint64_t>> words_;
    std::vector<Policy::atomic<uint32_t>> bells_;
};

using BoardValue = kickmsg::core::BoardValue<ObservedPolicy, BoardArrays>;
using BoardBell  = kickmsg::core::BoardBell<ObservedPolicy, BoardArrays>;
using BoardNames = kickmsg::core::BoardNames<ObservedPolicy, BoardArrays>;
using BoardOwner = kickmsg::core::BoardOwner<ObservedPolicy>;

} // namespace kickmsg_test
