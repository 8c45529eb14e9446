"""asyncio: one descriptor for each loop, whatever the number of topics."""

import asyncio
import os
import threading

import kickmsg
import pytest
from kickmsg import _aio


def topics(node, count):
    return [(node.advertise(f"t{number}", int), node.subscribe(f"t{number}", int)) for number in range(count)]


async def take(sub, count):
    found = []
    async for message in sub:
        found.append(message.value)
        if len(found) == count:
            return found
    return found


def test_messages_of_three_topics_arrive(node):
    async def main():
        ends = topics(node, 3)
        tasks = [asyncio.create_task(take(sub, 50)) for _pub, sub in ends]
        for number in range(50):
            for pub, _sub in ends:
                pub.send(number)
            if number % 7 == 0:
                await asyncio.sleep(0.001)
        assert threading.active_count() == 1
        return await asyncio.wait_for(asyncio.gather(*tasks), 30)

    assert asyncio.run(main()) == [list(range(50))] * 3


def test_a_topic_that_nobody_reads_does_not_keep_the_loop_busy(node):
    async def main():
        pub, sub = topics(node, 1)[0]
        task = asyncio.create_task(take(sub, 1))
        await asyncio.sleep(0.01)
        pub.send(1)
        assert await task == [1]
        pub.send(2)
        hub, looks = sub._hub, []
        look = hub.look
        hub.look = lambda: looks.append(1) or look()
        await asyncio.sleep(0.3)
        assert len(looks) <= 10 and not hub.members
        assert await asyncio.wait_for(take(sub, 1), 10) == [2]
        later = asyncio.create_task(take(sub, 1))
        await asyncio.sleep(0.05)
        pub.send(3)
        assert await asyncio.wait_for(later, 10) == [3]

    asyncio.run(main())


def test_other_tasks_have_their_turn_beside_a_flood(node):
    async def main():
        pub, sub = node.advertise("t", int), node.subscribe("t", int)
        turns = 0

        async def other():
            nonlocal turns
            while True:
                turns += 1
                await asyncio.sleep(0)

        task = asyncio.create_task(other())
        for number in range(64 * 40):
            pub.send(number)
            if number % 32 == 31:
                await take(sub, 32)
        before, iterator = turns, aiter(sub)
        for number in range(1000):
            pub.send(number)
            assert (await anext(iterator)).value == number
        assert turns - before >= 10
        task.cancel()

    asyncio.run(main())


@pytest.mark.parametrize("act", ["close", "interrupt", "interrupt from a thread", "close from a thread"])
def test_a_loop_over_messages_ends(node, act):
    async def main():
        _pub, sub = topics(node, 1)[0]
        task = asyncio.create_task(take(sub, 1))
        await asyncio.sleep(0.01)
        end = sub.close if act.startswith("close") else sub.interrupt
        if act.endswith("thread"):
            await asyncio.to_thread(end)
        else:
            end()
        assert await asyncio.wait_for(task, 10) == []

    asyncio.run(main())


def test_a_task_that_is_cancelled_loses_no_message(node):
    async def main():
        pub, sub = topics(node, 1)[0]
        assert await sub.receive_async(0.01) is None
        task = asyncio.create_task(take(sub, 1))
        await asyncio.sleep(0.01)
        pub.send(1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert (await sub.receive_async(10)).value == 1

    asyncio.run(main())


def test_a_subscriber_goes_from_loop_to_loop(node):
    pub, sub = topics(node, 1)[0]
    for number in range(3):
        pub.send(number)
        pub.send(number)
        assert asyncio.run(take(sub, 2)) == [number] * 2

        async def wait():
            task = asyncio.create_task(take(sub, 1))
            await asyncio.sleep(0.01)
            pub.send(7)
            return await asyncio.wait_for(task, 10)

        assert asyncio.run(wait()) == [7]


def test_the_loop_forgets_a_descriptor_before_it_is_closed(node):
    """Else another one that gets its number is never heard of."""

    async def main():
        loop = asyncio.get_running_loop()
        pub, sub = topics(node, 1)[0]
        assert await sub.receive_async(0.01) is None
        descriptor = sub._hub.descriptor
        sub.close()
        assert loop not in _aio._hubs
        read, write = os.pipe()
        os.dup2(read, descriptor)
        heard = asyncio.Event()
        loop.add_reader(descriptor, heard.set)
        os.write(write, b"x")
        await asyncio.wait_for(heard.wait(), 10)
        loop.remove_reader(descriptor)
        for number in {read, write, descriptor}:
            os.close(number)
        assert not pub.closed

    asyncio.run(main())


def test_many_calls_at_once(node):
    async def serve(server):
        async for request in server:
            request.answer(request.value * 2)

    async def ask(client, number):
        with await client.call_async(number, 20) as response:
            return response.value

    async def main():
        server, client = node.serve("twice", int, int), node.client("twice", int, int)
        task = asyncio.create_task(serve(server))
        assert await asyncio.gather(*(ask(client, number) for number in range(20))) == [2 * number for number in range(20)]
        server.close()
        await asyncio.wait_for(task, 10)
        with pytest.raises(kickmsg.CallError) as found:
            await client.call_async(1, 5)
        assert found.value.status is kickmsg.CallStatus.NO_SERVER

    asyncio.run(main())


def test_a_call_that_nobody_answers_ends_in_time(node):
    async def main():
        server, client = node.serve("s"), node.client("s")
        with pytest.raises(kickmsg.CallError, match="in time") as found:
            await client.call_async(b"?", 0.05)
        assert found.value.status is kickmsg.CallStatus.TIMED_OUT and server.try_receive() is None

    asyncio.run(main())
