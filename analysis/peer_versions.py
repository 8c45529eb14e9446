"""Whether a peer was measured in its newest release.

What is newest is looked up by hand and kept in newest_peers.json, with source and date.
"""

import json
import pathlib
import re

TABLE = pathlib.Path(__file__).with_name("newest_peers.json")
OWN, SYSTEM = "kickmsg", "Linux "


def table():
    return json.loads(TABLE.read_text(encoding="utf-8"))


def numbers(version):
    """'2.0.3+dfsg' -> (2, 0, 3)."""
    return tuple(int(part) for part in re.findall(r"\d+", version.split("+")[0].split("-")[0]))


def newest(name, version, known):
    """('older', '3.6.0 (2026-04)') and its likes: how a measured version stands to the newest one known, and that one."""
    if name == OWN:
        return "this tree", ""
    if version.startswith(SYSTEM):
        return "of the system", ""
    release = known["releases"].get(name)
    if release is None or not numbers(version):
        return "not looked up", ""
    state = "newest" if numbers(version) >= numbers(release["newest"]) else "older"
    return state, f"{release['newest']} ({release['released']})"


def lines(bench):
    """{peer: {'state', 'newest', 'source'}} of every peer of a run."""
    known = table()
    told = {}
    for peer in bench.peers():
        state, release = newest(peer["name"], peer.get("version", ""), known)
        told[peer["name"]] = {"state": state, "newest": release, "source": known["releases"].get(peer["name"], {}).get("source", "")}
    return told
