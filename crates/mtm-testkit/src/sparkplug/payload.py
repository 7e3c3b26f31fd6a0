# Writes or reads a payload with pysparkplug, as the JSON on the standard input asks.
import base64
import datetime
import json
import sys

from pysparkplug import DataType, DBirth, DData, Metric

UTC = datetime.timezone.utc
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=UTC)
INTEGERS = ["INT8", "INT16", "INT32", "INT64", "UINT8", "UINT16", "UINT32", "UINT64"]


def value(kind, text):
    if text is None:
        return None
    if kind.name in INTEGERS:
        return int(text)
    if kind.name in ("FLOAT", "DOUBLE"):
        return float(text)
    if kind.name == "BOOLEAN":
        return text == "true"
    if kind.name == "DATETIME":
        return EPOCH + datetime.timedelta(milliseconds=int(text))
    if kind.name == "BYTES":
        return base64.b64decode(text)
    return text


def text(kind, value):
    if value is None:
        return None
    if kind.name == "BOOLEAN":
        return "true" if value else "false"
    if kind.name == "DATETIME":
        value = value if value.tzinfo else value.replace(tzinfo=UTC)
        return str(round((value - EPOCH) / datetime.timedelta(milliseconds=1)))
    if kind.name == "BYTES":
        return base64.b64encode(value).decode()
    return str(value)


def number(value):
    return None if value is None else str(value)


NAMES = {"DATETIME": "DateTime", "UUID": "UUID"}


def spelled(kind):
    name = kind.name.capitalize().replace("Uint", "UInt")
    return NAMES.get(kind.name, name)


asked = json.load(sys.stdin)
if asked["do"] == "write":
    metrics = []
    for it in asked["metrics"]:
        kind = DataType[it["datatype"].upper()]
        known = value(kind, it["value"])
        metrics.append(
            Metric(
                timestamp=asked["timestamp"],
                name=it["name"],
                datatype=kind,
                value=known,
                alias=it["alias"],
                is_null=known is None,
            )
        )
    birth = DBirth(timestamp=asked["timestamp"], seq=asked["seq"], metrics=tuple(metrics))
    answer = {"bytes": base64.b64encode(birth.encode(include_dtypes=True)).decode()}
else:
    raw = base64.b64decode(asked["bytes"])
    said = DData.decode(raw)
    answer = {
        "timestamp": str(said.timestamp),
        "seq": str(said.seq),
        "metrics": [
            {
                "name": it.name,
                "datatype": spelled(it.datatype),
                "value": text(it.datatype, it.value),
                "alias": number(it.alias),
            }
            for it in said.metrics
        ],
    }
json.dump(answer, sys.stdout)
