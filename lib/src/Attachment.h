/// What a source knows of the set that it is in.
#pragma once

#include <cstdint>
#include <memory>

namespace kickmsg {
namespace detail {

class SetSource;
class WaitSetState;

/// The place of one source, a subscriber or a reader, in one set, held by both. Whichever of them ends first takes it out; from then on it
/// is empty.
///
/// Threads: any; all but the pointer to the set is under the set's lock.
class Attachment {
public:
    Attachment(std::shared_ptr<WaitSetState> set, SetSource& source, uint64_t key) noexcept
        : set_(std::move(set)), source_(&source), key_(key)
    {
    }

    /// By the source: it ends, or is taken out.
    void leave() noexcept;
    /// By the source: it has taken back its mark, by which publishers know of the set, too.
    void unmarked() noexcept;
    /// By the source: it has moved to another region, and has another state from now on.
    void move_to(SetSource& next) noexcept;
    bool is_empty() const noexcept;
    bool is_of(WaitSetState const& set) const noexcept
    {
        return set_.get() == &set;
    }

    // By the set.
    bool is_vacant() const noexcept
    {
        return source_ == nullptr;
    }
    void vacate() noexcept;
    void belong_to(SetSource& source) noexcept
    {
        source_ = &source;
    }
    SetSource& source() const noexcept
    {
        return *source_;
    }
    uint64_t key() const noexcept
    {
        return key_;
    }

private:
    std::shared_ptr<WaitSetState> set_;
    SetSource*                    source_; ///< null: empty
    uint64_t                      key_;
};

} // namespace detail
} // namespace kickmsg
