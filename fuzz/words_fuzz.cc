/// A valid region whose words are overwritten between the operations, by their own thread: an input always does the same.
/// mutator_fuzz.cc overwrites them during the operations.
#include "traffic.h"

#include "AutomaticRecovery.h"

using namespace kickmsg_fuzz;

extern "C" int LLVMFuzzerTestOneInput(uint8_t const* data, std::size_t size)
{
    Input          input(data, size);
    uint32_t const settings = input.byte();
    kickmsg::detail::set_automatic_recovery(settings >= 128); // goes by the clock: half of the inputs do without
    Name const              name;
    Traffic                 traffic(name.str(), settings);
    kickmsg_test::RawRegion raw(name.str());
    while (!input.empty()) {
        uint32_t const operation = input.byte();
        uint32_t const which     = operation / Traffic::operations;
        if (operation % Traffic::operations >= Traffic::first_operation) {
            traffic.step(operation % Traffic::operations, which);
            continue;
        }
        Change const change = Change::read(which, input);
        auto&        word   = shared_word(raw, change.place);
        word.store(change.of(word.load()));
    }
    return 0;
}
