"""Seeing is safe on anything: regions with overwritten words, cut files, foreign files, names that try to write to the terminal."""

import random
import struct
from pathlib import Path

SEEING = (
    ["list"],
    ["info", "bad"],
    ["stats", "bad"],
    ["who", "bad"],
    ["schema", "bad"],
    ["schema-diff", "bad", "bad"],
    ["diagnose"],
    ["doctor"],
    ["watch", "--seconds", "0.01", "--interval", "0.01"],
    ["top", "-n", "1", "--interval", "0.01"],
)
ENDS = (0, 1, 2)


def made(actor, prefix):
    """A small region with participants of all kinds, traffic in it, and a type; left by the dead."""
    one = actor()
    one(f"advertise {prefix} bad pool=8 ring=2 subscribers=2 publishers=2")
    one(f"subscribe {prefix} bad")
    one(f"open /{prefix}_bad")
    one("type robot/Pose 1 16 8 0")
    one("send 3 hello")
    one("view 1")
    one.kill()
    return Path(f"/dev/shm/{prefix}_bad")


def see(kickmsg, what, commands=SEEING):
    for words in commands:
        outcome = kickmsg(*words, "--json")
        assert outcome.code in ENDS, (words, what, outcome.code, outcome.err)
        outcome.documents  # noqa: B018  checks them
        outcome = kickmsg(*words)
        assert outcome.code in ENDS, (words, what, outcome.code, outcome.err)
        assert "\033" not in outcome.out, (words, what)


def test_words_overwritten_at_random(kickmsg, actor, prefix, request):
    path = made(actor, prefix)
    good = path.read_bytes()
    number = random.Random(7)
    words = struct.unpack_from(f"<{len(good) // 8}Q", good)
    end = len(words)
    for turn in range(int(request.config.getoption("--mutations"))):
        bad = bytearray(good)
        for _ in range(number.choice((1, 1, 3, 30))):
            at = number.randrange(number.choice((64, 512, end)))
            value = number.choice((0, 2**64 - 1, words[at] ^ (1 << number.randrange(64)), number.getrandbits(64)))
            struct.pack_into("<Q", bad, 8 * at, value)
        path.write_bytes(bad)
        commands = number.sample(SEEING, 3)
        see(kickmsg, turn, commands)


def test_files_that_are_cut_or_foreign(kickmsg, actor, prefix):
    path = made(actor, prefix)
    good = path.read_bytes()
    for content in (b"", good[:7], good[:100], good[:4096], good[:-1], b"x" * 5000, good + good):
        path.write_bytes(content)
        see(kickmsg, len(content), SEEING[:7])
    path.unlink()
    path.mkdir()
    see(kickmsg, "folder", SEEING[:3])
    path.rmdir()


def test_names_cannot_write_to_the_terminal(kickmsg, actor, prefix):
    path = made(actor, prefix)
    good = bytearray(path.read_bytes())
    at = good.index(b"bad\0")
    good[at : at + 10] = b"\033[2Jab\n\xff\xc2\x9b"
    path.write_bytes(good)
    see(kickmsg, "escape")
    assert "\\x1b[2Jab\\x0a\ufffd\\x9b" in kickmsg("list").out
