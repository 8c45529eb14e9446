"""JSON, as the harness writes it and as programs write it for the harness."""

import json


def read(path, *otherwise):
    """The document; where there is no file, `otherwise`, if it is given."""
    return otherwise[0] if otherwise and not path.exists() else json.loads(path.read_text(encoding="utf-8"))


def read_rows(path):
    """The documents of a file that has one on each line; none where there is no file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []


def write(path, document):
    path.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def gtest_results(path):
    """(Suite.Test, its entry) of each test in a report of GoogleTest; none where there is no file."""
    return [
        (f"{suite['name']}.{test['name']}", test) for suite in read(path, {"testsuites": []})["testsuites"] for test in suite["testsuite"]
    ]
