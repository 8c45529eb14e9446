/// The operations that are swept, each as what its victim does.
#pragma once

#include "Arena.h"

namespace kickmsg_crash {

struct Operation;

/// How the sweep at work deals with a victim: for an operation that begins where another victim has died.
struct Killer {
    /// Lets a victim run until its operation has made so many changes, and kills it there.
    void (*kill_after)(Arena& arena, Operation const& operation, unsigned changes);
    /// The words that one whole run of an operation changes, in order.
    std::vector<std::string> (*words_of)(Operation const& operation);
};

struct Operation {
    std::string name;
    Setting     setting;
    /// The victim's life in this arena.
    Body (*body)(Arena&);
    /// What the living do when the operation has made its `change`-th change; may be null.
    void (*meanwhile)(Arena&, unsigned change) = nullptr;
    /// Some other victim dies before this one begins, with something to recover; may be null.
    void (*before)(Arena&, Killer const&) = nullptr;
};

std::vector<Operation> const& operations();
Operation const&              operation(std::string const& name);
/// Of all operations, as the parameters of a test.
std::vector<std::string> names_of_operations();

} // namespace kickmsg_crash
