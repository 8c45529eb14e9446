/// System calls that Linux refuses: sorted in one place, said in one way.
#pragma once

#include "kickmsg/Error.h"

#include <string>

namespace kickmsg {
namespace os {

/// The folder of all regions.
constexpr char const* shared_memory_folder = "/dev/shm";

/// What a call was made for. (The call itself.)
enum class Call {
    MakeFile,  ///< a nameless file (open)
    SetMode,   ///< its permission bits (fchmod)
    Reserve,   ///< its memory (posix_fallocate)
    Examine,   ///< what kind of file it is, and its size (fstat)
    OpenFile,  ///< a region by its name (open)
    Look,      ///< a region by its name, to be read alone (lstat, open)
    List,      ///< the folder of all regions (open, getdents)
    OpenAgain, ///< a region through a descriptor of it (open)
    MapRegion, ///< its bytes (mmap)
    NameFile,  ///< a name for a nameless file (linkat)
    Replace,   ///< the name of another region (rename)
    Remove,    ///< a name (unlink)
    ProofOpen, ///< a description of its own for a proof of life (open)
    ProofMap,  ///< the page that keeps it (mmap)
    ProofLock, ///< the page that no fork copies, and the lock (madvise, fcntl)
};

/// Any errno has a code; System where nothing better is known of it.
ErrorCode classify(Call call, int error) noexcept;

/// Throws the Error about `region`: what the call was for, what the system said, and what to do. `detail`: what is known beyond
/// the errno, such as sizes, in place of the usual words; nothing is guessed.
[[noreturn]] void refuse(Call call, std::string const& region, int error, std::string const& detail = "");

/// What the call was for, as a text says it: "cannot ...".
char const* words(Call call) noexcept;

/// "N", or "an unknown number of": bytes that the file system of all regions has left.
std::string available_bytes();

} // namespace os
} // namespace kickmsg
