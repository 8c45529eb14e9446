"""Faults that long runs of real operations and threads show: each a patched copy of the library, and the tests of stress/
that must report it.

The names are those of the rows of models/faults.md that S owns.
"""

from harness.planting import Fault, Lens

SEQUENTIAL = "Sequential.StreamsOfOperationsAgreeWithTheModel"
NODES = "NodeSequential.StreamsOfOperationsAgreeWithTheModel"
RING = "History.OfARingIsExplainedByItsPositions"
POOL = "History.OfAPoolHasNoHoldsThatOverlap"
HAMMERING = "Scenario.FreeStackHammering"
STARVED = "Scenario.StarvedPoolUnderTraffic"
TWO = "Scenario.CapacityTwoRing"
CHURN = "Scenario.SubscriberChurn"
STORM = "Scenario.WaitWakeStorm"
LAPS = "Scenario.LapsAcrossTheirWrap"
MARKS = "Scenario.HoldMarksAcrossTheirWrap"

CORE = "lib/include/kickmsg/core/"

# fmt: off
FAULTS = (
    Fault("wake-deleted", (
        (CORE + "Doorbell.h", "        P::wake(layout_.doorbell(), taken);\n", ""),
    ), (STORM,)),
    # Between the two a few nanoseconds pass: a turn of the others is put there, or minutes would be needed.
    Fault("stack-without-tag", (
        (CORE + "FreeStack.h", "#include \"kickmsg/core/Claims.h\"\n", "#include \"kickmsg/core/Claims.h\"\n#include <sched.h>\n"),
        (CORE + "FreeStack.h", "layout_.slot(slot).link.load(std::memory_order_relaxed);\n",
         "layout_.slot(slot).link.load(std::memory_order_relaxed);\n            sched_yield();\n"),
        (CORE + "FreeStack.h", "Word::make(Word::tag(head) + 1, next_of(link))", "Word::make(Word::tag(head), next_of(link))"),
        (CORE + "FreeStack.h", "Word::make(Word::tag(head) + 1, slot)", "Word::make(Word::tag(head), slot)"),
    ), (HAMMERING, POOL)),
    Fault("lost-race-taken-for-empty", (
        (CORE + "FreeStack.h", "                return slot;\n            }\n        }\n",
         "                return slot;\n            }\n            return no_slot;\n        }\n"),
    ), (POOL,)),
    Fault("loss-counted-one-short", (
        (CORE + "Receiver.h", "lost_ += oldest - position_;", "lost_ += oldest - position_ - 1;"),
    ), (SEQUENTIAL, TWO)),
    Fault("evicted-not-counted", (
        (CORE + "Receiver.h", "        ++lost_;\n        ++position_;\n", "        ++position_;\n"),
    ), (SEQUENTIAL, STARVED)),
    Fault("overwritten-keeps-its-slot", (
        (CORE + "Ring.h", "            give_up(Entry::slot(seen));\n        }\n        claims.clear();\n",
         "        }\n        claims.clear();\n"),
    ), (SEQUENTIAL, TWO)),
    # The copy is over before anybody else can use the slot: the others' turn comes between the two.
    Fault("dropped-before-the-copy", (
        ("lib/src/SubscriberState.h", "#include <cstring>\n", "#include <cstring>\n#include <sched.h>\n"),
        ("lib/src/SubscriberState.h", "        receiver_.drop_by_receiver(message.taken);\n        return room;\n",
         "        return room;\n"),
        ("lib/src/SubscriberState.h", "        std::memcpy(room, layout_.payload(message.taken.slot), message.length);\n",
         "        receiver_.drop_by_receiver(message.taken);\n        sched_yield();\n"
         "        std::memcpy(room, layout_.payload(message.taken.slot), message.length);\n"),
    ), (RING,)),
    Fault("view-not-noted", (
        (CORE + "Claims.h", "layout_.hold(record_, slot).store(mark | moving, std::memory_order_relaxed);",
         "layout_.hold(record_, slot).store(mark & 0, std::memory_order_relaxed);"),
        (CORE + "Claims.h", "layout_.hold(record_, slot).store(mark, std::memory_order_relaxed);",
         "layout_.hold(record_, slot).store(mark & 0, std::memory_order_relaxed);"),
    ), (SEQUENTIAL, MARKS)),
    Fault("mark-of-nothing", (
        (CORE + "Receiver.h", "mark_ = mark_ + 1 < HoldMap<P, L>::moving ? mark_ + 1 : 1;",
         "mark_ = (mark_ + 1) % HoldMap<P, L>::moving;"),
    ), (MARKS,)),
    # A publisher meets a closed ring only when the ring closes behind its look at the live set: the others' turn comes there.
    Fault("closed-ring-delivered-to", (
        (CORE + "Ring.h", "            if (Entry::is_sealed(seen)) {\n                return Delivered::No;\n            }\n", ""),
        (CORE + "Ring.h", "!Entry::is_sealed(seen) && Entry::laps_after", "Entry::laps_after"),
        (CORE + "Sender.h", "#include \"kickmsg/core/Ring.h\"\n", "#include \"kickmsg/core/Ring.h\"\n#include <sched.h>\n"),
        (CORE + "Sender.h", "        Delivery const done = deliver(live);\n",
         "        sched_yield();\n        Delivery const done = deliver(live);\n"),
    ), (CHURN,)),
    Fault("joined-at-used-positions", (
        (CORE + "Ring.h", "static_cast<uint64_t>(beyond) + 2) <<", "static_cast<uint64_t>(beyond)) <<"),
    ), (SEQUENTIAL,)),
    Fault("written-where-the-tail-says", (
        (CORE + "Ring.h", "            if (laps >= 0) { // somebody", "            if (laps > 0) { // somebody"),
        (CORE + "Ring.h", "} else if (laps == -1 || misled) {", "} else if (laps >= -1 || misled) {"),
    ), (RING,)),
    Fault("length-stored-last", (
        (CORE + "Sender.h", "        header.length.store(length, std::memory_order_relaxed);\n", ""),
        (CORE + "Sender.h", "        claims_.published();\n",
         "        header.length.store(length, std::memory_order_relaxed);\n        claims_.published();\n"),
    ), (RING,)),
    Fault("busy-slot-reused", (
        (CORE + "Sender.h", "seen == References::make(generation_of(candidate, seen), References::kept)) {",
         "(seen & References::kept) != 0) {"),
    ), (SEQUENTIAL, RING)),
    Fault("kept-by-others-given-up", (
        (CORE + "Ring.h", "(self != 0 && is_kept_by_another(", "(false && is_kept_by_another("),
    ), (SEQUENTIAL,)),
    Fault("laps-do-not-wrap", (
        (CORE + "Words.h", "return wrapped_difference(word >> lap_shift, lap, P::lap_bits);",
         "return static_cast<int64_t>(word >> lap_shift) - static_cast<int64_t>(lap);"),
    ), (LAPS,)),
    Fault("two-names-meet", (
        ("lib/src/Fitting.cc", "        found.same_name(*expected)) {", "        found.same_name(*expected) || true) {"),
    ), (NODES,)),
    Fault("owner-of-a-mailbox-forgotten", (
        ("lib/src/Identity.cc", "prefix == other.prefix && owner == other.owner &&", "prefix == other.prefix &&"),
    ), (NODES,)),
)
# fmt: on

LENS = Lens(
    owner="S",
    faults=FAULTS,
    program="kickmsg_stress_test",
    copied=("CMakeLists.txt", "lib", "testing", "testkit", "stress"),
    options=("-DKICKMSG_BUILD_STRESS_TESTS=ON",),
    environment={"KICKMSG_STRESS_SHARE": "10", "KICKMSG_STRESS_WATCHDOG": "120"},
)
