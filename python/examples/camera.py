"""Images of 1080p as NumPy arrays: the camera draws into shared memory, the viewer reads there. Nothing is copied on the way."""

import multiprocessing
import os

import kickmsg
import numpy

SHAPE, FRAMES = (1080, 1920, 3), 5
PREFIX = os.environ.get("KICKMSG_TEST_PREFIX", "example")
CONFIG = kickmsg.Config(max_payload_size=1080 * 1920 * 3, pool_size=16, max_publishers=1, max_subscribers=2)


def camera(node: kickmsg.Node) -> None:
    with node.advertise("camera", config=CONFIG) as pub:
        node.wait_for_subscriber("camera")
        for number in range(FRAMES):
            with pub.loan(CONFIG.max_payload_size) as loan:
                image = loan.array(numpy.uint8, SHAPE)
                image[:] = number
                del image  # from here on others may read it
                loan.publish()
        pub.flush_until()


def main() -> None:
    node = kickmsg.Node("viewer", PREFIX)
    sub = node.subscribe_or_create("camera", config=CONFIG)
    process = multiprocessing.get_context("spawn").Process(target=camera, args=(kickmsg.Node("camera", PREFIX),))
    process.start()
    for _ in range(FRAMES):
        view = sub.receive_view()
        assert view is not None
        with view:
            image = view.array(numpy.uint8, SHAPE)
            print(f"frame {view.info.sequence}: {image.shape[1]} x {image.shape[0]}, mean {image.mean():.1f}")
            del image
    process.join()
    sub.close()
    node.unlink_topic("camera")


if __name__ == "__main__":
    main()
