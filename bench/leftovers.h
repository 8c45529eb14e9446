/// Names of shared memory, sockets and locks that an interrupted round leaves, and their removal.
#pragma once

#include <string>
#include <vector>

namespace kickmsg {
namespace bench {

/// What a run writes down so that others can clean up after it.
struct Traces {
    std::string              prefix; ///< of the names of this run
    std::vector<std::string> before; ///< names that libraries give themselves, and that were there before this run
};

/// The file that holds the traces of this run: locked as long as any process that the run forked lives.
class Notebook {
public:
    explicit Notebook(std::string const& prefix);
    Notebook(Notebook const&)            = delete;
    Notebook& operator=(Notebook const&) = delete;

    Traces const& content() const
    {
        return traces_;
    }
    void remove() const;

private:
    std::string path_;
    Traces      traces_;
    int         fd_;
};

/// Removes what begins with the prefix; of the names of iox-roudi and Fast DDS what is new and not in use.
/// Returns: false when an iox-roudi still runs, whose files were left to it.
bool remove_leftovers(Traces const& traces);

/// The same for every notebook whose lock is free: all processes of that run are dead, its guardian among them.
void sweep_after_dead_runs();

} // namespace bench
} // namespace kickmsg
