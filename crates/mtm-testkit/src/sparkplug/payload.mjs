// Writes or reads a payload with sparkplug-payload, as the JSON on the standard input asks.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const [packages] = process.argv.slice(1);
const require = createRequire(`${packages}/node_modules/`);
const library = require("sparkplug-payload").get("spBv1.0");
const Long = require("long");

const WIDE = ["Int64", "UInt64", "DateTime"];
const NARROW = ["Int8", "Int16", "Int32", "UInt8", "UInt16", "UInt32", "Float", "Double"];

function value(kind, text) {
  if (text === null) return null;
  if (WIDE.includes(kind)) return Long.fromString(text, kind !== "Int64");
  if (NARROW.includes(kind)) return Number(text);
  if (kind === "Boolean") return text === "true";
  if (kind === "Bytes") return new Uint8Array(Buffer.from(text, "base64"));
  return text;
}

function text(kind, value) {
  if (value === null || value === undefined) return null;
  if (kind === "Bytes") return Buffer.from(value).toString("base64");
  return value.toString();
}

const asked = JSON.parse(readFileSync(0, "utf8"));
let answer;
if (asked.do === "write") {
  const metrics = asked.metrics.map((it) => ({
    name: it.name,
    type: it.datatype,
    value: value(it.datatype, it.value),
    timestamp: asked.timestamp,
    ...(it.alias === null ? {} : { alias: it.alias }),
    ...(it.value === null ? { isNull: true } : {}),
  }));
  const bytes = library.encodePayload({ timestamp: asked.timestamp, seq: asked.seq, metrics });
  answer = { bytes: Buffer.from(bytes).toString("base64") };
} else {
  const said = library.decodePayload(Buffer.from(asked.bytes, "base64"));
  answer = {
    timestamp: said.timestamp.toString(),
    seq: said.seq === undefined ? null : said.seq.toString(),
    metrics: said.metrics.map((it) => ({
      name: it.name,
      datatype: it.type,
      value: text(it.type, it.value),
      alias: it.alias === undefined || it.alias === null ? null : it.alias.toString(),
    })),
  };
}
process.stdout.write(JSON.stringify(answer));
