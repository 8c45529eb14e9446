/// One directory for all that has to be known by name: macOS can neither rename, nor link, nor list shared memory objects.
///
/// Every entry is a symbolic link that leads nowhere: made with its text in one step, never half-written, read without a
/// descriptor. Entries change names atomically (renamex_np). A "region" is what its shared memory object is called.
///
///   n.<encoded name>              -> <object> <size>       a region that has a name
///   t.<process>.<number>          -> <object> <size>       one without: being built, replaced or unlinked by that process
///   l.<object>.<role><number>     -> <process>             a proof of life: the lock file of one participant or replacer
///   c.<object>.<role><number>     -> <process>             the right to remove that proof, of a dead one
///
/// Crash: what a killed process leaves under t. and l. is cleared by the next process that builds a region. A right that a killed
/// process leaves stays until the system clears /tmp; it costs that one proof's place.
#pragma once

#include "Process.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

namespace kickmsg {
namespace os {

/// A region as an entry describes it.
struct Target {
    std::string object; ///< of shm_open, with its slash
    std::size_t size = 0;

    std::string text() const;
    /// Returns: false when the text is none of this library.
    bool parse(std::string const& text);
};

/// The path of an entry.
std::string path_of(std::string const& entry);
std::string named_entry(std::string const& checked_name);
std::string proof_stem(std::string const& object, char role);

/// Returns: what a link leads to; empty, with errno, when there is none.
std::string read_entry(std::string const& path);

/// Makes the directory unless it is there. Returns: 0, or errno.
int make_directory() noexcept;

/// Calls with every entry that begins so, until false is returned. Returns: false when the directory cannot be read.
bool for_each_entry(std::string const& beginning, std::function<bool(std::string const&)> const& act);

/// A place that no other process, and no other call of this one, uses.
std::string draw_temporary();

/// Whether a proof of life is there and its process runs; true in doubt.
bool is_held(std::string const& proof);

/// Removes the proof of a dead process. Returns: whether it did; false while another does.
bool remove_dead(std::string const& proof);

/// Removes what dead processes left: their unnamed objects and their proofs of life.
void clear_after_the_dead();

} // namespace os
} // namespace kickmsg
