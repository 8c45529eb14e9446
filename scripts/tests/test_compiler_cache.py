"""A compiler cache is used where there is one, and not for what counts lines."""

import shutil

from harness import build, run


def environment(monkeypatch, tmp_path, found):
    monkeypatch.setattr(shutil, "which", lambda name: found if name == "ccache" else None)
    return run.Run.compiler_cache(type("Checkout", (), {"root": tmp_path})())


def test_there_is_one(monkeypatch, tmp_path):
    assert environment(monkeypatch, tmp_path, "/usr/bin/ccache") == {
        "CMAKE_CXX_COMPILER_LAUNCHER": "ccache",
        "CCACHE_BASEDIR": str(tmp_path),
        "CCACHE_NOHASHDIR": "1",
    }


def test_there_is_none(monkeypatch, tmp_path):
    assert environment(monkeypatch, tmp_path, None) == {}


def test_what_counts_lines_is_compiled_here():
    assert build.uncached("coverage") == build.uncached("fuzz-coverage") == {"CCACHE_DISABLE": "1"}
    assert build.uncached("release") is None
