/// The planted faults: each one a mistake that this design must not make, as a change to operations while they happen.
#pragma once

#include "Lab.h"

#include <memory>

namespace kickmsg_models {

struct FaultDescription {
    char const* name;     ///< as in models/faults.md
    char const* scenario; ///< that must report it
    char const* what;     ///< one line of words
    std::unique_ptr<Fault> (*make)();
};

std::vector<FaultDescription>& faults();

/// Registers faults: FaultTable const table{{"name", "scenario", "what", plant<TheFault>}, …}.
struct FaultTable {
    FaultTable(std::initializer_list<FaultDescription> table)
    {
        faults().insert(faults().end(), table.begin(), table.end());
    }
};

template <class F>
std::unique_ptr<Fault> plant()
{
    return std::make_unique<F>();
}

/// Plants a fault for as long as it lives; "": none.
class Plant {
public:
    explicit Plant(std::string const& name);
    Plant(Plant const&)            = delete;
    Plant& operator=(Plant const&) = delete;
    ~Plant();

private:
    std::unique_ptr<Fault> fault_;
};

/// Mistakes of the caller's composition rather than of one operation (plant<Fault>): participants ask for them by name.
bool planted(char const* name) noexcept;

} // namespace kickmsg_models
