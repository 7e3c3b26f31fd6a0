//! Believable view models of a made-up plant; every page in every state that matters.

mod counting;
mod differences;
mod facts;
mod figures;
mod floor;
mod machines;
mod masters;
mod merging;
mod office;
mod planning;
mod postings;
mod printing;
mod route;
mod systems;

use crate::ui::{
    components::{
        layout::{Screen, Shell, SignedIn, Theme},
        state::{Message, Tone},
        truth::Lamp,
    },
    page,
};

/// All pages: name, document, fragment.
#[expect(clippy::too_many_lines, reason = "a line for each page")]
pub(super) fn all() -> Vec<(&'static str, String, String)> {
    let mut pages = Vec::new();
    macro_rules! draw {
        ($($name:literal: $module:ident($model:expr),)*) => {$({
            let model = $model;
            pages.push((
                $name,
                page::$module::page(&model).into_string(),
                page::$module::fragment(&model).into_string(),
            ));
        })*};
    }
    draw! {
        "sign_in": sign_in(office::sign_in()),
        "sign_in_refused": sign_in(office::sign_in_refused()),
        "setup": setup(office::setup()),
        "in": receive(floor::receive()),
        "in_booked": receive(floor::receive_booked()),
        "in_refused": receive(floor::receive_refused()),
        "in_question": receive(floor::receive_question()),
        "out": take(floor::take()),
        "out_empty": take(floor::take_empty()),
        "out_review": take(floor::take_review()),
        "out_booked": take(floor::take_booked()),
        "move": move_stock(floor::move_stock()),
        "complete": complete(route::complete()),
        "complete_queue": complete(route::queue()),
        "complete_last": complete(route::last()),
        "routings": routings(route::routings()),
        "routing": routing(route::routing()),
        "work_orders": work_orders(planning::work_orders()),
        "work_orders_empty": work_orders(planning::work_orders_empty()),
        "work_order": work_order(planning::work_order()),
        "stock": stock(facts::stock()),
        "stock_grouped": stock(facts::stock_grouped()),
        "stock_empty": stock(facts::stock_empty()),
        "explain": explain(facts::explain()),
        "history": history(facts::history()),
        "history_detail": history(facts::history_detail()),
        "history_undo": history(facts::history_undo()),
        "history_group": history(facts::history_group()),
        "history_blocked": history(facts::history_blocked()),
        "lot": lot(facts::lot()),
        "merge": merge(merging::merge()),
        "merge_places": merge(merging::merge_places()),
        "merge_empty": merge(merging::merge_empty()),
        "quick_buttons": quick_buttons(office::quick_buttons()),
        "dashboard": dashboard(figures::dashboard()),
        "dashboard_empty": dashboard(figures::dashboard_empty()),
        "throughput": throughput(figures::throughput()),
        "throughput_hours": throughput(figures::throughput_hours()),
        "throughput_empty": throughput(figures::throughput_empty()),
        "throughput_refused": throughput(figures::throughput_refused()),
        "status": status(figures::status()),
        "status_quiet": status(figures::status_quiet()),
        "webhooks": webhooks(systems::webhooks()),
        "webhooks_empty": webhooks(systems::webhooks_empty()),
        "labels": labels(printing::labels()),
        "label": label(printing::label()),
        "label_wrong": label(printing::label_wrong()),
        "integrations": integrations(systems::integrations()),
        "integrations_empty": integrations(systems::integrations_empty()),
        "counts": counts(counting::counts()),
        "counts_empty": counts(counting::counts_empty()),
        "count": count(counting::count()),
        "count_preview": count(counting::count_preview()),
        "count_enter": count_enter(counting::count_enter()),
        "count_sheet": count_sheet(counting::count_sheet()),
        "notifications": notifications(office::notifications()),
        "notifications_empty": notifications(office::notifications_empty()),
        "minimum": minimum(figures::minimum()),
        "minimum_empty": minimum(figures::minimum_empty()),
        "reconciliation": reconciliation(differences::reconciliation()),
        "reconciliation_empty": reconciliation(differences::reconciliation_empty()),
        "print_jobs": printing(self::printing::jobs_page()),
        "worklist": worklist(postings::worklist()),
        "worklist_empty": worklist(postings::worklist_empty()),
        "machines": machines(self::machines::machines()),
        "machines_empty": machines(self::machines::machines_empty()),
        "master_sync": master_sync(masters::master_sync()),
        "master_sync_empty": master_sync(masters::master_sync_empty()),
        "error": error(office::error()),
        "forbidden": error(office::forbidden()),
    }
    for (name, model) in
        [("break", differences::difference()), ("break_closed", differences::difference_closed())]
    {
        let (page, fragment) = (
            page::reconciliation::sheet::page(&model),
            page::reconciliation::sheet::fragment(&model),
        );
        pages.push((name, page.into_string(), fragment.into_string()));
    }
    let job = self::printing::job();
    let page = page::printing::sheet::page(&job).into_string();
    pages.push(("print_job", page, page::printing::sheet::fragment(&job).into_string()));
    let machine = self::machines::machine();
    let page = page::machines::machine::page(&machine).into_string();
    pages.push(("machine", page, page::machines::machine::fragment(&machine).into_string()));
    let counter = self::machines::counter();
    let page = page::machines::counter::page(&counter).into_string();
    pages.push(("counter", page, page::machines::counter::fragment(&counter).into_string()));
    for (name, model) in [
        ("proposal", self::machines::proposal()),
        ("proposal_booked", self::machines::proposal_booked()),
    ] {
        let page = page::machines::proposal::page(&model).into_string();
        pages.push((name, page, page::machines::proposal::fragment(&model).into_string()));
    }
    for (name, model) in
        [("posting", postings::posting()), ("posting_proved", postings::posting_proved())]
    {
        let page = page::worklist::sheet::page(&model).into_string();
        pages.push((name, page, page::worklist::sheet::fragment(&model).into_string()));
    }
    for (name, model) in
        [("master", masters::difference()), ("master_new", masters::difference_new())]
    {
        let page = page::master_sync::sheet::page(&model).into_string();
        pages.push((name, page, page::master_sync::sheet::fragment(&model).into_string()));
    }
    pages
}

fn shell(title: &str, screen: Option<Screen>) -> Shell {
    Shell {
        title: title.into(),
        site: "Plant North".into(),
        time_zone: "America/Chicago".into(),
        path: screen.map_or("/", Screen::path).into(),
        screen,
        user: Some(SignedIn {
            name: "Dana Ruiz".into(),
            role: "lead".into(),
            station: "Dock PC 2".into(),
            shift: "Morning shift".into(),
            screens: Screen::ALL.into(),
            administers: true,
            office: true,
        }),
        csrf: "csrf-token".into(),
        theme: Theme::System,
        wedges: std::sync::Arc::default(),
        lamp: Lamp::Green,
        unread: 0,
        notice: None,
    }
}

fn outside(title: &str) -> Shell {
    Shell { user: None, ..shell(title, None) }
}

fn demo_notice() -> Message {
    Message { tone: Tone::Note, text: "Demo plant: the data is made up.".into(), action: None }
}
