"""The version stands in kickmsg/Version.h; whatever tells one tells that one."""

import importlib.util
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = next(folder for folder in Path(__file__).resolve().parents if (folder / "CMakePresets.json").exists())
HEADER = "lib/include/kickmsg/Version.h"
PORT = "packaging/vcpkg/kickmsg/vcpkg.json"
PAGE = "docs/install.md"
PROGRAM = '#include "kickmsg/Version.h"\nKICKMSG_VERSION KICKMSG_VERSION_MAJOR KICKMSG_VERSION_MINOR KICKMSG_VERSION_PATCH\n'


def of_the_header(root):
    """Returns: the text, and the three numbers as a text, as the preprocessor sees them."""
    told = subprocess.run(
        ["c++", "-x", "c++", "-E", "-P", f"-I{root / 'lib/include'}", "-"], input=PROGRAM, stdout=subprocess.PIPE, text=True, check=True
    ).stdout
    text, *numbers = told.split()
    return text.strip('"'), ".".join(numbers)


def of_cmake(root, build):
    """Returns: the project's version, and the one that the Debian packages ask for."""
    subprocess.run(
        ["cmake", "-S", root, "-B", build, "-DBUILD_SHARED_LIBS=ON"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=True
    )
    cache, packages = ((build / name).read_text(encoding="utf-8") for name in ("CMakeCache.txt", "CPackConfig.cmake"))
    return (
        re.search(r"^CMAKE_PROJECT_VERSION:STATIC=(.*)$", cache, re.MULTILINE).group(1),
        re.search(r"libkickmsg\d+ \(= ([\d.]+)\)", packages).group(1),
    )


def of_conan(root, monkeypatch):
    """Conan's own modules are stood in for."""
    for name in ("conan", "conan.errors", "conan.tools", "conan.tools.build", "conan.tools.cmake", "conan.tools.files"):
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
        for word in (
            "ConanFile",
            "ConanInvalidConfiguration",
            "CMake",
            "CMakeDeps",
            "CMakeToolchain",
            "check_min_cppstd",
            "cmake_layout",
            "copy",
            "load",
            "rmdir",
        ):
            setattr(sys.modules[name], word, type(word, (), {}))
    sys.modules["conan.tools.files"].load = lambda _, path: Path(path).read_text(encoding="utf-8")
    spec = importlib.util.spec_from_file_location("recipe", root / "conanfile.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    recipe = module.Kickmsg()
    recipe.recipe_folder = str(root)
    recipe.set_version()
    return recipe.version


def versions(root, build, monkeypatch):
    """Who tells the version, and which."""
    text, numbers = of_the_header(root)
    project, debian = of_cmake(root, build)
    page = (root / PAGE).read_text(encoding="utf-8")
    return {
        HEADER: text,
        "its numbers": numbers,
        "CMake": project,
        "Debian": debian,
        "Conan": of_conan(root, monkeypatch),
        PORT: json.loads((root / PORT).read_text(encoding="utf-8"))["version"],
        "install.md, Conan": re.search(r'requires = "kickmsg/([\d.]+)"', page).group(1),
    }


def majors(root):
    """Who tells the first number or two, and which."""
    page = (root / PAGE).read_text(encoding="utf-8")
    return {
        "the version script": re.search(
            r"^KICKMSG_(\d+) {", (root / "lib/cmake/kickmsg.map").read_text(encoding="utf-8"), re.MULTILINE
        ).group(1),
        "install.md, soname": re.search(r"libkickmsg\.so\.(\d+)", page).group(1),
        "install.md, package": re.search(r"`libkickmsg(\d+)`", page).group(1),
        "install.md, find_package": re.search(r"find_package\(kickmsg (\d+\.\d+) ", page).group(1),
    }


def faults(root, build, monkeypatch):
    found = versions(root, build, monkeypatch)
    right = found[HEADER]
    return [name for name, version in found.items() if version != right] + [
        name for name, version in majors(root).items() if not f"{right}.".startswith(f"{version}.")
    ]


def test_every_version_is_that_of_the_header(tmp_path, monkeypatch):
    assert not faults(ROOT, tmp_path, monkeypatch)


@pytest.fixture(name="tree")
def copy_of_what_tells_a_version(tmp_path):
    for name in ("cmake", "lib", "packaging"):
        shutil.copytree(ROOT / name, tmp_path / "tree" / name)
    (tmp_path / "tree/docs").mkdir()
    for name in ("CMakeLists.txt", "LICENSE", PAGE, "conanfile.py"):
        shutil.copy2(ROOT / name, tmp_path / "tree" / name)
    return tmp_path / "tree"


def plant(path, pattern, text):
    old = path.read_text(encoding="utf-8")
    new = re.sub(pattern, text, old, flags=re.MULTILINE)
    assert new != old
    path.write_text(new, encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "pattern", "text", "expected"),
    (
        (PORT, r'"version": ".*"', '"version": "9.8.7"', [PORT]),
        (PAGE, r"kickmsg/\d[\d.]*", "kickmsg/9.8.7", ["install.md, Conan"]),
        ("lib/cmake/kickmsg.map", r"^KICKMSG_\d+", "KICKMSG_9", ["the version script"]),
        ("conanfile.py", r"KICKMSG_VERSION_\[A-Z\]\+", "KICKMSG_VERSION_M[A-Z]+", ["Conan"]),
        (HEADER, r"(_MINOR) \d+", r"\1 77", [PORT, "install.md, Conan", "install.md, find_package"]),
    ),
)
def test_a_planted_version_is_reported(tree, tmp_path, monkeypatch, name, pattern, text, expected):
    plant(tree / name, pattern, text)
    assert faults(tree, tmp_path / "build", monkeypatch) == expected


def test_a_header_without_a_number_does_not_configure(tree, tmp_path):
    plant(tree / HEADER, r"^#define KICKMSG_VERSION_PATCH \d+", "#define KICKMSG_VERSION_PATCH (0)")
    with pytest.raises(subprocess.CalledProcessError):
        of_cmake(tree, tmp_path / "build")
