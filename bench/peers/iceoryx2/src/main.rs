//! One end of a measurement of iceoryx2, as the driver (kickmsg_bench) asks for it.
//!
//! Standard input is a socket to the other end, both ways: the same letters as between the C++ peers; or, of a reliable flow, to
//! the driver. Standard output is the report: the lines that tell_report() writes. The loops, the clock, the histogram's buckets and the payload
//! code are those of the driver; the payload code is even the same object file.

mod board;
mod common;
mod flow;
mod memory;
mod rtt;
mod service;
mod wake;

use std::time::Duration;

use common::{config, reported, Arguments, Outcome};
use iceoryx2::prelude::*;

/// Removes what ends left that were killed.
fn clean(tag: &str) -> Outcome<()> {
    let node = NodeBuilder::new().config(&config(tag)?).create::<ipc::Service>()?;
    node.blocking_cleanup_dead_nodes(Duration::from_secs(1));
    drop(node);
    // a segment of the library's own stays for the next node with this prefix; there is none
    let own = format!("{tag}_");
    for entry in std::fs::read_dir("/dev/shm")?.flatten() {
        if entry.file_name().to_string_lossy().starts_with(&own) {
            std::fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

fn main() -> Outcome<()> {
    set_log_level(LogLevel::Error);
    let words: Vec<String> = std::env::args().collect();
    if words.len() == 3 && words[1] == "clean" {
        return clean(&words[2]);
    }
    let end = words.get(1).ok_or("started by kickmsg_bench: END KEY=VALUE..., or: clean TAG")?.as_str();
    let asked = Arguments::new(&words[2..])?;
    match end {
        "ping" | "pong" => reported(end, |report| rtt::run(end == "ping", &asked, report)),
        "wake-ping" => reported(end, |report| wake::run_ping(&asked, report)),
        "wake-pong" => reported(end, |report| wake::run_pong(&asked, report)),
        "service-ping" => reported(end, |report| service::run_ping(&asked, report)),
        "service-pong" => reported(end, |report| service::run_pong(&asked, report)),
        "board" => reported(end, |report| board::run(&asked, report)),
        "flow-publish" => flow::publish(&asked),
        "flow-subscribe" => flow::subscribe(&asked),
        _ => Err(format!("'{end}' is no end").into()),
    }
}
