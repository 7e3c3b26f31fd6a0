//! The line is cut, the press is started again, its memory of us is gone: what was missed is heard, or its want is told.

use std::time::Duration;

use mtm_connect::opcua::{Away, Source};
use mtm_core::opcua::protocol::FailedKind;
use mtm_lab::proxy::{Direction, End, Fault, Proxy};
use mtm_testkit::OpcuaServer;
use serde_json::{Value, json};

use super::{Heard, PARTS, opened, press, settings, totals};

/// Has the press show values that it says, and that nobody hears.
fn show_into_the_void(server: &OpcuaServer, proxy: &Proxy, values: &[Value]) {
    // What came before was heard, and its news are waited for.
    server.wait_for_clients("everything being heard", |it| it.unheard == 0).unwrap();
    proxy.set(Direction::ToClient, Fault::Swallow);
    server.show("Parts", values).unwrap();
    server.wait_for_clients("a message that is not heard", |it| it.unheard > 0).unwrap();
}

async fn lost(source: &mut Source, heard: &mut Heard) -> Away {
    let failed = heard.until("its end", source, |_| false).await.unwrap_err();
    assert!(
        matches!(&failed, Away::Failed(it) if it.trouble == FailedKind::Lost),
        "{failed:?}, {heard:?}"
    );
    failed
}

// The proxy goes on while the press is waited for.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_changed_while_the_line_was_cut_is_heard_and_nothing_is_missing() {
    let Some((server, folder)) = press() else { return };
    let proxy = Proxy::start(server.address()).await.unwrap();
    let mut settings = settings(&server, &folder, &[PARTS]);
    settings.url = OpcuaServer::url_by(&proxy.address().to_string());
    let (mut source, mut heard) = opened(&settings, 0).await;
    for (round, end) in [(1, End::Cut), (2, End::Reset)] {
        let base = round * 10;
        // What is on its way when it is cut never arrives: the server said it, and nobody heard it.
        show_into_the_void(&server, &proxy, &[json!(base), json!(base + 1)]);
        // And what changes while there is no line waits.
        proxy.set(Direction::ToClient, Fault::Over(end));
        server.show("Parts", &[json!(base + 2), json!(base + 3)]).unwrap();
        proxy.heal();
        let is_last = |it: &Heard| it.has(PARTS, base + 3);
        heard.until("the last value", &mut source, is_last).await.unwrap();
    }
    assert_eq!(heard.values(PARTS), totals([0, 10, 11, 12, 13, 20, 21, 22, 23]));
    assert_eq!(heard.gaps(), 1, "{heard:?}");
    // It is the session that there was, and no second one.
    assert_eq!(server.clients().unwrap().sessions, 1);
    source.close().await;
    server.wait_for_clients("nobody", |it| it.sessions == 0).unwrap();
    proxy.stop().await;
}

// The proxy goes on while the press is waited for.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_line_that_is_slow_or_swallows_some_loses_nothing() {
    let Some((server, folder)) = press() else { return };
    let proxy = Proxy::start(server.address()).await.unwrap();
    let mut settings = settings(&server, &folder, &[PARTS]);
    settings.url = OpcuaServer::url_by(&proxy.address().to_string());
    settings.timeout = Duration::from_secs(2);
    let (mut source, mut heard) = opened(&settings, 0).await;
    proxy.set(Direction::ToClient, Fault::Delay(Duration::from_millis(700)));
    server.show("Parts", &[json!(1), json!(2)]).unwrap();
    heard.until("what was late", &mut source, |it| it.has(PARTS, 2)).await.unwrap();
    // Nobody says that the line is over; some of what was said is not there.
    show_into_the_void(&server, &proxy, &[json!(3)]);
    proxy.heal();
    server.show("Parts", &[json!(4)]).unwrap();
    heard.until("what was swallowed", &mut source, |it| it.has(PARTS, 4)).await.unwrap();
    assert_eq!(heard.values(PARTS), totals([0, 1, 2, 3, 4]));
    assert_eq!(heard.gaps(), 1, "{heard:?}");
    source.close().await;
    proxy.stop().await;
}

// The proxy goes on while the press is waited for.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_that_the_server_cannot_say_again_is_an_end() {
    let Some((server, folder)) = press() else { return };
    let proxy = Proxy::start(server.address()).await.unwrap();
    let mut settings = settings(&server, &folder, &[PARTS]);
    settings.url = OpcuaServer::url_by(&proxy.address().to_string());
    let (mut source, mut heard) = opened(&settings, 0).await;
    show_into_the_void(&server, &proxy, &[json!(1)]);
    server.lose().unwrap();
    proxy.set(Direction::ToClient, Fault::Over(End::Cut));
    proxy.heal();
    let failed = lost(&mut source, &mut heard).await;
    assert!(failed.to_string().contains("missing"), "{failed}");
    assert_eq!(heard.values(PARTS), totals([0]));
    drop(source);
    // Whoever listens anew hears what there is, after a gap.
    let (source, _) = opened(&settings, 1).await;
    source.close().await;
    proxy.stop().await;
}

#[tokio::test]
async fn a_press_that_is_started_again_has_a_gap_before_it() {
    let Some((mut server, folder)) = press() else { return };
    let settings = settings(&server, &folder, &[PARTS]);
    let (mut source, mut heard) = opened(&settings, 0).await;
    server.show("Parts", &[json!(41)]).unwrap();
    heard.until("the value", &mut source, |it| it.has(PARTS, 41)).await.unwrap();
    server.restart().unwrap();
    lost(&mut source, &mut heard).await;
    drop(source);
    let (source, heard) = opened(&settings, 0).await;
    assert_eq!(heard.values(PARTS), totals([0]));
    source.close().await;
}

#[tokio::test]
async fn a_subscription_that_the_server_gives_up_is_an_end() {
    let Some((server, folder)) = press() else { return };
    let settings = settings(&server, &folder, &[PARTS]);
    let (mut source, mut heard) = opened(&settings, 0).await;
    server.forget().unwrap();
    lost(&mut source, &mut heard).await;
}
