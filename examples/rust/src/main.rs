//! A topic between two processes, in Rust: readings that are written and read in place.
//!
//! Without an argument it starts itself once more, as the sensor.
mod kickmsg;

use kickmsg::{Error, Node, FOREVER};
use std::process::Command;

const TOPIC: &str = "rust_temperature";
const READINGS: u32 = 3;

fn prefix() -> String {
    std::env::var("KICKMSG_TEST_PREFIX").unwrap_or_else(|_| "kickmsg_example".to_string())
}

fn sensor() -> Result<(), Error> {
    let node = Node::new("sensor", &prefix())?;
    let mut publisher = node.advertise_or_join(TOPIC)?;
    for number in 0..READINGS {
        let celsius = 20.0 + 0.5 * f64::from(number);
        let mut loan = publisher.loan(12)?;
        loan.bytes()[..4].copy_from_slice(&number.to_ne_bytes());
        loan.bytes()[4..].copy_from_slice(&celsius.to_ne_bytes());
        assert_eq!(loan.publish()?, 1, "the logger came first");
    }
    drop(publisher.loan(12)?); // given back: nothing is delivered
    publisher.send(b"end")
}

fn logger() -> Result<(), Box<dyn std::error::Error>> {
    let node = Node::new("logger", &prefix())?;
    let mut subscriber = node.subscribe_or_create(TOPIC)?;
    let mut sensor = Command::new(std::env::current_exe()?).arg("sensor").spawn()?;
    loop {
        let view = subscriber.receive(FOREVER)?;
        let bytes = view.bytes();
        if bytes == b"end" {
            println!("end: message {}", view.sequence()?);
            break;
        }
        let number = u32::from_ne_bytes(bytes[..4].try_into()?);
        let celsius = f64::from_ne_bytes(bytes[4..].try_into()?);
        println!("reading {number}: {celsius:.1} degrees");
    }
    let ended = sensor.wait()?;
    node.unlink_topic(TOPIC)?;
    let refused = node.advertise_or_join("").err().expect("a topic has a name");
    println!("refused: {refused}");
    if ended.success() { Ok(()) } else { Err("the sensor failed".into()) }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    match std::env::args().nth(1).as_deref() {
        Some("sensor") => Ok(sensor()?),
        _ => logger(),
    }
}
