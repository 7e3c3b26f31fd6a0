// One event stream for all tabs of a browser, so that open tabs do not use up its connections.

const ports = new Set();
let source = null;
let state = "off";

function tell(message) {
  for (const port of ports) port.postMessage(message);
}

function change(next) {
  state = next;
  tell({ state });
}

function forward(event) {
  try {
    tell({ event: JSON.parse(event.data) });
  } catch {
    tell({ event: {} }); // Something changed; which thing is not known, so everything is read again.
  }
}

function open(address, types) {
  source = new EventSource(address);
  source.onopen = () => change("live");
  source.onmessage = forward;
  for (const type of types) {
    source.addEventListener(type, forward);
    source.addEventListener(`mtm.${type}.v1`, forward);
  }
  source.onerror = () => {
    change("stale");
    if (source.readyState === EventSource.CLOSED) {
      source = null;
      setTimeout(() => source || open(address, types), 5000);
    }
  };
}

onconnect = (connection) => {
  const port = connection.ports[0];
  ports.add(port);
  port.onmessage = ({ data }) => {
    if (data.close) {
      ports.delete(port);
      if (ports.size === 0 && source) {
        source.close();
        source = null;
        state = "off";
      }
      return;
    }
    if (data.open && !source) open(data.open, data.types);
    port.postMessage({ state });
  };
};
