"""Checks .github/workflows, and in packaging/ci what users copy: what GitHub and GitLab would say only once they run there, and what they
never say.

Permissions at most read; every action pinned to a commit, with its version beside it; every job with a time-out; one job `required` that
needs all others and fails unless each succeeded; whatever a step calls of this tree (scripts, options, presets, programs) is there. Of the
composite action besides: every step names its shell, and no input stands inside a command, where it would be run. Of GitLab's template:
a job with a script, whose results are kept however it ends.

    python3 scripts/lints/workflow_lint.py [--root DIR]     a line for each fault; exit status 1 when there is one
"""

import argparse
import re
import sys
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
PINNED = re.compile(r"^\s*(?:- )?(?:if: .*)?uses: [\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+(\.\d+)*$")
OF_THIS_TREE = re.compile(r"(?<![\w/.-])((?:scripts|analysis|bench)/[\w/.-]+\.(?:sh|py))")
OPTION = re.compile(r'"?-D((?:BUILD|KICKMSG|BENCHMARK|ENABLE|COUNT|FUZZ)_\w+)=')
PROGRAM = re.compile(r"build/ci/(kickmsg_\w+)")
GATE = "ci.yml"
ACTION, TEMPLATE = "packaging/ci/action.yml", "packaging/ci/gitlab.yml"


def faults_of(path, root):
    text = path.read_text(encoding="utf-8")
    document = yaml.safe_load(text)
    jobs = document.get("jobs") or {}
    found = list(rights(document, jobs)) + list(pins(text))
    for name, job in jobs.items():
        found += [f"job {name}: no `{key}`" for key in ("runs-on", "timeout-minutes") if key not in job]
    if path.name == GATE:
        found += list(required(jobs))
    commands = [step["run"] for job in jobs.values() for step in job.get("steps", []) if "run" in step]
    found += [fault for command in commands for fault in calls(command, root)]
    return [f"{path.name}: {fault}" for fault in found] if jobs else [f"{path.name}: no jobs"]


def rights(document, jobs):
    if "permissions" not in document:
        yield "no `permissions`: the token may then do whatever the repository allows"
    for where, holder in (("the workflow", document), *((f"job {name}", job) for name, job in jobs.items())):
        granted = holder.get("permissions", {})
        granted = granted.items() if isinstance(granted, dict) else [("all", granted)]
        yield from (
            f"{where}: permission {what}: {right}, expected read or none" for what, right in granted if right not in ("read", "none")
        )


def pins(text):
    for number, line in enumerate(text.splitlines(), 1):
        if re.match(r"^\s*(- )?uses:", line) and not PINNED.match(line):
            yield f"line {number}: expected 'uses: OWNER/ACTION@COMMIT # vN', the commit in 40 hexadecimal digits, found '{line.strip()}'"


def required(jobs):
    job = jobs.get("required")
    if job is None:
        yield "no job `required`"
        return
    missing = set(jobs) - {"required"} - set(job.get("needs", []))
    if missing:
        yield f"job required does not need {', '.join(sorted(missing))}"
    if job.get("if") != "always()":
        yield "job required: expected 'if: always()': a skipped job counts as passed"
    told = str(job.get("steps"))
    if "needs.*.result" not in told or "exit 1" not in told:
        yield "job required does not judge needs.*.result"


def calls(command, root):
    for name in OF_THIS_TREE.findall(command):
        if not (root / name).exists():
            yield f"calls {name}, which is not there"
    cmake = "\n".join(
        path.read_text(encoding="utf-8")
        for path in [
            *root.glob("CMakeLists.txt"),
            *root.glob("*/CMakeLists.txt"),
            *root.glob("*/*/CMakeLists.txt"),
            *root.glob("lib/test/*.cmake"),
        ]
    )
    for option in OPTION.findall(command):
        if not re.search(rf"\b{option}\b", cmake):
            yield f"sets {option}, which no CMake file knows"
    for program in PROGRAM.findall(command):
        if not re.search(rf"_?executable\({program}\b", cmake):
            yield f"runs {program}, which no CMake file makes"
    for line in re.findall(r"scripts/(?:validate|bootstrap)\.sh ([^\n&|;]*)", command):
        for option in re.findall(r"--[\w-]+", line):
            texts = [
                (root / "scripts" / name).read_text(encoding="utf-8")
                for name in ("validate.py", "bootstrap.sh")
                if (root / "scripts" / name).exists()
            ]
            if not any(option in text for text in texts):
                yield f"passes {option}, which neither validate.py nor bootstrap.sh knows"


def faults_of_action(path, root):
    """Of a composite action."""
    text = path.read_text(encoding="utf-8")
    document = yaml.safe_load(text)
    steps = document.get("runs", {}).get("steps", [])
    found = list(pins(text))
    if document.get("runs", {}).get("using") != "composite" or not steps:
        found.append("expected 'runs: {using: composite, steps: ...}'")
    known = set(document.get("inputs", {}))
    found += [f"there is no input {name}" for name in re.findall(r"inputs\.(\w+)", text) if name not in known]
    for step in steps:
        command = step.get("run", "")
        if command and "shell" not in step:
            found.append(f"no `shell` beside the command '{command.splitlines()[0]}'")
        if "${{" in command:
            found.append(f"an expression inside a command, where its value would be run: '{command.splitlines()[0]}'")
        found += calls(command, root)
    return [f"{path.name}: {fault}" for fault in found]


def faults_of_template(path, root):
    """Of a template for GitLab."""
    jobs = {
        name: job for name, job in yaml.safe_load(path.read_text(encoding="utf-8")).items() if isinstance(job, dict) and "script" in job
    }
    found = [] if jobs else ["no job with a script"]
    for name, job in jobs.items():
        if job.get("artifacts", {}).get("when") != "always":
            found.append(f"job {name}: expected 'artifacts: {{when: always}}', or a run that fails leaves nothing to look at")
        found += [fault for command in job.get("before_script", []) + job["script"] for fault in calls(command, root)]
    return [f"{path.name}: {fault}" for fault in found]


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", type=Path, default=ROOT)
    root = parser.parse_args(arguments).root
    paths = sorted((root / ".github/workflows").glob("*.yml"))
    faults = [fault for path in paths for fault in faults_of(path, root)]
    if GATE not in {path.name for path in paths}:
        faults.append(f"no .github/workflows/{GATE}")
    for name, judge in ((ACTION, faults_of_action), (TEMPLATE, faults_of_template)):
        faults += judge(root / name, root) if (root / name).exists() else [f"no {name}"]
    print("\n".join(faults) if faults else f"{len(paths)} workflows hold, and what users copy")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
