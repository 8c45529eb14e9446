"""What a message costs, counted and not timed: atomic operations, instructions by compiler, no system call, the layout of a region.
The expected numbers are checked in beside the programs that count, in bench/budgets; what was counted is written in the same form
to the folder budgets of the run. Beyond the gate, faults are planted in a copy: each must be reported."""

import json
import platform
import shutil
import signal

from harness import budgets, build, documents, machine, planting, tests

TIMEOUT = {"quick": 300, "main": 900, "full": 900}
NEEDS = ("build",)

COMPILERS = {"gcc": "g++", "clang": "clang++"}
NO_CALL = ("Budget.SendAndReceiveMakeNoSystemCall", "Budget.TheSystemCallFilterItselfNoticesOne")


def run(stage):
    document = {"operations": operations(stage), "instructions": {}}
    unit_tests(stage)
    driver = stage.run.build / "kickmsg_budget_driver"
    layout(stage, "layout", driver)
    no_system_call(stage, "release", driver)
    for name, compiler in COMPILERS.items():
        if not shutil.which(compiler):
            stage.skipped(name, f"there is no {compiler}")
        elif compiled(stage, name, compiler):
            by_compiler(stage, name, compiler, document)
    documents.write(stage.run.artifacts / "budgets.json", document)
    if not stage.run.quick:
        planting.run_in_stage(stage, "bench/budgets/plant_costs.py")


def expected(stage, name):
    return (stage.run.root / "bench/budgets" / name).read_text(encoding="utf-8")


def keep(stage, name, text):
    """Writes what was counted where it can be taken over from."""
    path = stage.run.artifacts / "budgets" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")


def output(stage, name, argv):
    """What a command says; None after a failed check."""
    outcome = stage.command(name, argv)
    if not outcome.ok:
        stage.failed(name, outcome.describe(), outcome.log)
        return None
    return outcome.text().partition("\n")[2]


def compare(stage, prefix, names, faults, file):
    """A check for each name: nothing is wrong with it."""
    wrong = {}
    for name, fault in faults:
        wrong.setdefault(name, []).append(fault)
    for name in sorted(set(names) | set(wrong)):
        if name in wrong:
            counted = stage.run.relative(stage.run.artifacts / "budgets" / file)
            stage.failed(f"{prefix}: {name}", f"{'; '.join(wrong[name])} (bench/budgets/{file}; counted: {counted})")
        else:
            stage.passed(f"{prefix}: {name}")


def operations(stage):
    text = output(stage, "atomic operations", [stage.run.build / "kickmsg_budgets"])
    if text is None:
        return []
    keep(stage, "operations.json", text)
    rows, budget = json.loads(text), json.loads(expected(stage, "operations.json"))
    compare(stage, "atomic operations", map(budgets.name_of, rows), budgets.operation_faults(rows, budget), "operations.json")
    return rows


def unit_tests(stage):
    """Those of the unit tests that count, and that the two of the system calls are among them."""
    tests.run_gtest(stage, "counted", stage.run.build / "kickmsg_unit", ("--gtest_filter=Budget.*",))
    ran = {check.name for check in stage.checks}
    for name in NO_CALL:
        stage.expect(f"counted: {name}" in ran, f"there is {name}", "kickmsg_unit did not run it")


def layout(stage, name, driver):
    text = output(stage, name, [driver, "layout"])
    if text is not None:
        keep(stage, "layout.txt", text)
        wrong = budgets.layout_faults(text, expected(stage, "layout.txt"))
        stage.expect(text.strip() and not wrong, f"{name}: as checked in", f"bench/budgets/layout.txt: {'; '.join(wrong) or 'empty'}")


def no_system_call(stage, name, driver):
    """Every operation goes through where a system call ends the process; and the same with one planted does not."""
    outcome = stage.command(f"{name}: sealed", [driver, "sealed"])
    last = outcome.text().strip().splitlines()[-1]
    stage.expect(outcome.ok and last == "no system call", f"{name}: no system call", f"{outcome.describe()}, last in {last}", outcome.log)
    outcome = stage.command(f"{name}: leaking", [driver, "leaking"])
    stage.expect(
        outcome.code == -signal.SIGKILL and "no system call" not in outcome.text(),
        f"{name}: a planted system call",
        f"not reported: {outcome.describe()}",
        outcome.log,
    )


def compiled(stage, name, compiler):
    folder = stage.run.root / "build" / f"budgets-{name}"
    options = [f"-DCMAKE_CXX_COMPILER={compiler}", "-DCMAKE_CXX_FLAGS="]
    return build.benchmarks(stage, folder, "kickmsg_budget_driver", options, prefix=f"{name}: ")


def by_compiler(stage, name, compiler, document):
    driver = stage.run.root / "build" / f"budgets-{name}" / "kickmsg_budget_driver"
    layout(stage, f"{name}: layout", driver)
    no_system_call(stage, name, driver)
    measured = callgrind(stage, name, driver)
    if not measured:
        return
    own, other = measured
    version = f"{machine.first_output([compiler, '--version']).splitlines()[0]}, {platform.machine()}"
    table = json.loads(expected(stage, "instructions.json"))
    document["instructions"][version] = {"instructions": own, "elsewhere": other}
    kept = stage.run.artifacts / "budgets/instructions.json"
    known = documents.read(kept, dict(table))
    keep(stage, "instructions.json", json.dumps({**known, version: own}, indent=1, sort_keys=True) + "\n")
    if version in table:
        compare(stage, f"{name}: instructions", own, budgets.instruction_faults(own, table[version]), "instructions.json")
    else:
        stage.skipped(f"{name}: instructions", f"no budget of {version}: measured, not gated")
    first = next(iter(own))
    stage.note(f"{version}: {first} {own[first]:g} instructions, and {other[first]:g} in libraries of the system")


def callgrind(stage, name, driver):
    """Returns: instructions of each operation, in the program and elsewhere; None after a failed check."""
    counted = stage.folder / f"callgrind-{name}.out"
    text = output(stage, f"{name}: callgrind", [*budgets.CALLGRIND, f"--callgrind-out-file={counted}", driver, "measure"])
    if text is None:
        return None
    try:
        parts = budgets.callgrind_parts(counted.read_text(encoding="utf-8"))
        return budgets.instructions(text, parts, str(driver))
    except (OSError, budgets.Unreadable) as error:
        stage.failed(f"{name}: callgrind", str(error), counted)
        return None
