"""Which figures the page has, in which section; each is drawn where its rows were measured."""

import base64

import ab_forest
import counted_costs
import isolation
import load_curve
import loader
import payload_sweep
import peer_ratios
import recovery_times
import reliable_flows
import rtt_ccdf
import rtt_percentiles
import side_by_side
import style
import subscriber_cost
import throughput
import verification
import wait_set
import wake_idle


def peers(bench):
    """(section, name, alternative text, how to draw it) ... of the closed loop."""
    yield "peers", "peer_ratios", "One way at 64 bytes as a multiple of the floor, each peer, by class.", lambda: peer_ratios.draw(bench)
    for name in loader.CLASSES:
        words = style.CLASS_WORDS[name]
        yield (
            "peers",
            f"rtt_ccdf_{name}",
            f"Share of round trips longer than a time at 64 bytes: {words}, beside the floor.",
            lambda name=name: rtt_ccdf.draw(bench, name),
        )
        yield (
            "peers",
            f"peer_sweep_{name}",
            f"Median one way by payload, ours and peers: {words}.",
            lambda name=name: payload_sweep.draw_peers(bench, name),
        )


def ours(bench):
    for mode in ("spin", "block"):
        for receive in ("copy", "view"):
            words = f"{style.MODE_WORDS[mode]}, {style.RECEIVE_WORDS[receive]}, beside the floor."
            for kind, draw, told in (
                ("payload_sweep", payload_sweep.draw, "Median one way by payload"),
                ("rtt_percentiles", rtt_percentiles.draw, "Round trip by percentile at 64 bytes"),
            ):
                yield mode, f"{kind}_{mode}_{receive}", f"{told}: {words}", lambda draw=draw, r=receive, m=mode: draw(bench, r, m)


def families(bench):
    for size in throughput.sizes(bench):
        yield (
            "load",
            f"throughput_{size}",
            f"Messages delivered and lost by publishers and subscribers, {style.format_size(size)}.",
            lambda size=size: throughput.draw(bench, size),
        )
    yield (
        "load",
        "throughput_reliable",
        "Messages delivered without loss, by payload and subscribers.",
        lambda: throughput.draw_reliable(bench),
    )
    for count in reliable_flows.subscribers(bench):
        yield (
            "load",
            f"reliable_flows_{count}",
            f"Messages delivered without loss by payload, ours and peers, subscribers: {count}.",
            lambda count=count: reliable_flows.draw(bench, count),
        )
    for receive in ("copy", "view"):
        yield (
            "load",
            f"load_curve_{receive}",
            f"Delay by load, corrected and not, {style.RECEIVE_WORDS[receive]}.",
            lambda receive=receive: load_curve.draw(bench, receive),
        )
    yield "load", "wake_idle", "Time until a sleeper answers by idle time, beside the bare futex.", lambda: wake_idle.draw(bench)
    yield "load", "wait_set", "Time until a waiter for many topics answers, ours and peers.", lambda: wait_set.draw(bench)
    yield "load", "isolation", "Round trip beside stopped subscribers.", lambda: isolation.draw(bench)
    yield "load", "isolation_dry", "Round trip beside stopped subscribers that hold a pool empty.", lambda: isolation.draw(bench, "dry")
    yield "load", "subscriber_cost", "Cost of each further subscriber in locked operations.", lambda: subscriber_cost.draw(bench)
    yield "load", "bystanders", "Cost of rings, slots and publishers that take no part.", lambda: subscriber_cost.draw_bystanders(bench)


def others(benches, documents, checked):
    """`documents`: budgets, compare and times, each None where it is missing; `checked`: verification.counts()."""
    yield (
        "machines",
        "machines",
        "Our one way at 64 bytes on each machine, as a multiple of its own floor.",
        lambda: side_by_side.draw(benches),
    )
    yield "budgets", "budgets", "Atomic operations of each operation.", lambda: counted_costs.draw(documents.get("budgets"))
    yield "compare", "ab_forest", "Slowdown of one build against another, with its A/A.", lambda: ab_forest.draw(documents.get("compare"))
    for name, (draw, alt) in recovery_times.CHARTS.items():
        yield "costs", name, alt, lambda draw=draw: draw(documents["times"]) if documents.get("times") is not None else None
    yield (
        "checked",
        "verification",
        "What was checked: executions, mutants, kills, stress and fuzzing.",
        lambda: verification.draw(checked, style.footnote(benches[0])),
    )


def draw_all(benches, documents, checked, folder):
    """Writes every figure there is as SVG and PNG. Returns: {section: [{'name', 'alt', 'data'}, ...]}."""
    folder.mkdir(parents=True, exist_ok=True)
    drawn = {}
    for part in (peers(benches[0]), ours(benches[0]), families(benches[0]), others(benches, documents, checked)):
        for section, name, alt, draw in part:
            fig = draw()
            if fig is not None:
                svg = style.save(fig, folder, name)
                drawn.setdefault(section, []).append({"name": name, "alt": alt, "data": base64.b64encode(svg.encode()).decode()})
    return drawn
