//! A value of a blackboard, written and read on one thread: the loop of kickmsg_board.cc.

use std::hint::black_box;

use iceoryx2::prelude::*;

use crate::common::*;

const WORDS: usize = 8;
const BATCH: u64 = 1000;

type Value = [u64; WORDS];

/// Batches, timed as a whole, until the time is over.
fn run_batches(asked: &Arguments, report: &mut Report, mut step: impl FnMut() -> bool) -> Outcome<()> {
    let clock = asked.clock()?;
    let seconds: f64 = asked.number("seconds")?;
    let mut right = true;
    for _ in 0..BATCH {
        right = step() && right;
    }
    let start = clock.ticks();
    let end = start + clock.of_seconds(seconds);
    let mut last = start;
    while last < end && right {
        for _ in 0..BATCH {
            right = step() && right;
        }
        report.sent += BATCH;
        last = clock.ticks();
    }
    report.seconds = (last - start) as f64 * clock.ns_per_tick / 1e9;
    report.delivered = report.sent;
    if !right {
        report.error = "a value was missing or damaged".to_string();
    }
    Ok(())
}

pub fn run(asked: &Arguments, report: &mut Report) -> Outcome<()> {
    let tag = asked.text("tag")?;
    let writes = asked.text("act")? == "write";
    let size = std::mem::size_of::<Value>();
    let mut value: Value = [0; WORDS];
    // SAFETY: the array has `size` bytes of plain integers
    unsafe { write(value.as_mut_ptr().cast(), size, 1) };
    let node = NodeBuilder::new().config(&config(tag)?).create::<ipc::Service>()?;
    let board = node
        .service_builder(&format!("{tag}/board").as_str().try_into()?)
        .blackboard_creator::<u64>()
        .add::<Value>(1, value)
        .create()?;
    let writer = board.writer_builder().create()?;
    let reader = board.reader_builder().create()?;
    let written = writer.entry::<Value>(&1)?;
    let read = reader.entry::<Value>(&1)?;
    if writes {
        run_batches(asked, report, || {
            written.update_with_copy(*black_box(&value));
            true
        })?;
    } else {
        run_batches(asked, report, || judge(&*read.get(), size, size, 1) == Got::Message)?;
    }
    report.look_for_shared_memory(size)
}
