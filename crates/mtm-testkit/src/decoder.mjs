// Draws the label on the standard input as a picture on the standard output.
import { readFileSync, writeSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [at, width, height, dots] = process.argv.slice(1);
const { ready } = await import(pathToFileURL(`${at}/dist/index.esm.js`));
const { api } = await ready;
const zpl = readFileSync(0, "utf8");
const picture = await api.zplToBase64Async(zpl, Number(width), Number(height), Number(dots));
const bytes = Buffer.from(picture, "base64");
let sent = 0;
while (sent < bytes.length) sent += writeSync(1, bytes, sent);
process.exit(0);
