#include "Faults.h"

#include "Policy.h"

namespace kickmsg_models {

namespace {

/// Sets a width for as long as it is planted.
class Narrow : public Fault {
public:
    Narrow(unsigned& width, unsigned bits) : width_(width), before_(width)
    {
        width_ = bits;
    }
    ~Narrow() override
    {
        width_ = before_;
    }

private:
    unsigned& width_;
    unsigned  before_;
};

} // namespace

std::vector<FaultDescription> const& faults()
{
    static std::vector<FaultDescription> const all = {
        {"no-tag", "free_stack", "the head of the free stack carries no tag: ABA",
         []() -> std::unique_ptr<Fault> { return std::make_unique<Narrow>(Policy::tag_bits, 0); }},
    };
    return all;
}

bool planted(char const* name) noexcept
{
    return lab().fault_name != nullptr && std::strcmp(lab().fault_name, name) == 0;
}

} // namespace kickmsg_models
