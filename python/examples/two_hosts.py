"""Two bridges, as they would run on two hosts; here they are in one process, and differ by their prefix.

On two hosts: kickmsg-bridge --topics 'pose' --listen tcp/0.0.0.0:7447, and kickmsg-bridge --topics 'pose' --connect tcp/HOST:7447."""

import os
import tempfile

import kickmsg
from kickmsg.bridge import Bridge, Settings

SECONDS = 30


def main():
    prefix = f"example_{os.getpid()}"
    with tempfile.TemporaryDirectory() as folder:
        endpoint = f"unixsock-stream/{folder}/link"
        robot, desk = kickmsg.Node("robot", f"{prefix}_robot"), kickmsg.Node("desk", f"{prefix}_desk")
        there = Bridge(Settings(topics=["pose"], prefix=robot.prefix, listen=[endpoint], scan=0.05))
        here = Bridge(Settings(topics=["pose"], prefix=desk.prefix, connect=[endpoint], scan=0.05))
        with there.start(), here.start(), desk.subscribe_or_create("pose", float) as sub, robot.advertise("pose", float) as pub:
            message, number = None, 0.0
            while message is None:  # until the bridges have found the topic, and each other
                pub.send(number)
                number += 1
                message = sub.receive(0.1)
            print("the first that came across is a", type(message.value).__name__)
            pub.send(-1.5)
            while message.value != -1.5:
                message = sub.receive(SECONDS)
            print(f"then {message.value}")
        for node in (robot, desk):
            kickmsg.prune(node.topic_region("pose"))


if __name__ == "__main__":
    main()
