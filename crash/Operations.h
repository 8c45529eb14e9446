/// The operations that are swept, each as what its victim does.
#pragma once

#include "Arena.h"

namespace kickmsg_crash {

struct Operation {
    std::string name;
    Setting     setting;
    /// The victim's life in this arena.
    Body (*body)(Arena&);
    /// What the living do when the operation has made its `change`-th change; may be null.
    void (*meanwhile)(Arena&, unsigned change) = nullptr;
    /// Some other victim dies before this one begins, with something to recover; may be null.
    void (*before)(Arena&) = nullptr;
};

std::vector<Operation> const& operations();
Operation const&              operation(std::string const& name);

/// Lets a victim run until the operation has made so many changes, and kills it there. The program that sweeps says how.
void kill_after_changes(Arena& arena, Operation const& operation, unsigned changes);

} // namespace kickmsg_crash
