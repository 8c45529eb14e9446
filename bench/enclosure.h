/// Where nothing of a run can stay: namespaces of its own.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace kickmsg {
namespace bench {

/// Runs `body` in a process with a /dev/shm, a /tmp, message queues and process numbers of its own. Whatever its peers name and
/// start there ends with it, however it ends; it ends with this process. `kept`: folders that it shall find as they are,
/// beside that of this program. Signals that end a program are passed on to it.
/// Where that is not permitted, names with the run's prefix are removed after it, but not when this process is killed.
/// Returns: what `body` returns, or 128 + the signal that ended it.
int run_enclosed(std::vector<std::string> kept, std::function<int()> const& body);

} // namespace bench
} // namespace kickmsg
