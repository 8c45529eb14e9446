"""What a Config is made of, where one is written down to be made again: by a recording, and by a bridge."""

CONFIG_SIZES = (
    "max_subscribers",
    "sub_ring_capacity",
    "pool_size",
    "max_payload_size",
    "max_publishers",
    "payload_alignment",
    "max_views",
    "history",
)
"""The names of its numbers. A bridge sends them in this order."""
