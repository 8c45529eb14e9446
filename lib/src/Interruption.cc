#include "Interruption.h"

#include "SubscriberState.h"

namespace kickmsg {
namespace detail {

void Interruption::keep_while_in_use(SubscriberState& state)
{
    if (!steps_.is_in_use()) {
        give_back();
        return;
    }
    kept_.push_back(&state);
    state.lend_to_interrupter();
}

void Interruption::give_back() noexcept
{
    for (SubscriberState* const state : kept_) {
        state->take_back_from_interrupter();
    }
    kept_.clear();
}

} // namespace detail
} // namespace kickmsg
