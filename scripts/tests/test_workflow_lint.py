"""Planted faults of the workflows: the lint must report each."""

import shutil

import pytest

import workflow_lint

CI, NIGHTLY = ".github/workflows/ci.yml", ".github/workflows/nightly.yml"
ACTION, TEMPLATE = workflow_lint.ACTION, workflow_lint.TEMPLATE


@pytest.fixture(name="tree")
def copy_of_what_the_lint_reads(tmp_path):
    for name in (".github", "scripts", "lib/test", "bench", "crash", "stress", "packaging/ci"):
        shutil.copytree(
            workflow_lint.ROOT / name, tmp_path / name, ignore=lambda _, names: [name for name in names if name.endswith(".cc")]
        )
    shutil.copytree(workflow_lint.ROOT / "analysis", tmp_path / "analysis", ignore=shutil.ignore_patterns("testdata"))
    for name in ("CMakeLists.txt",):
        shutil.copy2(workflow_lint.ROOT / name, tmp_path / name)
    return tmp_path


def test_ours_hold(tree, capsys):
    assert workflow_lint.main(["--root", str(tree)]) == 0, capsys.readouterr().out


@pytest.mark.parametrize(
    ("path", "old", "new", "words"),
    (
        (CI, "permissions:\n  contents: read\n", "", "no `permissions`"),
        (CI, "contents: read", "contents: write", "permission contents: write"),
        (CI, "    runs-on: macos-14\n", "    permissions: write-all\n    runs-on: macos-14\n", "job macos: permission all: write-all"),
        (CI, "actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683 # v4.2.2", "actions/checkout@v4", "40 hexadecimal digits"),
        (CI, "11bd71901bbe5b1630ceea73d27597364c9af683 # v4.2.2", "11bd71901bbe5b1630ceea73d27597364c9af683", "40 hexadecimal digits"),
        (CI, "    timeout-minutes: 90\n", "", "job gate: no `timeout-minutes`"),
        (CI, "windows-msvc, macos]", "windows-msvc]", "does not need macos"),
        (CI, "    if: always()\n    needs", "    needs", "a skipped job counts as passed"),
        (CI, "exit 1", "true", "does not judge"),
        (CI, "  required:", "  other:", "no job `required`"),
        (CI, "scripts/validate.sh --quick", "scripts/check.sh --quick", "calls scripts/check.sh"),
        (CI, "validate.sh --quick", "validate.sh --quicker-still", "--quicker-still"),
        (CI, "-DKICKMSG_BUILD_UNIT_TESTS=ON", "-DKICKMSG_BUILD_ALL_TESTS=ON", "sets KICKMSG_BUILD_ALL_TESTS"),
        (CI, "build/ci/kickmsg_unit", "build/ci/kickmsg_units", "runs kickmsg_units"),
        (NIGHTLY, "--peers --platforms", "--peers --everything", "--everything"),
        (ACTION, "    - shell: bash\n      env:\n        SOURCE", "    - env:\n        SOURCE", "no `shell` beside the command"),
        (ACTION, '--source "$SOURCE"', "--source ${{ inputs.source }}", "an expression inside a command"),
        (ACTION, "inputs.options", "inputs.option", "there is no input option"),
        (ACTION, "upload-artifact@ea165f8d65b6e75b540449e92b4886f43607fa02 # v4.6.2", "upload-artifact@v4", "40 hexadecimal digits"),
        (ACTION, "using: composite", "using: docker", "expected 'runs: {using: composite"),
        (ACTION, "-DKICKMSG_BUILD_TESTING_KIT=ON", "-DKICKMSG_BUILD_KIT=ON", "sets KICKMSG_BUILD_KIT"),
        (TEMPLATE, "    when: always\n", "", "leaves nothing to look at"),
        (TEMPLATE, "  script:", "  steps:", "no job with a script"),
        (NIGHTLY, "analysis/report.py", "analysis/merge.py", "calls analysis/merge.py"),
    ),
)
def test_a_planted_fault_is_reported(tree, capsys, path, old, new, words):
    text = (tree / path).read_text(encoding="utf-8")
    assert old in text
    (tree / path).write_text(text.replace(old, new), encoding="utf-8")
    assert workflow_lint.main(["--root", str(tree)]) == 1
    assert words in capsys.readouterr().out


def test_no_workflow_of_the_gate_is_a_fault(tree, capsys):
    (tree / CI).unlink()
    assert workflow_lint.main(["--root", str(tree)]) == 1 and "no .github/workflows/ci.yml" in capsys.readouterr().out
