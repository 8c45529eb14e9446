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

# The signatures that hypervisors give themselves (CPUID leaf 0x40000000).
HYPERVISORS = {
    "KVMKVMKVM": "KVM guest",
    "Microsoft Hv": "Hyper-V guest",
    "VMwareVMware": "VMware guest",
    "XenVMMXenVMM": "Xen guest",
    "none": "no hypervisor",
}


def virtualisation(known):
    """In words; a signature that is not known as it is."""
    told = known.get("virtualisation")
    return HYPERVISORS.get(told, told)


def lines(context):
    """[(what, value), ...] of the machine and the run, without what is not known."""
    known = context.get("machine", {})
    told = [("commit", context.get("commit")), ("date", context.get("date")), ("mode", context.get("mode")), ("seed", context.get("seed"))]
    told += [
        (words, ", ".join(value) if isinstance(value, list) else value)
        for key, words in FIELDS
        for value in (virtualisation(known) if key == "virtualisation" else known.get(key),)
    ]
    return [(words, str(value)) for words, value in told if value not in (None, "")]
