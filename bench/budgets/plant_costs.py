#!/usr/bin/env python3
"""Plants costs in a copy of the library and requires that the counting of the stage budgets reports each.

    bench/budgets/plant_costs.py --build DIR [--only NAME ...] [--json FILE]

What is counted in the unpatched copy is the budget. Exit status: 0 when every cost was reported.
"""

import json
import signal
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts"))
from harness import budgets, planting

CORE = "lib/include/kickmsg/core/"
BUILD = ("-DKICKMSG_BUILD_BENCHMARKS=ON", "-DCMAKE_BUILD_TYPE=Release", "-DCMAKE_CXX_FLAGS=")
COPIED = ("CMakeLists.txt", "cmake", "lib", "testkit", "bench")
GATES = ("operations", "instructions", "calls", "layout")


def Fault(name, edits, gate, row):
    """`gate`: of GATES; `row` of that gate: what must be reported."""
    return planting.Fault(name, edits, (gate, row))


# fmt: off
FAULTS = (
    Fault("one-more-read-modify-write", ((CORE + "Sender.h", "        Doorbell<P, L>(layout_).ring(live & ~done.closed);\n", (
        "        layout_.doorbell().fetch_or(0, std::memory_order_relaxed);\n"
        "        Doorbell<P, L>(layout_).ring(live & ~done.closed);\n")),),
        "operations", "send/copy/rings:16"),
    Fault("one-more-load", ((CORE + "Receiver.h", "        Taken const taken{slot, mark, position_};\n        ++position_;\n", (
        "        Taken const taken{slot, mark, position_};\n        ++position_;\n        entry.load(std::memory_order_relaxed);\n")),),
        "operations", "receive/copy, the last to read/rings:1"),
    Fault("two-percent-more-instructions", (("lib/src/PublisherState.h", "        allocated_ = nothing;\n        if (!borrow()) {\n", (
        "        allocated_ = nothing;\n        asm volatile(\"nop; nop; nop; nop; nop; nop; nop; nop; nop; nop\");\n"
        "        if (!borrow()) {\n")),),
        "instructions", "exchange/send and copy/rings:1"),
    Fault("a-system-call", (
        ("lib/src/PublisherState.h", "#include <cstring>\n", "#include <cstring>\n#include <unistd.h>\n"),
        ("lib/src/PublisherState.h", "        allocated_ = nothing;\n        if (!borrow()) {\n",
         "        allocated_ = nothing;\n        most_ += getppid() == 0 ? 1 : 0;\n        if (!borrow()) {\n")),
        "calls", "SIGKILL"),
    Fault("words-change-places", ((CORE + "Structures.h", (
        "    atomic<uint32_t> ring;       ///< the ring of a subscriber\n    atomic<uint32_t> kind;       ///< diagnostics only\n"),
        "    atomic<uint32_t> kind;\n    atomic<uint32_t> ring;\n"),),
        "layout", "kind"),
)
# fmt: on


def output(command):
    """Returns: (exit status, what the command says); planting.Broken when it takes too long."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=planting.SECONDS, check=False)
    except subprocess.TimeoutExpired as late:
        raise planting.Broken(f"{command[0]}: not done within {late.timeout} s") from late
    return done.returncode, done.stdout


def must(command):
    status, text = output(command)
    if status != 0:
        raise planting.Broken(f"{' '.join(map(str, command))}: exit status {status}")
    return text


def count(copy, gate):
    """What one gate counts in the copy as it is built now."""
    driver = copy.build / "kickmsg_budget_driver"
    if gate == "operations":
        return json.loads(must([copy.build / "kickmsg_budgets"]))
    if gate == "layout":
        return must([driver, "layout"])
    if gate == "calls":
        return output([driver, "sealed"])[0]
    file = copy.logs / "callgrind.out"
    text = must([*budgets.CALLGRIND, f"--callgrind-out-file={file}", driver, "measure"])
    try:
        return budgets.instructions(text, budgets.callgrind_parts(file.read_text(encoding="utf-8")), str(driver))[0]
    except budgets.Unreadable as unreadable:
        raise planting.Broken(str(unreadable)) from unreadable


def reports(gate, counted, budget):
    """What the gate says of what was counted, a line each."""
    if gate == "operations":
        return [f"{name}: {fault}" for name, fault in budgets.operation_faults(counted, budget)]
    if gate == "instructions":
        return [f"{name}: {fault}" for name, fault in budgets.instruction_faults(counted, budget)]
    if gate == "layout":
        return budgets.layout_faults(counted, budget)
    return [] if counted == budget else [signal.Signals(-counted).name if counted < 0 else f"exit status {counted}"]


class Costs(planting.Lens):
    """Judges by what is counted."""

    def unpatched(self, copy, _faults):
        budget = {gate: count(copy, gate) for gate in GATES}
        wrong = [f"a system call in the unpatched copy: {budget['calls']}"] if budget["calls"] != 0 else []
        wrong += [
            f"counted twice, it differs: {line}" for line in reports("instructions", count(copy, "instructions"), budget["instructions"])
        ]
        return wrong, budget

    def judge(self, copy, fault, budget):
        gate, row = fault.by
        found = [line for line in reports(gate, count(copy, gate), budget[gate]) if row in line]
        return [] if found else [f"{gate} does not report it"], "; ".join(found)


# Building kickmsg_budgets builds the driver as well.
LENS = Costs(owner="", faults=FAULTS, program="kickmsg_budgets", copied=COPIED, options=BUILD)

if __name__ == "__main__":
    sys.exit(planting.main(LENS))
