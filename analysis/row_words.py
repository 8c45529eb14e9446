"""What a row measures, in words: `op/send_receive/size:64/receive:copy` -> 'a send and a receive, one thread, 64 B, copied'."""

import loader
import style

# What a row is called by its family and subject, before the words of its parameters; those named here take the row's parameters in.
SUBJECTS = {
    "floor/clock": "floor: a reading of the clock",
    "floor/rmw": "floor: one uncontended locked operation",
    "floor/rmw_after_store": "floor: a locked operation after stores to other lines",
    "floor/hiccup": "floor: interruptions of a process that only reads the clock",
    "floor/line": "floor: one cache line to and fro, polled",
    "floor/payload": "floor: bare shared memory, polling",
    "floor/futex": "floor: a bare futex, sleeping",
    "floor/memcpy": "floor: one memcpy, warm",
    "floor/touch": "floor: a payload written and read without a library",
    "floor/wake": "floor: a bare futex wakes a sleeper",
    "op/send_receive": "a send and a receive, one thread",
    "op/loan_receive": "a loan, a publish and a receive, one thread",
    "op/publish_receive": "a send and the receives of all subscribers, one thread",
    "op/publish_evict": "a send into a full ring: the oldest message is given up",
    "op/view_take_drop": "taking a view of a message and dropping it",
    "op/blackboard_read": "reading a value of a blackboard, every byte of it",
    "op/blackboard_write": "writing a value of a blackboard that nobody waits for",
    "op/join_leave": "a subscriber joins and leaves",
    "op/recover_clean": "a recovery that finds nobody dead",
    "rtt": "round trip",
    "rtt/service": "request and response, polling, in place",
    "open": "one way on a schedule",
    "tput": "full speed",
    "tput/reliable": "nothing lost: the publisher waits for room",
    "wake": "a sleeper is woken",
    "wake/set": "one wait for many topics",
    "wake/epoll": "one wait for many topics, by a descriptor in an epoll",
    "slow": "round trip, polling, in place, beside others",
    "setup/create": "creating a region",
    "setup/unlink": "removing a region's name",
    "setup/destroy": "the last holder lets go of a region",
    "setup/open": "opening a region",
    "setup/create_or_open_existing": "creating or opening a region that is there",
    "setup/publisher": "making a publisher",
    "setup/publisher_leaves": "a publisher leaves",
    "setup/subscriber": "making a subscriber",
    "setup/subscriber_leaves": "a subscriber leaves",
    "setup/node_advertise": "a node advertises a topic",
    "setup/node_subscribe": "a node subscribes to a topic",
    "scale": "a send and a receive beside what takes no part",
    "batch/burst": "an experiment: many messages to a sleeper",
    "batch/stream": "an experiment: full speed to a receiver that sleeps",
    "batch/drain": "an experiment: many sends, then as many receives",
    "batch/empty_receive": "an experiment: a receive that finds nothing",
    "batch/empty_publish": "an experiment: a publish with nothing to do",
    "crash/recover": "a recovery after a death",
    "crash/delay": "the next delivery beside a death",
}

OWNERS = {
    "none": "nothing beside",
    "never": "never used",
    "left": "their owners left",
    "recovered": "their owners died and were recovered",
    "killed": "their owners were killed and nobody recovered them",
}
VICTIMS = {
    "none": "nobody dies",
    "finished": "the other one has ended",
    "killed": "the other one is killed",
    "stopped": "the other one is stopped",
}


def counted(what, plural=None):
    """'1 subscriber', '8 subscribers', and their likes."""
    return lambda count: f"{count} {what if count == '1' else plural or what + 's'}"


PARAMETERS = {
    "size": lambda size: style.format_size(int(size)),
    "receive": {**style.RECEIVE_WORDS, "info": "told where it comes from"}.__getitem__,
    "mode": style.MODE_WORDS.__getitem__,
    "payload": {"touch": "every byte", "handoff": "first word only"}.__getitem__,
    "send_time": {"on": "with send times"}.__getitem__,
    "history": lambda messages: f"history of {messages}",
    "api": {"c": "through the interface for C"}.__getitem__,
    "rings": counted("subscriber"),
    "ring": lambda places: f"ring of {places} messages",
    "pool": lambda slots: "a pool smaller than a ring" if slots == "dry" else f"pool of {int(slots):,} slots",
    "load": lambda share: f"{share} % of the most it carries",
    "publishers": counted("publisher"),
    "subscribers": counted("subscriber"),
    "idle_us": lambda time: f"after {style.format_ns(1000 * int(time))}",
    "sleepers": counted("sleeper"),
    "topics": counted("topic"),
    "stopped": counted("stopped subscriber"),
    "other_rings": counted("other ring"),
    "owners": OWNERS.__getitem__,
    "burst": counted("message"),
    "stream": counted("message"),
    "drain": counted("message"),
    "wait": {"polling": "polling", "sleeping": "sleeping"}.__getitem__,
    "victim": VICTIMS.__getitem__,
    "traffic": {"on": "under traffic", "off": "without traffic"}.__getitem__,
}


def of_batch(row):
    """`batch/burst:16/ring:each`: the subject stands in a key, and `ring` is when the bell rings."""
    kind = next((key for key in row.parameters if key in ("burst", "stream", "drain")), None)
    subject = SUBJECTS[f"batch/{kind or row.subject}"]
    rings = {"each": "woken by each", "last": "woken by the last"}
    return [subject, *(rings[value] if key == "ring" else PARAMETERS[key](value) for key, value in row.parameters.items())]


def parts_of(row, versions):
    if row.family == "batch":
        return of_batch(row)
    subject = SUBJECTS["/".join(part for part in (row.family, row.subject) if part)]
    parameters = dict(row.parameters)
    peer = parameters.pop("peer", None)
    named = [] if peer is None else [versions.get(peer, peer)]
    return [*named, subject, *(PARAMETERS[key](value) for key, value in parameters.items())]


def words(name, versions=None):
    """The row in words; its name where nothing is known of it. `versions`: what each peer is called (loader.Bench.labels())."""
    try:
        return ", ".join(parts_of(loader.Row(name, {}), versions or {}))
    except (KeyError, ValueError):
        return name
