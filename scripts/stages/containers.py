"""Containers, made of the namespaces that Docker and Podman make them of: two pid namespaces that share /dev/shm talk and recover each
other's dead, and neither takes from the other's living; a /dev/shm of 64 MB, or one that may not be written, is a clear error; a name
that somebody removed from outside (as logind's RemoveIPC does) is seen."""

import os
import subprocess
from dataclasses import dataclass

from harness import abi

TIMEOUT = {"quick": 120, "main": 120, "full": 120}
NEEDS = ("build",)
SECONDS = 30
NOBODY = "65534"
SHM = "/dev/shm"


def run(stage):
    why = why_not()
    if why:
        stage.skipped("containers", why)
        return
    pod = Pod(stage.run.build / "kickmsg_peer", f"/{stage.run.prefix}pod")
    try:
        for check in (talk, recover_the_others_dead, keep_the_living, stopped_is_alive, full, read_only, other_user, removed_from_outside):
            with_a_fresh_mount(pod)
            check(stage, pod)
    finally:
        pod.end()


def user_flags():
    return [] if os.geteuid() == 0 else ["--user", "--map-root-user"]


def why_not():
    """Why there can be no namespaces here; empty where there can."""
    probe = subprocess.run(
        ["unshare", *user_flags(), "--mount", "--pid", "--ipc", "--uts", "--fork", "--mount-proc", "mount", "-t", "tmpfs", "none", SHM],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return "" if probe.returncode == 0 else f"namespaces are not permitted here: {probe.stdout.strip()}"


class Pod:
    """A mount namespace with a /dev/shm of its own, which its containers share."""

    def __init__(self, program, region):
        self.program, self.region = program, region
        self.keeper = subprocess.Popen(
            [
                "unshare",
                *user_flags(),
                "--mount",
                "--kill-child",
                "--fork",
                "sh",
                "-c",
                f"mount -t tmpfs -o size=64m none {SHM} && echo ready && cat",
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.keeper.stdout.readline()
        children = f"/proc/{self.keeper.pid}/task/{self.keeper.pid}/children"
        with open(children, encoding="ascii") as file:
            self.pid = file.read().split()[0]

    def inside(self, *command):
        """A command in the pod's mount namespace, and in this one's pids."""
        user = [] if os.geteuid() == 0 else ["--user", "--preserve-credentials"]
        return ["nsenter", f"--target={self.pid}", *user, "--mount", "--", *command]

    def container(self, role, user=""):
        """The program in a container of its own: pid 1 there."""
        as_user = ["setpriv", f"--reuid={user}", "--clear-groups"] if user else []
        return self.inside(
            "unshare",
            "--pid",
            "--ipc",
            "--uts",
            "--mount",
            "--propagation=slave",
            "--fork",
            "--kill-child",
            "--mount-proc",
            *as_user,
            self.program,
            self.region,
            role,
        )

    def call(self, role, **arguments):
        return finished(self.container(role, **arguments))

    def shell(self, text):
        return finished(self.inside("sh", "-ec", text))

    def end(self):
        self.keeper.stdin.close()
        self.keeper.wait(timeout=SECONDS)
        self.keeper.stdout.close()


@dataclass
class Said:
    code: int
    text: str


def finished(command):
    done = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, text=True, timeout=SECONDS, check=False
    )
    return Said(done.returncode, done.stdout.strip())


def with_a_fresh_mount(pod):
    pod.shell(f"rm -rf {SHM}/* && mount -o remount,rw,size=1g {SHM}")


class Running:
    """A container that has said that it is ready."""

    def __init__(self, pod, role):
        self.process = subprocess.Popen(
            pod.container(role), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        self.ready = self.process.stdout.readline().strip()

    def end(self):
        """Its last words."""
        try:
            rest = self.process.communicate("go\n", timeout=SECONDS)[0]
        except subprocess.TimeoutExpired:
            self.process.kill()
            rest = f"no end within {SECONDS} s"
        return Said(self.process.returncode, f"{self.ready}, {rest.strip()}")


def expect(stage, name, said, words, code=0):
    stage.expect(
        said.code == code and words in said.text, name, f"expected status {code} and '{words}', found {said.code} and '{said.text}'"
    )


def talk(stage, pod):
    hearing = Running(pod, "hear")
    pod.call("talk")
    expect(stage, "two containers talk", hearing.end(), f"ready, {abi.HEARD}")


def recover_the_others_dead(stage, pod):
    died = pod.call("die")
    expect(stage, "a death in one container", died, "")
    expect(stage, "is recovered by another", pod.call("recover"), f"{abi.RECOVERED} 0")


def keep_the_living(stage, pod):
    """All of them are pid 1 in their own namespace."""
    living = Running(pod, "hold")
    pod.call("die")
    expect(stage, "the dead of the same pid number are recovered", pod.call("recover"), f"{abi.RECOVERED} 1")
    expect(stage, "and the living of that number keeps all it has", living.end(), "ready, whole, unlinked 0")


def stopped_is_alive(stage, pod):
    living = Running(pod, "hold")
    subprocess.run(["pkill", "-STOP", "-f", f"{pod.program} {pod.region} hold"], check=False)
    try:
        expect(stage, "a stopped container is alive to another", pod.call("recover"), f"{abi.RECOVERED} 1")
    finally:
        subprocess.run(["pkill", "-CONT", "-f", f"{pod.program} {pod.region} hold"], check=False)
    expect(stage, "and continues with all it has", living.end(), "ready, whole, unlinked 0")


def full(stage, pod):
    """What Docker gives a container by default: 64 MB."""
    pod.shell(f"mount -o remount,size=64m {SHM}")
    said = pod.call("large")
    expect(stage, "a region larger than /dev/shm is an error", said, "error: ", code=3)
    words = ("bytes", SHM)
    stage.expect(
        all(word in said.text for word in words), "which tells sizes and place", f"expected {' and '.join(words)} in '{said.text}'"
    )
    left = pod.shell(f"ls -A {SHM}")
    stage.expect(not left.text, "and leaves nothing behind", f"found {left.text}")
    pod.shell(f"mount -o remount,size=1g {SHM}")
    expect(stage, "with more room it is created", pod.call("large"), "created")


def read_only(stage, pod):
    pod.shell(f"mount -o remount,ro {SHM}")
    expect(stage, "a /dev/shm that may not be written is an error", pod.call("large"), "error: ", code=3)
    pod.shell(f"mount -o remount,rw {SHM}")


def other_user(stage, pod):
    if os.geteuid() != 0:
        stage.skipped("another user's region", "needs root, to become another user")
        return
    living = Running(pod, "hold")
    said = pod.call("open", user=NOBODY)
    expect(stage, "another user's region (mode 0600) is an error", said, "error: ", code=3)
    stage.expect("ermission" in said.text, "which says why", f"no word of permission in '{said.text}'")
    living.end()


def removed_from_outside(stage, pod):
    """logind removes what a user owns in /dev/shm when the last session ends, unless RemoveIPC=no."""
    living = Running(pod, "hold")
    pod.shell(f"rm {SHM}{pod.region}*")
    expect(stage, "a name removed from outside is seen by who holds the region", living.end(), "ready, whole, unlinked 1")
    expect(stage, "and nobody else finds it", pod.call("open"), "error: ", code=3)
