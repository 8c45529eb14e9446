"""Faults that only real processes can show: each a patched copy of the library, and the tests of crash/ that must report it.

The names are those of the rows of models/faults.md that K owns.
"""

from harness.planting import Fault, Lens

KILL = "Sweep/EveryOperation.KilledAtEachChangeLosesNothing/"
STOP = "Sweep/EveryOperation.StoppedAtEachChangeIsNotRobbed/"
PAIRS = "Sweep/Pairs.KilledAtAllPairsOfChangesLoseNothing/"
ONE_STOPPED = "Sweep/OneStopped.AtAllPairsOfChangesLosesNothingByTheDeathOfTheOther/"
KILL_CALLS = "Sweep/Creating.KilledAtEachSystemCallLeavesTheNameUsable/"
STOP_CALLS = "Sweep/Creating.StoppedAtEachSystemCallItMeetsTheOthers/"
FORKED = "Life.AForkedChildThatLivesOnKeepsNothingOfItsDeadParent"
OPENER = "Replacing.AnOpenerStoppedAtEachSystemCallIsNotLeftBehind"

UNLINKER = "Unlinking.StoppedOrKilledAtEachSystemCallLeavesTheNextRegionItsName"

CORE = "lib/include/kickmsg/core/"
LINUX = "lib/src/os/linux/"

NOTHING_CLEARED = (LINUX + "SharedMemory.cc", "    os::remove_waiting(native_->name);\n", "")

# fmt: off
FAULTS = (
    # A file is not seen before it is named; so it has to be named early as well.
    Fault("magic-stored-first", (
        (LINUX + "SharedMemory.cc", "    os::reserve(file.get(), native->name, size);\n    map(*native, file);\n",
         "    os::reserve(file.get(), native->name, size);\n    map(*native, file);\n"
         "    std::memcpy(native->data, \"1gsmkcik\", 8);\n    link_to(*native, native->path);\n"),
        (LINUX + "SharedMemory.cc", "    native_->linked = link_to(*native_, native_->path);\n",
         "    native_->linked = link_to(*native_, native_->path) || is_linked();\n"),
        ("lib/src/RegionHeader.cc", "    header->magic = region_magic;\n", ""),
        ("lib/src/RegionHeader.cc", "    header->version  = layout_version;\n",
         "    header->magic    = region_magic;\n    header->version  = layout_version;\n"),
    ), (KILL_CALLS + "create", KILL_CALLS + "create_or_open")),
    Fault("creation-never-taken-over", (
        (CORE + "Replacement.h",
         "return OwnerWord::state(word) != OwnerWord::Retired || env_.disarm(OwnerWord::incarnation(word));",
         "return OwnerWord::state(word) != OwnerWord::Retired;"),
    ), (KILL_CALLS + "create_over_the_dead",)),
    Fault("lock-inherited-by-descriptor", (
        (LINUX + "Liveness.cc", "#include <fcntl.h>\n", "#include <fcntl.h>\n#include <map>\n"),
        (LINUX + "Liveness.cc", "struct flock byte_of(", "std::map<void*, int> kept;\n\nstruct flock byte_of("),
        (LINUX + "Liveness.cc", "    hold_ = Sole<Hold>(", "    kept[mapped] = dup(own.fd());\n    hold_ = Sole<Hold>("),
        (LINUX + "Liveness.cc", "        munmap(hold_.get().by, page);\n",
         "        munmap(hold_.get().by, page);\n        close(kept[hold_.get().by]);\n"),
    ), (FORKED,)),
    Fault("lock-inherited-by-mapping", (
        (LINUX + "Liveness.cc", "madvise(mapped, page, MADV_DONTFORK) != 0 || ", ""),
    ), (FORKED,)),
    Fault("replacer-asks-no-locks-again", (
        (CORE + "Replacement.h", "if (env_.is_anyone_alive()) {", "if (false && env_.is_anyone_alive()) {"),
    ), (STOP_CALLS + "create_over_the_dead",)),
    Fault("opener-looks-once", (
        ("lib/src/Lifecycle.cc", "if (may_stay(region->mapping(), attempts.failure)) {",
         "if (true || may_stay(region->mapping(), attempts.failure)) {"),
    ), (OPENER,)),
    Fault("replacer-stays-armed", (
        (LINUX + "SharedMemory.cc", "(*native_, replacer);\n    if (!os::remove_waiting_file(waiting.c_str())) {\n",
         "(*native_, replacer);\n    if (waiting.empty() && !os::remove_waiting_file(waiting.c_str())) {\n"),
        NOTHING_CLEARED,
    ), (STOP_CALLS + "create_over_the_dead",)),
    Fault("leftovers-not-looked-for", (NOTHING_CLEARED,), (KILL_CALLS + "create_over_the_dead",)),
    Fault("unlinked-without-the-right", (
        ("lib/src/Unlinking.cc", "if (!removal.claim(self) || ", "if ("),
    ), (UNLINKER,)),
    Fault("record-before-lock", (
        ("lib/src/Participant.cc",
         "        proof_ = os::ProofOfLife(mapping_->memory(), os::Role::Participant, self_.incarnation);\n        return true;\n",
         "        return true;\n"),
        ("lib/src/Participant.cc", "        Record& record = mapping_->layout().record(self_.record);\n",
         "        Record& record = mapping_->layout().record(self_.record);\n"
         "        proof_ = os::ProofOfLife(mapping_->memory(), os::Role::Participant, self_.incarnation);\n"),
    ), (STOP + "open", STOP + "join")),
    Fault("kept-counted-lost", (
        (CORE + "Sweep.h", "notes_[slot].kept    = env_.is_alive(owner);",
         "notes_[slot].kept = References::rings(notes_[slot].references) != 0 && env_.is_alive(owner);"),
    ), (KILL + "send_to_one", STOP + "send_reusing_kept")),
    Fault("leaver-forgets-what-it-keeps", (
        (CORE + "Sender.h", "        while (kept_count_ != 0) {\n", "        while (kept_count_ > 1) {\n"),
    ), (STOP + "leave_with_kept",)),
    Fault("busy-one-not-let-go", (
        (CORE + "Sender.h", "kept_count_ >= keep_) {\n            let_go(remove_kept(0));\n",
         "kept_count_ >= keep_) {\n            remove_kept(0);\n"),
    ), (STOP + "send_letting_go",)),
    Fault("published-before-the-delivery", (
        (CORE + "Sender.h", "        claims_.published();\n", ""),
        (CORE + "Sender.h", "        Delivery const done = deliver(live);\n",
         "        claims_.published();\n        Delivery const done = deliver(live);\n"),
    ), (STOP + "send_reusing_kept", STOP + "send_to_three", ONE_STOPPED + "send_reusing_kept_x_receive")),
    Fault("note-of-the-dead-kept", (
        (CORE + "Ownership.h", "        layout_.record(record).publishing.store(0, std::memory_order_release);\n", ""),
    ), (KILL + "send_reusing_kept", PAIRS + "recover_kept_x_send_reusing_kept")),
    Fault("pop-claim-after-the-pop", (
        (CORE + "FreeStack.h", "            claims.pop(slot);\n", ""),
        (CORE + "FreeStack.h", "                if (Word::slot(link) != next_of(link)) {\n",
         "                claims.pop(slot);\n                if (Word::slot(link) != next_of(link)) {\n"),
    ), (STOP + "send_to_one",)),
    Fault("evict-claim-after-the-eviction", (
        (CORE + "Ring.h", "        claims.evict(index_, Entry::slot(seen));\n        bool const done", "        bool const done"),
        (CORE + "Ring.h", "        if (done) {\n            give_up(",
         "        if (done) {\n            claims.evict(index_, Entry::slot(seen));\n            give_up("),
    ), (STOP + "send_evicting",)),
    Fault("silence-taken-for-death", (
        ("lib/src/LifeCheck.h", "os::is_alive(memory_, os::Role::Participant, incarnation)};",
         "os::is_alive(memory_, os::Role::Participant, incarnation)};\n"
         "            static unsigned asked[1024]{};\n"
         "            known.alive = known.alive && ++asked[incarnation % 1024] < 4;"),
    ), (STOP + "send_to_one", STOP + "receive")),
)
# fmt: on

LENS = Lens(
    owner="K",
    faults=FAULTS,
    program="kickmsg_crash_test",
    copied=("CMakeLists.txt", "lib", "testkit", "crash"),
    options=("-DKICKMSG_BUILD_CRASH_TESTS=ON", "-DKICKMSG_CRASH_ALONE=ON"),
    prefix="Sweep/",
)
