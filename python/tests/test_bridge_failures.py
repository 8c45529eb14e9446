"""What is lost when a link, a bridge or a server fails, and what is not."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import kickmsg
import pytest

pytest.importorskip("zenoh", reason="eclipse-zenoh is not installed")

from bridges import Goal, Net, received, wait_until
from kickmsg import CallStatus
from test_bridge import is_heard, joined
from test_services import failure

ROOMY = kickmsg.Config(sub_ring_capacity=4096, pool_size=8192, max_payload_size=1024)


@pytest.fixture
def net(prefix, tmp_path):
    made = Net(prefix, tmp_path)
    yield made
    made.close()


def test_a_link_that_was_cut_is_restored_and_the_loss_is_counted(net):
    router = net.router(net.endpoint("router"))
    one, other = (net.bridge(side, "--topics", "t", "--mode", "client", "--connect", net.endpoint("router")) for side in "ab")
    pub, sub = net.node("a").advertise("t", config=ROOMY), net.node("b").subscribe_or_create("t", config=ROOMY)
    other.until_topic("t", lambda found: found["remote_publishers"] == 1)
    joined(one, "t", pub)
    assert received(sub, 1) == [b"first"]
    router.kill()
    other.until_topic("t", lambda found: found["remote_publishers"] == 0)
    one.until(lambda status: status["peers"] == 0)
    for number in range(7):
        pub.send(b"%d" % number)
    one.until_topic("t", lambda found: found["out"] + found["unheard"] == 8)
    net.router(net.endpoint("router"))
    other.until_topic("t", lambda found: found["remote_publishers"] == 1)
    one.until(lambda status: status["peers"] == 1)
    for number in range(5):
        pub.send(b"again %d" % number)
    last = received(sub, 1)
    assert last[0].startswith(b"again")
    found = other.until_topic("t", lambda found: found["in"] + found["lost"] == 13)
    assert found["lost"] >= 7 and found["repeated"] == 0


def test_a_bridge_that_is_killed_leaves_nothing_and_its_successor_goes_on(net):
    one, other = net.pair("--topics", "t", "--services", "s")
    here = net.node("a")
    pub, own = here.advertise("t", config=ROOMY), here.subscribe("t")
    sub = net.node("b").subscribe_or_create("t", config=ROOMY)
    back = net.node("b").advertise_or_join("t", config=ROOMY)
    joined(one, "t", pub)
    joined(other, "t", back)
    received(own, 2), received(sub, 2)
    for number in range(200):
        pub.send(b"%d" % number)
        back.send(b"%d" % number)
    one.end(signal.SIGKILL)
    with kickmsg.Region.open(here.topic_region("t")) as region:
        region.recover()
        health = region.diagnose()
        assert (health.dead_participants, health.orphaned_slots, health.retired_rings, health.locked_entries) == (0, 0, 0, 0)
        assert len(region.stats().participants) == 3
    again = net.bridge("a", "--topics", "t", "--listen", net.endpoint("ab"))
    again.until(lambda status: status["peers"] > 0)
    again.until_topic("t", is_heard)
    other.until_topic("t", lambda found: found["remote_publishers"] == 1)
    while sub.try_receive():
        pass
    pub.send(b"after")
    wait_until(lambda: (found := sub.receive(1)) is not None and found.value == b"after")


def test_back_pressure_is_counted_as_loss(net):
    one, other = net.pair("--topics", "t", "--queue", "64")
    pub = net.node("a").advertise("t", config=kickmsg.Config(max_payload_size=65536, sub_ring_capacity=64, pool_size=256))
    joined(one, "t", pub)
    other.until_topic("t", lambda found: found["in"] == 1)
    os.kill(other.pid, signal.SIGSTOP)
    sent, data, end = 1, bytes(65536), time.monotonic() + 3
    while time.monotonic() < end:
        pub.send(data)
        sent += 1
    time.sleep(0.2)
    os.kill(other.pid, signal.SIGCONT)
    other.until_topic("t", lambda found: found["in"] > 1)

    def all_accounted_for(found):
        nonlocal sent
        pub.send(b"mark")
        sent += 1
        time.sleep(0.05)
        return found["lost"] > 0 and found["in"] + found["lost"] >= sent - 20

    found = other.until_topic("t", all_accounted_for)
    final = sent
    found = other.until_topic("t", lambda found: found["in"] + found["lost"] >= final)
    assert found["in"] + found["lost"] == final and found["repeated"] == 0
    here = one.until_topic("t", lambda found: True)
    assert here["out"] + here["lost_before"] + here["unheard"] == final


def test_topics_that_block_lose_nothing_on_the_way(net):
    one, other = net.pair("--topics", "t", "--block", "t", "--queue", "100000")
    pub = net.node("a").advertise("t", config=ROOMY)
    joined(one, "t", pub)
    other.until_topic("t", lambda found: found["in"] == 1)
    os.kill(other.pid, signal.SIGSTOP)
    for _ in range(3000):
        pub.send(bytes(1024))
    time.sleep(0.3)
    os.kill(other.pid, signal.SIGCONT)
    found = other.until_topic("t", lambda found: found["in"] + found["lost"] == 3001)
    assert found["lost"] == 0 and one.until_topic("t", lambda found: True)["lost_before"] == 0


SERVER = """
from bridges import Goal
server = kickmsg.Node("server", sys.argv[1]).serve("plan", Goal, float)
print("ready", flush=True)
for request in server:
    if request.value.x < 0:
        print("taken", flush=True)
        time.sleep(1000)
    request.answer(request.value.x + request.value.y)
"""


def test_a_service_is_called_on_another_host(net, start, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([os.path.dirname(__file__), *filter(None, [os.environ.get("PYTHONPATH")])]))
    one, other = net.pair("--services", "plan")
    server = start(SERVER, f"{net.prefix}_a")
    assert server.line() == "ready"
    client = net.node("b").client("plan", Goal, float)
    assert client.wait_for_server(30)
    assert [client.call(Goal(number, 1), 30).value for number in range(20)] == [number + 1.0 for number in range(20)]
    calls = [client.start(Goal(number, 2)) for number in range(2)]
    assert [call.wait(30).value for call in calls] == [2.0, 3.0]
    assert one.until(lambda status: status["services"]["plan"]["calls"] >= 22)["services"]["plan"]["role"] == "offered"
    assert other.until(lambda status: True)["services"]["plan"]["role"] == "proxy"
    call = client.start(Goal(-1, 0))
    assert server.line() == "taken"
    server.kill()
    assert failure(lambda: call.wait(30)) in (CallStatus.REFUSED, CallStatus.SERVER_GONE)
    wait_until(lambda: not client.has_server())
    assert failure(lambda: client.call(Goal(1, 1), 1)) is CallStatus.NO_SERVER


def test_a_service_that_is_served_on_both_hosts_is_answered_at_home(net):
    one, other = net.pair("--services", "s")
    servers = {side: net.node(side).serve("s") for side in "ab"}
    for bridge in (one, other):
        bridge.until(lambda status: status["services"].get("s", {}).get("role") == "offered")
    for side, server in servers.items():
        client = net.node(side).client("s")
        call = client.start(b"?")
        with server.receive(30) as request:
            request.answer(side.encode())
        assert call.wait(30).value == side.encode()


TLS = """
[zenoh.transport.link.tls]
root_ca_certificate = "{folder}/cert.pem"
listen_certificate = "{folder}/cert.pem"
listen_private_key = "{folder}/key.pem"
"""
CERTIFICATE = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -subj /CN=localhost"
FOR_A_SERVER = ["-addext", "subjectAltName=DNS:localhost", "-addext", "basicConstraints=critical,CA:FALSE"]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_over_tls_by_a_file_and_not_by_another_certificate(net):
    if not shutil.which("openssl"):
        pytest.skip("there is no openssl to make a certificate")
    for name in ("ours", "theirs"):
        folder = net.folder / name
        folder.mkdir()
        made = [*CERTIFICATE.split(), *FOR_A_SERVER, "-keyout", folder / "key.pem", "-out", folder / "cert.pem"]
        subprocess.run(made, check=True, capture_output=True)
        (folder / "bridge.toml").write_text(net.retry.read_text() + TLS.format(folder=folder))
    ours, theirs = (net.folder / name / "bridge.toml" for name in ("ours", "theirs"))
    port = free_port()
    one = net.bridge("a", "--config", str(ours), "--topics", "t", "--listen", f"tls/localhost:{port}")
    stranger = net.bridge("c", "--config", str(theirs), "--topics", "t", "--connect", f"tls/localhost:{port}")
    other = net.bridge("b", "--config", str(ours), "--topics", "t", "--connect", f"tls/localhost:{port}")
    pub, sub = net.node("a").advertise("t"), net.node("b").subscribe_or_create("t")
    other.until_topic("t", lambda found: found["remote_publishers"] == 1)
    joined(one, "t", pub)
    assert received(sub, 1) == [b"first"]
    assert stranger.until(lambda status: True)["peers"] == 0


def spaces():
    """Returns: why network namespaces cannot be made here, or None."""
    if not shutil.which("ip") or os.geteuid() != 0:
        return "network namespaces need root and ip(8)"
    name = f"kmprobe{os.getpid()}"
    done = subprocess.run(["ip", "netns", "add", name], capture_output=True, text=True, check=False)
    if done.returncode == 0:
        subprocess.run(["ip", "netns", "del", name], check=False)
        return None
    return f"no network namespace can be made: {done.stderr.strip()}"


def test_over_a_network_between_two_namespaces(net, request):
    reason = spaces()
    if reason:
        pytest.skip(reason)
    names = [f"kmt{os.getpid()}{side}" for side in "ab"]
    request.addfinalizer(lambda: [subprocess.run(["ip", "netns", "del", name], check=False) for name in names])
    commands = [f"ip netns add {name}" for name in names]
    commands.append(f"ip link add va{os.getpid()} netns {names[0]} type veth peer name vb{os.getpid()} netns {names[1]}")
    for side, name in zip("ab", names, strict=True):
        commands.append(f"ip -n {name} addr add 10.9.9.{'ab'.index(side) + 1}/24 dev v{side}{os.getpid()}")
        commands += [f"ip -n {name} link set v{side}{os.getpid()} up", f"ip -n {name} link set lo up"]
    for command in commands:
        done = subprocess.run(command.split(), capture_output=True, text=True, check=False)
        if done.returncode != 0:
            pytest.skip(f"{command}: {done.stderr.strip()}")
    inside = [["ip", "netns", "exec", name] for name in names]
    one = net.bridge("a", "--topics", "t", "--listen", "tcp/10.9.9.1:7447", before=inside[0])
    other = net.bridge("b", "--topics", "t", "--connect", "tcp/10.9.9.1:7447", before=inside[1])
    pub, sub = net.node("a").advertise("t"), net.node("b").subscribe_or_create("t")
    other.until_topic("t", lambda found: found["remote_publishers"] == 1)
    joined(one, "t", pub)
    assert received(sub, 1) == [b"first"]


def test_a_client_that_waits_for_its_router_ends_by_a_signal(net):
    command = [sys.executable, "-m", "kickmsg.bridge", "--topics", "t", "--mode", "client", "--connect", net.endpoint("none")]
    with subprocess.Popen([*command, "--prefix", net.prefix], stdout=subprocess.PIPE, text=True) as process:
        wait_until(lambda: "zenoh.abi3" in Path(f"/proc/{process.pid}/maps").read_text(encoding="utf-8"))
        time.sleep(0.3)
        process.terminate()
        assert process.wait(30) == 0 and process.stdout.read() == ""


def test_the_command_says_what_is_wrong():
    for arguments in ([], ["--topics", "a**"], ["--config", "/none.toml"], ["--topics", "t", "--queue", "0"]):
        done = subprocess.run([sys.executable, "-m", "kickmsg.bridge", *arguments], capture_output=True, text=True, check=False)
        assert done.returncode == 2 and "kickmsg-bridge: error:" in done.stderr
