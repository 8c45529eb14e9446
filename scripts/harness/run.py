"""One run of validate.py: what it was asked for, where its results go, and what its commands see."""

import os
import secrets
import shutil
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
MODES = ("quick", "main", "full")


def fresh_prefix():
    """Begins the name of every region of this run: two runs at once do not meet."""
    return f"kmtest_{os.getpid()}_{secrets.token_hex(3)}"


@dataclass
class Run:
    mode: str = "main"
    seed: int = 1
    minutes: float = 0.0
    root: Path = ROOT
    prefix: str = field(default_factory=fresh_prefix)
    python: str = sys.executable
    identity: str = field(default_factory=lambda: time.strftime("%Y%m%d-%H%M%S-") + str(os.getpid()))
    artifacts: Path = None
    commit: str = "unknown"
    stages: list = field(default_factory=list)
    started: float = field(default_factory=time.time)
    said: float = field(default_factory=time.monotonic)

    def __post_init__(self):
        self.artifacts = self.artifacts or self.root / "build" / "artifacts" / self.identity
        self.artifacts.mkdir(parents=True, exist_ok=True)

    @property
    def quick(self):
        return self.mode == "quick"

    @property
    def build(self):
        return self.root / "build" / "release"

    def mode_option(self):
        return "" if self.mode == "main" else f" --{self.mode}"

    def environment(self):
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("GTEST_", "BENCHMARK_"))}
        return {
            **self.compiler_cache(),
            **kept,
            "LC_ALL": "C.UTF-8",
            "PYTHONDONTWRITEBYTECODE": "1",
            "KICKMSG_TEST_PREFIX": self.prefix,
            "KICKMSG_COMMIT": self.commit,
            "KICKMSG_SEED": str(self.seed),
        }

    def compiler_cache(self):
        """A compiler cache, where one is installed, is used: what another checkout has compiled counts, too."""
        if not shutil.which("ccache"):
            return {}
        return {"CMAKE_CXX_COMPILER_LAUNCHER": "ccache", "CCACHE_BASEDIR": str(self.root), "CCACHE_NOHASHDIR": "1"}

    def relative(self, path):
        """A path as it is shown: from the root of the checkout, where it lies below it."""
        path = Path(path)
        return path.relative_to(self.root).as_posix() if path.is_relative_to(self.root) else str(path)

    def say(self, text):
        self.said = time.monotonic()
        print(text, flush=True)

    def count(self, outcome):
        return sum(stage.count(outcome) for stage in self.stages)

    def summary(self):
        skipped = f", {self.count('skipped')} skipped" if self.count("skipped") else ""
        return f"{self.count('passed')} passed, {self.count('failed')} failed{skipped}"

    def make_latest(self):
        """build/artifacts/latest leads to this run, at every moment to a complete one or the one before."""
        link = self.artifacts.parent / "latest"
        fresh = self.artifacts.parent / f".latest-{self.identity}"
        try:
            fresh.symlink_to(self.artifacts.name)
            os.replace(fresh, link)
        except OSError as error:
            self.say(f"cannot set {self.relative(link)}: {error}")
