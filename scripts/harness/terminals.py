"""Shells that run the commands of a page as a reader would, and what they print."""

import contextlib
import os
import re
import signal
import subprocess
import threading
import time

from harness import process

DONE, WRONG = "@done@", "@wrong@"
END_SECONDS = 10


def pattern(line):
    """What a line of a page stands for: any number for a number, any blanks for blanks, anything for an ellipsis."""
    words = r"\s+".join(re.escape(word) for word in line.split())
    return re.compile(re.sub(r"\d+", r"\\d+", words).replace("…", ".*"))


class Terminal:
    """A shell of its own. What its commands read is empty."""

    def __init__(self, folder, environment, said):
        self.folder, self.said = folder, said
        self.lines, self.seen, self.count, self.stays = [], 0, 0, False
        self.news = threading.Condition()
        self.shell = subprocess.Popen(
            ["bash", "--noprofile", "--norc"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=folder,
            env=environment,
            start_new_session=True,
            text=True,
            errors="replace",
        )
        threading.Thread(target=self._read, daemon=True).start()
        self._type(f"""trap 'echo "{WRONG} $? $BASH_COMMAND"' ERR""")

    def _read(self):
        for line in self.shell.stdout:
            with self.news:
                self.lines.append(self.said(line.rstrip("\n")))
                self.news.notify_all()

    def _type(self, text):
        self.shell.stdin.write(text + "\n")
        self.shell.stdin.flush()

    def _await(self, found, seconds):
        """Waits until found(lines) is not None. Returns: it, or None when the time was over."""
        end = time.monotonic() + seconds
        with self.news:
            while True:
                answer = found(self.lines)
                left = end - time.monotonic()
                if answer is not None or left <= 0:
                    return answer
                self.news.wait(left)

    def begin(self, text):
        """Starts commands; what ran until now is ended as Ctrl-C does."""
        self.interrupt()
        self.count += 1
        self.seen = len(self.lines)
        path = self.folder / f".commands-{id(self)}-{self.count}"
        path.write_text(text, encoding="utf-8")
        self._type(f"source {path} </dev/null; echo; echo '{DONE} {self.count}'")

    def _has_ended(self, seconds):
        mark = f"{DONE} {self.count}"
        return self._await(lambda lines: True if mark in lines else None, seconds)

    def finish(self, seconds):
        """Waits for the end of the commands. Returns: what went wrong, or None."""
        begin = self.seen
        if not self._has_ended(seconds):
            return f"not at its end after {seconds} s"
        wrong = next((line for line in self.lines[begin:] if line.startswith(WRONG)), None)
        return f"exit code {wrong.removeprefix(WRONG).strip().replace(' ', ': ', 1)}" if wrong else None

    def expect(self, text, seconds):
        """Waits until the lines of `text` have been printed in this order, others between them. Returns: the first missing, or None."""
        patterns = [(line, pattern(line)) for line in text.splitlines() if line.strip() not in ("", "…")]

        def next_missing(lines):
            at, rest = self.seen, list(patterns)
            while rest and at < len(lines):
                if rest[0][1].fullmatch(lines[at].strip()):
                    rest.pop(0)
                at += 1
            return (rest, at)

        if self._await(lambda lines: True if not next_missing(lines)[0] else None, seconds) is None:
            return next_missing(self.lines)[0][0][0]
        self.seen = next_missing(self.lines)[1]
        return None

    def interrupt(self):
        """Ends what stays, and waits for that: what the shell says of it belongs to the commands before."""
        if self.stays:
            self.stays = False
            for pid in set(process.session_members(self.shell.pid)) - {self.shell.pid}:  # those behind a & take no notice of it
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGINT)
            self._has_ended(END_SECONDS)

    def close(self):
        process.kill_session(self.shell.pid)
        self.shell.wait()
        self.shell.stdin.close()
