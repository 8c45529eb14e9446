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


async def show(name: str, sub: kickmsg.Subscriber) -> None:
    left = COUNT
    async for message in sub:
        print(f"{name}: {message.value}", flush=True)
        left -= 1
        if left == 0:
            return


async def main() -> None:
    node = kickmsg.Node("robot", PREFIX)
    kinds = {"temperature": float, "pose": Pose, "text": None}
    pubs = {name: node.advertise(name, kind) for name, kind in kinds.items()}
    subs = {name: node.subscribe(name, kind) for name, kind in kinds.items()}
    tasks = [asyncio.create_task(show(name, sub)) for name, sub in subs.items()]
    for number in range(COUNT):
        pubs["temperature"].send(20 + number / 2)
        pubs["pose"].send(Pose(number, -number))
        pubs["text"].send(f"hello {number}".encode())
        await asyncio.sleep(0.01)
    await asyncio.gather(*tasks)
    for end in (*pubs.values(), *subs.values()):
        end.close()
    for name in kinds:
        node.unlink_topic(name)
    print("done")


asyncio.run(main())
