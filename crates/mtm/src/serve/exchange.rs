//! What goes on between this server, other systems and machines: files, postings, labels, counts, and a comparison of books.

use mtm_app::App;
use mtm_app::drop_folder::Settings as Files;
use mtm_app::edge_node::EdgeNodes;
use mtm_app::erp::ErpSettings;
use mtm_app::machine::Machines;
use mtm_app::printing::Printing;
use mtm_app::supervisor::Supervisor;
use mtm_app::sync::FlowRelay;

use super::{dropping, erp, relaying, until_it_fails};

/// Starts all of it.
pub(super) fn start(
    tasks: &mut Supervisor,
    app: &App,
    files: Option<&Files>,
    erp: Option<ErpSettings>,
) {
    if let Some(files) = files.cloned() {
        let app = app.clone();
        tasks.start(dropping::TASK, move |stop| {
            let (app, files) = (app.clone(), files.clone());
            until_it_fails(stop, async move { dropping::run(&app, &files).await })
        });
    }
    let flows = FlowRelay::new(app.clone());
    tasks.start("flows", move |stop| {
        let flows = flows.clone();
        async move { Box::pin(relaying::run(flows.run(), || flows.stop(), stop)).await }
    });
    let printing = Printing::new(app.clone());
    tasks.start("printing", move |stop| {
        let printing = printing.clone();
        async move { Box::pin(relaying::run(printing.run(), || printing.stop(), stop)).await }
    });
    let machines = Machines::new(app.clone());
    tasks.start("machines", move |stop| {
        let machines = machines.clone();
        async move { Box::pin(relaying::run(machines.run(), || machines.stop(), stop)).await }
    });
    let edge_nodes = EdgeNodes::new(app.clone());
    tasks.start("edge nodes", move |stop| {
        let nodes = edge_nodes.clone();
        async move { Box::pin(relaying::run(nodes.run(), || nodes.stop(), stop)).await }
    });
    tasks.start("reconciliation", {
        let app = app.clone();
        move |stop| {
            let app = app.clone();
            until_it_fails(stop, async move { app.run_nightly_reconciliations().await })
        }
    });
    if let Some(settings) = erp {
        let app = app.clone();
        tasks.start("ERP", move |stop| erp::run(app.clone(), settings.clone(), stop));
    }
}
