"""Compiles the C++ and the C of the documentation, and runs its commands, in folders and under a prefix of their own
(scripts/lints/pages.py)."""

import re
import shutil
from pathlib import Path

from harness.terminals import Terminal
from lints.pages import all_blocks

BLOCK_SECONDS = 30
SHARED = Path("/dev/shm")
PRELUDE = """\
#include <kickmsg/Discovery.h>
#include <kickmsg/Inspect.h>
#include <kickmsg/Node.h>
#include <kickmsg/SequenceTracker.h>
#include <kickmsg/WaitSet.h>
#include <cstdio>
#include <cstring>
#include <iostream>
#include <thread>
using namespace std::chrono_literals;
"""
HOISTED = re.compile(r"^(?:#include .*|struct \w+ \{.*\};)$", re.MULTILINE)  # what cannot stand in a function


def check(stage):
    blocks = all_blocks(stage.run.root)
    work = stage.folder / "documentation"
    shutil.rmtree(work, ignore_errors=True)
    compile_pages(stage, blocks, work)
    commands(stage, blocks, work)


def is_compiled(block):
    return block.language == "cpp" and "not compiled" not in block.marks


# --- C++
def translation_unit(blocks):
    """The blocks of a page as one file: each in a namespace of its own, and a fragment in a function."""
    parts = [PRELUDE]
    for number, block in enumerate(blocks):
        hoisted = "\n".join(HOISTED.findall(block.text))
        includes = "\n".join(line for line in hoisted.splitlines() if line.startswith("#include"))
        types = "\n".join(line for line in hoisted.splitlines() if not line.startswith("#include"))
        body = HOISTED.sub("", block.text)
        place = f'#line {block.line} "{block.page}"\n'
        whole = re.search(r"^int main\(|^void \w+\(|^class ", body, re.MULTILINE)
        function = body if whole else f"void fragment()\n{{\n{place}{body}}}\n"
        given = block.marks.get("given", "")
        parts.append(f"{includes}\nnamespace block_{number} {{\n{given}\n{place}{types}\n{place}{function}}}\n")
    return "\n".join(parts)


def compile_pages(stage, blocks, work):
    work.mkdir(parents=True, exist_ok=True)
    for page in dict.fromkeys(block.page for block in blocks):
        code = [block for block in blocks if block.page == page and is_compiled(block)]
        if code:
            compile_page(stage, page, code, work)
    for block in blocks:
        if block.language == "c":
            compile_c(stage, block, work)


def compile_page(stage, page, blocks, work):
    source = work / f"{page.replace('/', '_')}.cc"
    source.write_text(translation_unit(blocks), encoding="utf-8")
    options = ["-std=c++17", "-fsyntax-only", "-Werror=unused-result", "-I", stage.run.root / "lib/include"]
    stage.check_command(f"{page}: {len(blocks)} blocks of C++ compile", ["c++", *options, source])


def compile_c(stage, block, work):
    """A block of C is a file of its own."""
    source = work / f"{block.page.replace('/', '_')}_{block.line}.c"
    source.write_text(f'#line {block.line} "{block.page}"\n{block.text}', encoding="utf-8")
    options = ["-std=c11", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-Wstrict-prototypes", "-fsyntax-only"]
    stage.check_command(f"{block.where}: C compiles", ["cc", *options, "-I", stage.run.root / "lib/include", source])


# --- commands
def install(stage, folder):
    return stage.check_command("install for the commands of the documentation", ["cmake", "--install", stage.run.build, "--prefix", folder])


def commands(stage, blocks, work):
    work.mkdir(parents=True, exist_ok=True)
    pages = dict.fromkeys(block.page for block in blocks if block.language == "sh" and block.run_elsewhere is None)
    if not pages:
        return
    installed = work / "installed"
    if not install(stage, installed):
        return
    programs = {block.marks["program"]: block.text for block in blocks if "program" in block.marks}
    for page in pages:
        folder = work / page.replace("/", "_").removesuffix(".md")
        folder.mkdir()
        for name, text in programs.items():
            (folder / name).write_text(text, encoding="utf-8")
        run_page(stage, page, [block for block in blocks if block.page == page], folder, installed)


def environment(stage, installed, prefix):
    known = stage.run.environment()
    package = next(installed.rglob("kickmsg.pc"), installed / "none")
    return {
        **{name: value for name, value in known.items() if name != "NO_COLOR"},
        "PATH": f"{stage.run.build / 'tools'}:{stage.run.build / 'examples'}:{known.get('PATH', '')}",
        "PKG_CONFIG_PATH": str(package.parent),
        "KICKMSG_PREFIX": prefix,
    }


def run_page(stage, page, blocks, folder, installed):
    """One check: each block of commands succeeds, prints what the page says, and no region is left."""
    prefix = f"{stage.run.prefix}_page"
    seen = environment(stage, installed, prefix)
    terminals = {}

    def terminal(number):
        if number not in terminals:
            terminals[number] = Terminal(folder, seen, lambda line: line.replace(prefix, "kickmsg"))
        return terminals[number]

    try:
        fault = follow(stage, blocks, terminal)
    finally:
        for each in terminals.values():
            each.close()
        left = sorted(path for path in SHARED.glob(f"{prefix}*") if path.is_file())
        for path in left:
            path.unlink()
    log = folder / "output.log"
    log.write_text(
        "".join(f"--- terminal {number}\n" + "\n".join(each.lines) + "\n" for number, each in sorted(terminals.items())), encoding="utf-8"
    )
    if fault is None and left:
        fault = f"{page}: leaves {', '.join(path.name for path in left)}"
    stage.expect(fault is None, f"{page}: commands", fault, log)


def follow(stage, blocks, terminal):
    """Returns: the first fault, or None."""
    last = None
    for block in blocks:
        if block.language == "sh":
            last = block if block.run_elsewhere is None else None
            if last is not None:
                fault = enter(stage, block, terminal(block.terminal))
                if fault:
                    return f"{block.where}: {fault}"
        elif block.language == "text" and "not printed" not in block.marks and (block.shows or last is not None):
            number = block.terminal if block.shows else last.terminal
            missing = terminal(number).expect(block.text, BLOCK_SECONDS)
            if missing is not None:
                return f"{block.where}: no line of terminal {number}, in order, is as: {missing}"
    return None


def enter(stage, block, terminal):
    stage.progress(block.where)
    terminal.begin(block.text)
    if block.stays:
        terminal.stays = True
        return None
    return terminal.finish(BLOCK_SECONDS)
