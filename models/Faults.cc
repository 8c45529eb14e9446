#include "faults/tools.h"

namespace kickmsg_models {

std::vector<FaultDescription> const& faults()
{
    static std::vector<FaultDescription> const all = [] {
        std::vector<FaultDescription> table;
        add_stack_faults(table);
        add_delivery_faults(table);
        add_membership_faults(table);
        add_sweep_faults(table);
        add_creation_faults(table);
        return table;
    }();
    return all;
}

bool planted(char const* name) noexcept
{
    return lab().fault_name != nullptr && std::strcmp(lab().fault_name, name) == 0;
}

} // namespace kickmsg_models
