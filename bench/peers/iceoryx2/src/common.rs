//! What every end of iceoryx2 shares: its configuration, its topics and events; and what the ends of every peer share.

use iceoryx2::prelude::*;
pub use kickmsg_peer_ends::*;

/// The library's files of this round bear the round's name, so they belong to nobody else.
pub fn config(tag: &str) -> Outcome<Config> {
    let mut config = Config::global_config().clone();
    config.global.prefix = FileName::new(format!("{tag}_").as_bytes()).map_err(|_| "the tag is no file name")?;
    Ok(config)
}

pub type Topic = iceoryx2::service::port_factory::publish_subscribe::PortFactory<ipc::Service, [u64], ()>;

/// A topic of 64-bit words for one publisher. Whether the oldest is overwritten, or the publisher waits, is the caller's to say.
pub fn topic(node: &Node<ipc::Service>, name: &str, subscribers: usize, queue: usize, overwrites: bool) -> Outcome<Topic> {
    Ok(node
        .service_builder(&name.try_into()?)
        .publish_subscribe::<[u64]>()
        .payload_alignment(Alignment::new(32).ok_or("32 is no alignment")?)
        .max_publishers(1)
        .max_subscribers(subscribers)
        .subscriber_max_buffer_size(queue)
        .history_size(0)
        .enable_safe_overflow(overwrites)
        .open_or_create()?)
}

pub type Event = iceoryx2::service::port_factory::event::PortFactory<ipc::Service>;

/// The event service beside a topic: its notifier says that something was published.
pub fn event(node: &Node<ipc::Service>, name: &str) -> Outcome<Event> {
    Ok(node.service_builder(&name.try_into()?).event().max_notifiers(1).max_listeners(1).open_or_create()?)
}
