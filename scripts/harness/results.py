"""The results of a run as JSON and as JUnit XML."""

import time
import xml.etree.ElementTree as xml

from harness import documents, machine


def describe(run):
    """What is the same for the whole run; asks the tools for their versions, once."""
    return {
        "mode": run.mode,
        "seed": run.seed,
        "minutes": run.minutes,
        "commit": run.commit,
        "started": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(run.started)),
        "machine": machine.fingerprint(),
        "tools": machine.tool_versions(),
    }


def write_json(run, description):
    results = {
        **description,
        "seconds": round(time.time() - run.started, 3),
        "passed": run.count("passed"),
        "failed": run.count("failed"),
        "skipped": run.count("skipped"),
        "stages": [stage.as_json() for stage in run.stages],
    }
    path = run.artifacts / "results.json"
    documents.write(path, results)
    return path


def printable(text):
    """Without the control characters that XML forbids."""
    return "".join(character for character in text if character in "\t\n" or character >= " ")


def write_junit(run):
    suites = xml.Element(
        "testsuites",
        name="kickmsg",
        tests=str(sum(stage.total for stage in run.stages)),
        failures=str(run.count("failed")),
        skipped=str(run.count("skipped")),
    )
    for stage in run.stages:
        suite = xml.SubElement(
            suites,
            "testsuite",
            name=stage.name,
            tests=str(stage.total),
            failures=str(stage.count("failed")),
            skipped=str(stage.count("skipped")),
            time=f"{stage.seconds:.3f}",
        )
        for check in stage.checks:
            case = xml.SubElement(suite, "testcase", classname=stage.name, name=printable(check.name), time=f"{check.seconds:.3f}")
            if check.outcome == "skipped":
                xml.SubElement(case, "skipped", message=printable(check.reason))
            elif check.outcome == "failed":
                failure = xml.SubElement(case, "failure", message=printable(check.reason))
                failure.text = printable(f"log: {check.log}\nreplay: {check.replay}")
            elif check.reason:
                xml.SubElement(case, "system-out").text = printable(check.reason)
    xml.ElementTree(suites).write(run.artifacts / "junit.xml", encoding="utf-8", xml_declaration=True)
