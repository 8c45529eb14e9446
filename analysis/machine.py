"""The fingerprint of a run as lines for a table."""

FIELDS = (
    ("cpu", "CPU"),
    ("processors", "processors"),
    ("placement", "placement"),
    ("caches", "caches"),
    ("architecture", "architecture"),
    ("kernel", "kernel"),
    ("virtualisation", "virtualisation"),
    ("governor", "frequency governor"),
    ("compiler", "compiler"),
    ("build_type", "build type"),
    ("flags", "flags"),
    ("clock", "clock"),
)


def lines(context):
    """[(what, value), ...] of the machine and the run, without what is not known."""
    known = context.get("machine", {})
    told = [("commit", context.get("commit")), ("date", context.get("date")), ("mode", context.get("mode")),
            ("seed", context.get("seed"))]
    told += [(words, ", ".join(value) if isinstance(value, list) else value)
             for key, words in FIELDS for value in (known.get(key),)]
    return [(words, str(value)) for words, value in told if value not in (None, "")]
