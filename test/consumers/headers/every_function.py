"""Writes a program that refers to every function that installed headers declare for users and do not define: it links if the library
shows them all. A member that is private or marked KICKMSG_HIDDEN is not for users.

    every_function.py CLANG++ INCLUDE_DIR OUTPUT [-DDEFINITION ...]
"""

import json
import subprocess
import sys
from pathlib import Path

FUNCTIONS = ("FunctionDecl", "CXXMethodDecl", "CXXConstructorDecl", "CXXDestructorDecl", "CXXConversionDecl")


def is_declared_only(node):
    inside = [child["kind"] for child in node.get("inner", [])]
    return not (node.get("isImplicit") or node.get("explicitlyDeleted") or node.get("explicitlyDefaulted") or "CompoundStmt" in inside)


def is_hidden(node):
    return any(child["kind"] == "VisibilityAttr" and not child.get("inherited") for child in node.get("inner", []))


def functions(node, inside_class=False):
    """Yields the mangled names of the functions of a namespace or class."""
    is_public = node.get("tagUsed") != "class"
    for child in node.get("inner", []):
        if child["kind"] == "AccessSpecDecl":
            is_public = child["access"] == "public"
        elif not is_public:
            continue
        elif child["kind"] in FUNCTIONS:
            if is_declared_only(child) and not (inside_class and is_hidden(child)):
                yield child["mangledName"]
        elif child["kind"] in ("NamespaceDecl", "CXXRecordDecl"):
            yield from functions(child, child["kind"] == "CXXRecordDecl")


def declared(clang, include_dir, definitions):
    headers = sorted(path.relative_to(include_dir).as_posix() for path in (include_dir / "kickmsg").rglob("*.h"))
    source = "".join(f"#include <{header}>\n" for header in headers)
    command = [
        clang,
        "-std=c++17",
        "-x",
        "c++",
        "-fsyntax-only",
        f"-I{include_dir}",
        *definitions,
        "-Xclang",
        "-ast-dump=json",
        "-Xclang",
        "-ast-dump-filter=kickmsg",
        "-",
    ]
    text = subprocess.run(command, input=source, stdout=subprocess.PIPE, text=True, check=True).stdout
    found, decoder, place = set(), json.JSONDecoder(), text.find("{")
    while place >= 0:
        node, end = decoder.raw_decode(text, place)
        found.update(functions({"inner": [node]}))
        place = text.find("{", end)
    return sorted(found)


def main(clang, include_dir, output, *definitions):
    names = declared(clang, Path(include_dir), definitions)
    if not names:
        sys.exit("every_function.py: the headers declare no function")
    lines = [f'extern "C" void f{number}() __asm__("{name}");' for number, name in enumerate(names)]
    addresses = ", ".join(f"f{number}" for number in range(len(names)))
    lines += [
        f"void (*const functions[])() = {{{addresses}}};",
        "int main(int argc, char**)",
        "{",
        "    return functions[argc] == nullptr ? 1 : 0;",
        "}",
    ]
    Path(output).write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{len(names)} functions")


if __name__ == "__main__":
    main(*sys.argv[1:])
