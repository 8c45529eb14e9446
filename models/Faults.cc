#include "Faults.h"

#include <stdexcept>

namespace kickmsg_models {

std::vector<FaultDescription>& faults()
{
    static std::vector<FaultDescription> all;
    return all;
}

Plant::Plant(std::string const& name)
{
    for (FaultDescription const& description : faults()) {
        if (name == description.name) {
            fault_           = description.make();
            lab().fault      = fault_.get();
            lab().fault_name = description.name;
        }
    }
    if (!name.empty() && fault_ == nullptr) {
        throw std::invalid_argument("--fault: there is no fault '" + name + "' (see kickmsg_models --list)");
    }
}

Plant::~Plant()
{
    lab().fault      = nullptr;
    lab().fault_name = nullptr;
}

bool planted(char const* name) noexcept
{
    return lab().fault_name != nullptr && std::strcmp(lab().fault_name, name) == 0;
}

} // namespace kickmsg_models
