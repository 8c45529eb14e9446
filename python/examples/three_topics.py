"""Three topics of three types on one event loop, without a thread for each."""

import asyncio
import dataclasses
import os

import kickmsg

PREFIX = os.environ.get("KICKMSG_TEST_PREFIX", "example")
COUNT = 3


@dataclasses.dataclass
class Pose:
    x: float
    y: float


async def last_of(sub: kickmsg.Subscriber) -> object:
    left = COUNT
    async for message in sub:
        left -= 1
        if left == 0:
            return message.value
    return None


async def main() -> None:
    node = kickmsg.Node("robot", PREFIX)
    kinds = {"temperature": float, "pose": Pose, "text": None}
    pubs = {name: node.advertise(name, kind) for name, kind in kinds.items()}
    subs = {name: node.subscribe(name, kind) for name, kind in kinds.items()}
    tasks = [asyncio.create_task(last_of(sub)) for sub in subs.values()]
    for number in range(COUNT):
        pubs["temperature"].send(20 + number / 2)
        pubs["pose"].send(Pose(number, -number))
        pubs["text"].send(f"hello {number}".encode())
        await asyncio.sleep(0.01)
    for name, value in zip(kinds, await asyncio.gather(*tasks), strict=True):
        print(f"{name}: {value}")
    for end in (*pubs.values(), *subs.values()):
        end.close()
    for name in kinds:
        node.unlink_topic(name)
    print("done")


asyncio.run(main())
