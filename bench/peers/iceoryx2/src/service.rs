//! Requests and responses, polled: the closed loop of the driver, one request in flight.

use iceoryx2::port::client::Client;
use iceoryx2::prelude::*;

use crate::common::*;

type Calls = iceoryx2::service::port_factory::request_response::PortFactory<ipc::Service, [u64], (), [u64], ()>;

fn service(node: &Node<ipc::Service>, tag: &str) -> Outcome<Calls> {
    Ok(node
        .service_builder(&format!("{tag}/service").as_str().try_into()?)
        .request_response::<[u64], [u64]>()
        .max_servers(1)
        .max_clients(1)
        .open_or_create()?)
}

struct Caller {
    client: Client<ipc::Service, [u64], (), [u64], ()>,
    size: usize,
    oversubscribed: bool,
}

impl Caller {
    #[inline(always)]
    fn call(&self, sequence: u64) -> Got {
        let Ok(mut request) = self.client.loan_slice_uninit(self.size / 8) else {
            return Got::Timeout;
        };
        // SAFETY: the slice has `size` bytes of plain integers
        let request = unsafe {
            write(request.payload_mut().as_mut_ptr().cast(), self.size, sequence);
            request.assume_init()
        };
        let Ok(pending) = request.send() else {
            return Got::Timeout;
        };
        let taken = spin_until(self.oversubscribed, || match pending.receive() {
            Ok(None) => None,
            Ok(Some(response)) => Some(judge(response.payload(), self.size, self.size, sequence)),
            Err(_) => Some(Got::Timeout),
        });
        taken.unwrap_or(Got::Timeout)
    }
    /// The end of the measurement: a request that nobody answers.
    fn stop(&self) -> Outcome<()> {
        let mut request = self.client.loan_slice_uninit(self.size / 8)?;
        // SAFETY: as in call()
        let request = unsafe {
            write(request.payload_mut().as_mut_ptr().cast(), self.size, STOP);
            request.assume_init()
        };
        request.send()?;
        Ok(())
    }
}

/// The measuring end: the driver's run_ping().
fn call_on(caller: &Caller, asked: &Arguments, report: &mut Report) -> Outcome<()> {
    let clock = asked.clock()?;
    let warm_up: u64 = asked.number("warm_up")?;
    let seconds: f64 = asked.number("seconds")?;
    let mut sequence = 1;
    let mut got = Got::Message;
    let enough = clock.ticks() + clock.of_seconds(0.03);
    while sequence <= warm_up && got == Got::Message && (sequence <= 32 || clock.ticks() < enough) {
        got = caller.call(sequence);
        sequence += 1;
    }
    let start = clock.ticks();
    let end = start + clock.of_seconds(seconds);
    let mut last = start;
    while last < end && got == Got::Message {
        got = caller.call(sequence);
        let now = clock.ticks();
        report.histogram.record(now - last);
        last = now;
        sequence += 1;
    }
    report.seconds = (last - start) as f64 * clock.ns_per_tick / 1e9;
    report.sent = sequence - 1;
    report.delivered = if got == Got::Message { report.sent } else { report.sent - 1 };
    if got != Got::Message {
        report.error = format!("ping: {} at sequence {}", got.words(), sequence - 1);
    }
    Ok(())
}

pub fn run_ping(asked: &Arguments, report: &mut Report) -> Outcome<()> {
    let tag = asked.text("tag")?;
    let size: usize = asked.number("size")?;
    let mut other = Other::new()?;
    let node = NodeBuilder::new().config(&config(tag)?).create::<ipc::Service>()?;
    let client = service(&node, tag)?.client_builder().initial_max_slice_len(size / 8).create()?;
    let caller = Caller { client, size, oversubscribed: asked.oversubscribed()? };
    other.hear(b'o')?;
    call_on(&caller, asked, report)?;
    caller.stop()?;
    report.look_for_shared_memory(asked.number("size")?)?;
    other.hear(b'q')
}

pub fn run_pong(asked: &Arguments, report: &mut Report) -> Outcome<()> {
    let tag = asked.text("tag")?;
    let size: usize = asked.number("size")?;
    let spare = asked.oversubscribed()?;
    let mut other = Other::new()?;
    let node = NodeBuilder::new().config(&config(tag)?).create::<ipc::Service>()?;
    let server = service(&node, tag)?.server_builder().initial_max_slice_len(size / 8).create()?;
    other.tell(b'o')?;
    for sequence in 1.. {
        let taken = spin_until(spare, || server.receive().transpose());
        let Some(Ok(request)) = taken else {
            report.error = format!("pong: {} at sequence {sequence}", Got::Timeout.words());
            break;
        };
        let got = judge(request.payload(), size, size, sequence);
        if got != Got::Message {
            if got != Got::Stop {
                report.error = format!("pong: {} at sequence {sequence}", got.words());
            }
            break;
        }
        let mut response = request.loan_slice_uninit(size / 8)?;
        // SAFETY: the slice has `size` bytes of plain integers
        let response = unsafe {
            write(response.payload_mut().as_mut_ptr().cast(), size, sequence);
            response.assume_init()
        };
        response.send()?;
        report.sent = sequence;
        report.delivered = sequence;
    }
    report.look_for_shared_memory(asked.number("size")?)?;
    other.tell(b'q')
}
