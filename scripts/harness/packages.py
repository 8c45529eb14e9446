"""The library as a package: Debian's by CPack, Conan's by Conan itself, the vcpkg port by functions that stand in for vcpkg's."""

import os
import re
import shutil
import sys

CONAN = "conan==2.9.2"
VERSION = re.compile(r"^#define KICKMSG_VERSION_[A-Z]+ (\d+)$", re.MULTILINE)


def version(stage):
    return ".".join(VERSION.findall((stage.run.root / "lib/include/kickmsg/Version.h").read_text(encoding="utf-8")))


def consume(stage, label, prefix, *options, library_path=""):
    """A user's project finds the package under `prefix`, is built and run."""
    source, folder = stage.run.root / "test/consumers/find_package", stage.folder / "work" / f"{label}-consumer"
    built = stage.check_command(
        f"{label}: find_package", ["cmake", "-G", "Ninja", "-S", source, "-B", folder, f"-DCMAKE_PREFIX_PATH={prefix}", *options]
    ) and stage.check_command(f"{label}: compile", ["cmake", "--build", folder])
    if built:
        run_consumer(stage, label, folder / "consumer", library_path)


def run_consumer(stage, label, program, library_path=""):
    outcome = stage.command(
        f"{label} run", [program, f"/{stage.run.prefix}package"], env={"LD_LIBRARY_PATH": str(library_path)} if library_path else None
    )
    stage.expect(outcome.ok and "received: one message" in outcome.text(), f"{label}: runs", outcome.describe(), outcome.log)


def check_debian(stage, work):
    """libkickmsg<soname>, libkickmsg-dev, kickmsg-tools: made, unpacked, and used from there by both ways of finding a library."""
    build, root = work / "build", work / "root"
    made = (
        stage.check_command(
            "deb: configure",
            [
                "cmake",
                "-G",
                "Ninja",
                "-S",
                stage.run.root,
                "-B",
                build,
                "-DBUILD_SHARED_LIBS=ON",
                "-DKICKMSG_BUILD_TOOLS=ON",
                "-DCMAKE_INSTALL_PREFIX=/usr",
            ],
        )
        and stage.check_command("deb: compile", ["cmake", "--build", build])
        and stage.check_command("deb: cpack", ["cpack", "-G", "DEB", "--config", build / "CPackConfig.cmake", "-B", work])
    )
    if not made:
        return
    major = version(stage).split(".", maxsplit=1)[0]
    found = {path.name.split("_")[0]: path for path in work.glob("*.deb")}
    if not stage.expect(
        set(found) == {f"libkickmsg{major}", "libkickmsg-dev", "kickmsg-tools"}, "deb: packages", f"found: {', '.join(sorted(found))}"
    ):
        return
    for name, path in found.items():
        stage.check_command(f"deb: unpack {name}", ["dpkg-deb", "-x", path, root])
    depends = {name: stage.command(f"deb fields of {name}", ["dpkg-deb", "-f", path, "Depends"]).text() for name, path in found.items()}
    stage.expect(
        "libc6" in depends[f"libkickmsg{major}"] and "libstdc++6" in depends[f"libkickmsg{major}"],
        "deb: what the library needs",
        f"Depends of libkickmsg{major}: {depends[f'libkickmsg{major}']}",
    )
    stage.expect(
        f"libkickmsg{major} (= {version(stage)})" in depends["libkickmsg-dev"],
        "deb: what the headers need",
        f"Depends of libkickmsg-dev: {depends['libkickmsg-dev']}",
    )
    check_tool(stage, root / "usr", depends["kickmsg-tools"])
    library = next(root.rglob("libkickmsg.so"), root)
    stage.expect(
        library.is_symlink() and (library.parent / os.readlink(library)).exists(),
        "deb: the link for the linker",
        "libkickmsg.so leads nowhere",
    )
    consume(stage, "deb", root / "usr", library_path=library.parent)
    out = work / "pkgconfig"
    out.mkdir()
    if stage.check_command(
        "deb: pkg-config",
        ["make", "-C", stage.run.root / "test/consumers/pkg_config", f"OUT={out}"],
        env={"PKG_CONFIG_PATH": str(library.parent / "pkgconfig"), "PKG_CONFIG_SYSROOT_DIR": ""},
    ):
        run_consumer(stage, "deb pkg-config", out / "consumer", library.parent)


def check_tool(stage, prefix, depends):
    """The operator's tool: it needs nothing beside it, and comes with its manual page and completions."""
    stage.expect(not depends.strip(), "deb: the tool needs nothing", f"Depends of kickmsg-tools: {depends}")
    outcome = stage.command("deb: the tool", [prefix / "bin" / "kickmsg", "--version"])
    stage.expect(outcome.ok and version(stage) in outcome.text(), "deb: the tool runs", outcome.describe(), outcome.log)
    for name in (
        "man/man1/kickmsg.1",
        "bash-completion/completions/kickmsg",
        "zsh/vendor-completions/_kickmsg",
        "fish/vendor_completions.d/kickmsg.fish",
        "kickmsg/json-schema.json",
    ):
        stage.expect((prefix / "share" / name).is_file(), f"deb: {name}", "it is not in kickmsg-tools")


def check_vcpkg(stage, work):
    """The port by stand-ins, and its package by a user's project. vcpkg itself was not here to run it."""
    stand_in = stage.run.root / "test/consumers/vcpkg/stand_in.cmake"
    port = f"{stage.run.root}/packaging/vcpkg/kickmsg"
    if stage.check_command("vcpkg port", ["cmake", f"-DPORT_DIR={port}", f"-DWORK={work}", "-DFEATURES=tools", "-P", stand_in]):
        package = work / "packages"
        stage.expect(
            (package / "share/kickmsg/copyright").exists()
            and not any((package / folder).exists() for folder in ("bin", "debug/bin", "debug/include", "debug/share")),
            "vcpkg port: what it leaves",
            "expected share/kickmsg/copyright, and no bin, debug/bin, debug/include, debug/share",
        )
        outcome = stage.command("vcpkg port: the tool", [package / "tools/kickmsg/kickmsg", "--version"])
        stage.expect(outcome.ok and version(stage) in outcome.text(), "vcpkg port: feature tools", outcome.describe(), outcome.log)
        for kind in ("Release", "Debug"):
            consume(stage, f"vcpkg {kind}", package, f"-DCMAKE_BUILD_TYPE={kind}")


def check_conan(stage, work):
    """The recipe by Conan itself, in a home of its own: static, shared, and with the unit tests."""
    environment = {"CONAN_HOME": str(work / "home")}
    tool = work / "venv/bin/conan"
    ready = (
        stage.check_command("conan: venv", [sys.executable, "-m", "venv", work / "venv"])
        and stage.check_command("conan: install", [work / "venv/bin/pip", "install", "--quiet", "--disable-pip-version-check", CONAN])
        and stage.check_command("conan: profile", [tool, "profile", "detect"], env=environment)
    )
    if not ready:
        return
    source = copied(stage.run.root, work / "source")  # Conan builds its test beside the recipe
    for label, options in (("static", ()), ("shared", ("kickmsg/*:shared=True",)), ("with unit tests", ("kickmsg/*:unit_tests=True",))):
        command = [tool, "create", source, "--no-remote", "--build=kickmsg/*", *(word for option in options for word in ("-o", option))]
        outcome = stage.command(f"conan create {label}", command, env=environment)
        stage.expect(outcome.ok and "received: one message" in outcome.text(), f"conan create, {label}", outcome.describe(), outcome.log)
    ran = (stage.folder / "conan_create_with_unit_tests.log").read_text(encoding="utf-8")
    stage.expect("100% tests passed" in ran, "conan: the unit tests were run", "no '100% tests passed' in its log")


def copied(root, to):
    """What the recipe exports, and what its test is built from."""
    to.mkdir(parents=True)
    for name in ("CMakeLists.txt", "LICENSE", "conanfile.py"):
        shutil.copy2(root / name, to / name)
    for name in ("cmake", "lib", "tools", "test_package", "test/consumers"):
        shutil.copytree(root / name, to / name, ignore=shutil.ignore_patterns("__pycache__", "build"))
    return to
