#!/usr/bin/env python3
"""Makes the pages of the public interface with Doxygen, and checks that they are complete.

The interface is lib/include/kickmsg/*.h and what these include of os/ and c/. Doxygen itself reports what has no documentation
(docs/Doxyfile: no warning is accepted). Checked here, from its XML: the text of a function names each parameter, and says
what is returned (`Returns:`) unless nothing is; each value of an enumeration has words, which Doxygen 1.9.4 does not ask for.

usage: doxygen.py OUTPUT_FOLDER        the pages are OUTPUT_FOLDER/html/index.html
"""

import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parent.parent
DOXYFILE = "docs/Doxyfile"
INCLUDE = re.compile(r'^#include "(kickmsg/(?:os|c)/[^"]+)"', re.MULTILINE)
RETURNS_NOTHING = {"", "void", "constexpr"}  # the last of a constructor


def interface(include):
    """The public headers, and the headers of os/ and c/ that they include, as paths below `include`."""
    headers = sorted(path.relative_to(include).as_posix() for path in (include / "kickmsg").glob("*.h"))
    for header in headers:  # grows while it is read
        headers += [name for name in INCLUDE.findall((include / header).read_text(encoding="utf-8")) if name not in headers]
    return headers


def run_doxygen(root, out):
    """Doxygen's exit status and what it said."""
    inputs = " ".join(f"lib/include/{name}" for name in interface(root / "lib/include"))
    settings = (root / DOXYFILE).read_text(encoding="utf-8") + f"\nINPUT = {inputs}\nOUTPUT_DIRECTORY = {out}\n"
    done = subprocess.run(
        ["doxygen", "-"], input=settings, cwd=root, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
    )
    return done.returncode, done.stdout


def text_of(element):
    return "".join(element.itertext()) if element is not None else ""


def function_faults(member):
    """What the documentation of one function does not say."""
    name, place = member.findtext("name"), member.find("location")
    where = f"{place.get('file')}:{place.get('line')}: {name}"
    told = text_of(member.find("briefdescription")) + " " + text_of(member.find("detaileddescription"))
    parameters = [parameter.findtext("declname") for parameter in member.findall("param")]
    for parameter in filter(None, parameters):
        if not re.search(rf"\b{re.escape(parameter)}\b", told):
            yield f"{where}: the parameter {parameter} is not named"
    returns = text_of(member.find("type")).strip()
    assigns = name == "operator="
    if returns not in RETURNS_NOTHING and not assigns and member.find(".//simplesect[@kind='return']") is None:
        yield f"{where}: nothing says what is returned"


def enumeration_faults(member):
    for value in member.findall("enumvalue"):
        if not (text_of(value.find("briefdescription")) + text_of(value.find("detaileddescription"))).strip():
            place = member.find("location")
            yield f"{place.get('file')}:{place.get('line')}: {value.findtext('name')} (value of an enumeration) is not documented"


def members(folder, kind):
    """Each public member of a kind, once; a deleted function needs no words."""
    seen = {}
    for page in sorted(folder.glob("*.xml")):
        compound = ElementTree.parse(page).find("compounddef")
        hidden = compound is None or compound.get("prot") == "private"
        for member in [] if hidden else compound.iterfind(f".//memberdef[@kind='{kind}']"):
            if member.get("prot") == "public" and "=delete" not in member.findtext("argsstring", "").replace(" ", ""):
                seen[member.get("id")] = member
    return list(seen.values())


def faults_of(folder):
    """From a folder of Doxygen's XML: how many functions, and the faults in words."""
    functions = members(folder, "function")
    faults = [fault for member in functions for fault in function_faults(member)]
    return len(functions), faults + [fault for member in members(folder, "enum") for fault in enumeration_faults(member)]


def check(root, out):
    """Makes the pages of `root` in `out`. Returns: the number of functions, and the faults in words."""
    out.mkdir(parents=True, exist_ok=True)
    for stale in (out / "xml").glob("*.xml"):
        stale.unlink()
    status, told = run_doxygen(root, out)
    faults = [line for line in told.splitlines() if line.strip()]
    if status != 0 and not faults:
        faults = [f"doxygen ended with {status}"]
    count, more = faults_of(out / "xml")
    return count, faults + more


def main(arguments):
    if len(arguments) != 1:
        print(__doc__)
        return 2
    count, faults = check(ROOT, Path(arguments[0]).resolve())
    for fault in faults:
        print(fault)
    print(f"doxygen: {count} functions, {len(faults)} faults")
    return 0 if count and not faults else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
