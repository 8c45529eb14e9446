//! A reliable flow: one publisher at full speed that waits for room, and subscribers that read everything. The driver's flow.h.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use iceoryx2::prelude::*;

use crate::common::*;
use crate::memory::Inherited;

const QUEUE: usize = 64;
const MOST_SUBSCRIBERS: usize = 8;

#[repr(C, align(128))]
struct Word {
    value: AtomicU32,
}

#[repr(C, align(128))]
struct Account {
    sent: AtomicU64,
    received: AtomicU64,
    in_time: AtomicU64,
    wrong: AtomicU64,
}

/// FlowShared of the driver.
#[repr(C)]
struct Shared {
    phase: Word,
    ended: Word,
    publisher: Account,
    subscribers: [Account; MOST_SUBSCRIBERS],
}

impl Shared {
    fn wait_for_start(&self, oversubscribed: bool) {
        while self.phase.value.load(Ordering::Acquire) == 0 {
            if oversubscribed {
                std::thread::sleep(Duration::from_micros(100));
            }
        }
    }
}

fn service(node: &Node<ipc::Service>, asked: &Arguments) -> Outcome<Topic> {
    topic(node, &format!("{}/flow", asked.text("tag")?), asked.number("subscribers")?, QUEUE, false)
}

pub fn publish(asked: &Arguments) -> Outcome<()> {
    let size: usize = asked.number("size")?;
    let subscribers: usize = asked.number("subscribers")?;
    let shared = Inherited::<Shared>::new(asked.number("memory")?)?;
    let shared = shared.get();
    let mut driver = Other::new()?;
    let node = NodeBuilder::new().config(&config(asked.text("tag")?)?).create::<ipc::Service>()?;
    driver.hear(b'c')?;
    let publisher = service(&node, asked)?
        .publisher_builder()
        .initial_max_slice_len(size / 8)
        .backpressure_strategy(BackpressureStrategy::RetryUntilDelivered)
        .create()?;
    driver.tell(b'o')?;
    shared.wait_for_start(asked.oversubscribed()?);
    let mut sent = 0;
    let mut wrong = 0;
    while shared.phase.value.load(Ordering::Acquire) == 1 && wrong == 0 {
        let mut sample = publisher.loan_slice_uninit(size / 8)?;
        // SAFETY: the slice has `size` bytes of plain integers
        let sample = unsafe {
            write(sample.payload_mut().as_mut_ptr().cast(), size, sent);
            sample.assume_init()
        };
        wrong += u64::from(sample.send()? != subscribers);
        sent += 1;
    }
    shared.publisher.sent.store(sent, Ordering::Relaxed);
    shared.publisher.wrong.store(wrong, Ordering::Relaxed);
    shared.ended.value.store(1, Ordering::Release);
    driver.hear(b'q') // what is not read yet is read before the port closes
}

pub fn subscribe(asked: &Arguments) -> Outcome<()> {
    let size: usize = asked.number("size")?;
    let index: usize = asked.number("index")?;
    let spare = asked.oversubscribed()?;
    let shared = Inherited::<Shared>::new(asked.number("memory")?)?;
    let shared = shared.get();
    let mut driver = Other::new()?;
    let node = NodeBuilder::new().config(&config(asked.text("tag")?)?).create::<ipc::Service>()?;
    driver.hear(b'c')?;
    let subscriber = service(&node, asked)?.subscriber_builder().buffer_size(QUEUE).create()?;
    driver.tell(b'o')?;
    shared.wait_for_start(spare);
    let (mut received, mut in_time, mut wrong) = (0, 0, 0);
    let mut last = false;
    loop {
        if let Some(sample) = subscriber.receive()? {
            wrong += u64::from(judge(sample.payload(), size, size, received) != Got::Message);
            received += 1;
            in_time += u64::from(shared.phase.value.load(Ordering::Relaxed) == 1);
        } else if last {
            break;
        } else {
            // all that was sent is in the queue when the publisher has said so: one more look suffices
            last = shared.ended.value.load(Ordering::Acquire) == 1;
            if spare && !last {
                std::thread::yield_now();
            }
        }
    }
    let own = &shared.subscribers[index];
    own.received.store(received, Ordering::Relaxed);
    own.in_time.store(in_time, Ordering::Relaxed);
    own.wrong.store(wrong, Ordering::Release);
    Ok(())
}
