//! The settings of a node. They stand in a file, because the script that sends a state reads it.

use std::path::Path;

use anyhow::Result;

use crate::mariadb::template;
use crate::ports;

/// The ports of all nodes: they must know each other's.
#[derive(Debug)]
pub(super) struct Ports([NodePorts; 3]);

/// The ports of one node, all on 127.0.0.1.
#[derive(Debug, Clone, Copy)]
pub(super) struct NodePorts {
    pub(super) sql: u16,
    /// What the nodes say to each other.
    group: u16,
    /// What a node missed.
    increment: u16,
    /// A whole state.
    state: u16,
}

impl Ports {
    pub(super) fn choose() -> Result<Self> {
        let ports: [u16; 12] = ports::free()?;
        let node = |first: usize| NodePorts {
            sql: ports[first],
            group: ports[first + 1],
            increment: ports[first + 2],
            state: ports[first + 3],
        };
        Ok(Self([node(0), node(4), node(8)]))
    }

    pub(super) fn of(&self, number: usize) -> NodePorts {
        self.0[number - 1]
    }

    /// Where to look for the cluster.
    fn members(&self) -> String {
        let addresses = self.0.map(|node| format!("127.0.0.1:{}", node.group));
        format!("gcomm://{}", addresses.join(","))
    }
}

/// Short timers, so that a test does not wait for what an administrator would want to be patient
/// about; and no memory of the last members, who have other ports by then.
const PROVIDER: [&str; 7] = [
    "evs.keepalive_period=PT0.2S",
    "evs.inactive_check_period=PT0.2S",
    "evs.suspect_timeout=PT1S",
    "evs.inactive_timeout=PT3S",
    "evs.install_timeout=PT3S",
    "gcache.size=32M",
    "pc.recovery=false",
];

/// What a node is told.
#[derive(Debug)]
pub(super) struct Settings<'a> {
    pub(super) number: usize,
    pub(super) ports: &'a Ports,
    pub(super) directory: &'a Path,
    pub(super) account: &'a str,
    pub(super) library: &'a Path,
}

impl Settings<'_> {
    pub(super) fn text(&self) -> String {
        let NodePorts { sql, group, increment, state } = self.ports.of(self.number);
        let provider = [
            "base_host=127.0.0.1".to_owned(),
            format!("base_port={group}"),
            format!("gmcast.listen_addr=tcp://127.0.0.1:{group}"),
            format!("ist.recv_addr=127.0.0.1:{increment}"),
        ]
        .join(";");
        format!(
            "[mariadbd]\n\
             user={account}\n\
             datadir={directory}/data\n\
             tmpdir={directory}/tmp\n\
             # Beside the data, or they would be sent along with it. The short name is for a limit.\n\
             socket=../server.sock\n\
             pid-file={directory}/server.pid\n\
             log-error={directory}/server.log\n\
             bind-address=127.0.0.1\n\
             port={sql}\n\
             server-id={number}\n\
             skip-name-resolve\n\
             max-connections=300\n\
             character-set-server=utf8mb4\n\
             performance-schema=OFF\n\
             # The cluster is as durable as its survivors; a node's own disk may lag a second.\n\
             innodb-flush-log-at-trx-commit=2\n\
             innodb-buffer-pool-size=64M\n\
             innodb-fast-shutdown=2\n\
             {sizes}\n\
             # What replication asks of a server.\n\
             binlog-format=ROW\n\
             default-storage-engine=InnoDB\n\
             innodb-autoinc-lock-mode=2\n\
             wsrep-on=ON\n\
             wsrep-provider={library}\n\
             wsrep-cluster-name=mtm-test\n\
             wsrep-cluster-address={members}\n\
             wsrep-node-name=node{number}\n\
             wsrep-node-address=127.0.0.1:{group}\n\
             wsrep-node-incoming-address=127.0.0.1:{sql}\n\
             wsrep-sst-method=rsync\n\
             wsrep-sst-receive-address=127.0.0.1:{state}\n\
             wsrep-slave-threads=2\n\
             wsrep-provider-options=\"{provider};{timers}\"\n\
             [sst]\n\
             sst-syslog=-1\n",
            account = self.account,
            directory = self.directory.display(),
            number = self.number,
            members = self.ports.members(),
            sizes = template::SIZES.join("\n"),
            library = self.library.display(),
            timers = PROVIDER.join(";"),
        )
    }
}
