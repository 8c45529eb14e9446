"""The Python package: made into a source distribution and wheels, audited, installed and tested over real processes; its examples; its
types as checkers see them. In the gate one wheel, that of the stable interface, under the newest interpreter that is here; beyond it the
one for 3.11, too, and the tests once with AddressSanitizer."""

import shutil

import python_tools
from harness import wheels

TIMEOUT = {"quick": 600, "main": 2400, "full": 2400}


def run(stage):
    found = python_tools.interpreters()
    reason = why_not(found)
    if reason:
        stage.skipped("package", reason)
        return
    stable = [minor for minor in found if minor >= 12]
    if not stable:
        stage.skipped("wheel of the stable interface", "there is no interpreter of 3.12 or later, with its headers")
    builders = chosen(stage, found, stable)
    work = stage.folder / "work"
    source = wheels.sdist(stage, python_tools.tools(builders[0]), work)
    for minor in builders if source else ():
        made = wheels.wheel(stage, minor, python_tools.tools(minor), source, work)
        if made:
            wheels.audit(stage, minor, python_tools.tools(minor), made)
            use(stage, found, minor, stable[-1] if minor >= 12 else minor, made, work)
    if source and not stage.run.quick:
        wheels.check_for_asan(stage, stable[0], python_tools.tools(stable[0]), found[stable[0]], source, work)
    if not stage.count("failed"):
        shutil.rmtree(work)


def why_not(found):
    """Returns: what keeps the stage from running, or None."""
    if not shutil.which("c++"):
        return "there is no C++ compiler"
    if not found:
        return "there is no CPython of 3.11 or later with its headers and the interpreter's lock"
    lacks = [f"3.{minor}" for minor in python_tools.wanted(found) if not python_tools.tools(minor)]
    return f"{python_tools.REQUIREMENTS} is not installed for {', '.join(lacks)}: scripts/bootstrap.sh gets it from PyPI" if lacks else None


def chosen(stage, found, stable):
    """The interpreters that wheels are built by."""
    oldest = min(found)
    if stage.run.quick and stable:
        return [stable[0]]
    return sorted({oldest, *stable[:1]})


def use(stage, found, builder, tester, made, work):
    """Installs it where it was built, and tests it there, or under a newer interpreter that has to take it as well."""
    for minor in sorted({builder, tester}):
        python = wheels.installed(stage, minor, found[minor], made, work)
        if python and minor == tester:
            wheels.lend_tools(python, minor)
            wheels.check(stage, minor, python)
