"""Records a topic to a file of MCAP, reads it back, and draws what was measured.

python record_and_plot.py [PICTURE]"""

import math
import os
import sys
import tempfile
from pathlib import Path

import kickmsg
import matplotlib
from kickmsg.recording import Recorder, info
from mcap.reader import make_reader

matplotlib.use("Agg")  # a picture in a file needs no screen
from matplotlib import pyplot

PREFIX = os.environ.get("KICKMSG_TEST_PREFIX", "example")
CONFIG = kickmsg.Config(max_payload_size=8, send_time=True)


def record(node: kickmsg.Node, path: Path) -> None:
    with node.advertise("height", float, config=CONFIG) as pub, Recorder(node, ["*"], path) as recorder:
        for number in range(200):
            pub.send(math.sin(number / 20))
            recorder.record(0)
    node.unlink_topic("height")


def read(path: Path) -> tuple[list[float], list[float]]:
    """Returns: seconds since the first message, and the values."""
    codec, times, values = kickmsg.codec_of(float), [], []
    with open(path, "rb") as file:
        for schema, _channel, message in make_reader(file).iter_messages(topics=["height"]):
            assert schema is not None and schema.name == "float64"
            times.append(message.publish_time)
            values.append(codec.decode(message.data))
    return [(time - times[0]) / 1e9 for time in times], values


def draw(times: list[float], values: list[float], path: Path) -> None:
    figure, axes = pyplot.subplots()
    axes.plot(times, values)
    axes.set(xlabel="seconds", ylabel="height")
    figure.savefig(path)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "run.mcap"
        picture = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(folder) / "height.png"
        record(kickmsg.Node("plotter", PREFIX), path)
        found = info(path)["topics"]["height"]
        print(f"{found['messages']} messages of {found['schemas'][0]}, {found['lost']} lost")
        times, values = read(path)
        print(f"from {min(values):.2f} to {max(values):.2f}, times rise: {times == sorted(times) and times[-1] > 0}")
        draw(times, values, picture)
        print(f"a picture: {picture.read_bytes()[1:4].decode()}")


if __name__ == "__main__":
    main()
