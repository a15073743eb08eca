"""What outbox prints for programs, judged strictly:

    formats.py list|status|prometheus FILE
    formats.py fields list|status       the names, one a line

It prints what is wrong, and its status is 1 then.
"""
import json
import re
import sys

NUMBER = "a number"
TIME = "seconds since 1970, or 0"
TEXT = "text"
ID = re.compile(r"[0-9A-F]{24}\Z")

LIST = {
    "schema": (1,), "id": ID,
    "state": ("active", "held", "deferred", "due", "failed"),
    "arrival": TIME, "size": NUMBER, "uid": NUMBER, "sender": TEXT,
    "recipients": [{"address": TEXT,
                    "state": ("waiting", "delivered", "failed")}],
    "attempts": NUMBER, "next": TIME, "reason": TEXT,
}
DAMAGED = {"schema": (1,), "id": TEXT, "state": ("damaged",), "reason": TEXT}

NULL = None     # the next may be null
STATUS = {
    "schema": (1,), "time": TIME, "status": ("ok", "warning", "critical"),
    "problems": [TEXT], "mail": ("all", "own"),
    "queued": NUMBER, "due": NUMBER, "deferred": NUMBER, "held": NUMBER,
    "active": NUMBER, "unreadable": NUMBER, "failed": (NULL, NUMBER),
    "oldest": NUMBER, "running": (NULL, (0, 1)), "last_pass": (NULL, TIME),
    "stopped": (NULL, (0, 1)), "host": (NULL, TEXT), "down": NUMBER,
    "next_probe": (NULL, TIME), "refused": (0, 1), "slow": (0, 1),
    "last_success": (NULL, TIME), "last_error": (NULL, TIME),
    "error": (NULL, TEXT), "last_session": (NULL, TIME),
    "local": (NULL, TEXT),
    "relay": (NULL, TEXT), "tls": (NULL, TEXT), "auth": (NULL, TEXT),
    "delivered": NUMBER, "delivered_hour": NUMBER, "deferrals": NUMBER,
    "deferrals_hour": NUMBER, "bounced": NUMBER, "bounced_hour": NUMBER,
    "reasons": [{"reason": TEXT, "messages": NUMBER, "example": TEXT}],
}

wrong = []


def complain(where, what):
    wrong.append("%s: %s" % (where, what))


def check_object(where, value, want):
    if not isinstance(value, dict):
        complain(where, "no object")
        return
    for name in want:
        if name not in value:
            complain(where, "has no %s" % name)
    for name in value:
        if name not in want:
            complain(where, "has %s, which is not documented" % name)
        else:
            check("%s.%s" % (where, name), value[name], want[name])


def check(where, value, want):
    integer = isinstance(value, int) and not isinstance(value, bool)
    if isinstance(want, dict):
        check_object(where, value, want)
    elif isinstance(want, list):
        if not isinstance(value, list):
            complain(where, "no array")
            return
        for each in value:
            check(where, each, want[0])
    elif isinstance(want, tuple) and want[0] is NULL:
        if value is not None:
            check(where, value, want[1])
    elif isinstance(want, tuple):
        if isinstance(value, bool) or value not in want:
            complain(where, "%r is none of %r" % (value, want))
    elif want is TEXT:
        if not isinstance(value, str):
            complain(where, "%r is no text" % (value,))
    elif want is NUMBER:
        if not integer or value < 0:
            complain(where, "%r is no number" % (value,))
    elif want is TIME:
        if not integer or not (value == 0 or 10**9 <= value < 2**40):
            complain(where, "%r is no time" % (value,))
    elif not isinstance(value, str) or not want.match(value):
        complain(where, "%r is not as it has to be" % (value,))


def no_duplicates(pairs):
    names = [name for name, _ in pairs]
    for name in set(names):
        if names.count(name) > 1:
            complain(name, "twice in an object")
    return dict(pairs)


def no_constant(text):
    raise ValueError("%s is no JSON" % text)


def check_json(data, kind):
    lines = data.decode("utf-8").split("\n")
    if lines.pop() != "":
        complain("the end", "no line end")
    if kind == "status" and len(lines) != 1:
        complain("status", "%d lines" % len(lines))
    for n, line in enumerate(lines, 1):
        value = json.loads(line, object_pairs_hook=no_duplicates,
                           parse_constant=no_constant)
        want = STATUS if kind == "status" else LIST
        if kind == "list" and value.get("state") == "damaged":
            want = DAMAGED
        check_object("line %d" % n, value, want)


NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\\\|\\"|\\n)*)"'
SAMPLE = re.compile(r"(%s)(?:\{(%s(?:,%s)*)\})? (\S+)\Z" %
                    (NAME, LABEL, LABEL))


def check_sample(where, line, metric, kind, seen):
    match = SAMPLE.match(line)
    if match is None:
        complain(where, "no sample: %r" % line)
        return
    if match.group(1) != metric:
        complain(where, "a sample of %s among those of %s" %
                 (match.group(1), metric))
    labels = re.findall(LABEL, match.group(2) or "")
    if len({name for name, _ in labels}) != len(labels):
        complain(where, "a label twice")
    key = (match.group(1), tuple(sorted(labels)))
    if key in seen:
        complain(where, "%s twice" % (key,))
    seen.add(key)
    if not re.match(r"[0-9]+\Z", match.groups()[-1]):
        complain(where, "%s is no value" % match.groups()[-1])


def check_prometheus(data):
    """The text format, version 0.0.4, and the advice on names."""
    lines = data.decode("utf-8").split("\n")
    if lines.pop() != "":
        complain("the end", "no line end")
    seen, done, metric, kind, helped = set(), set(), None, None, None
    for n, line in enumerate(lines, 1):
        where = "line %d" % n
        match = re.match(r"# HELP (%s) (\S.*)\Z" % NAME, line)
        if match:
            helped = match.group(1)
            continue
        match = re.match(r"# TYPE (%s) (gauge|counter)\Z" % NAME, line)
        if match:
            metric, kind = match.groups()
            if metric != helped:
                complain(where, "no help in front of it")
            if metric in done:
                complain(where, "%s twice" % metric)
            done.add(metric)
            if (kind == "counter") != metric.endswith("_total"):
                complain(where, "%s is a %s" % (metric, kind))
            if re.search(r"_(count|sum|bucket|info|ms|minutes)\Z", metric):
                complain(where, "%s is a bad name" % metric)
            if not metric.startswith("outbox_"):
                complain(where, "%s is not ours" % metric)
            continue
        check_sample(where, line, metric, kind, seen)


def main():
    kind = sys.argv[1]
    if kind == "fields":
        print("\n".join(STATUS if sys.argv[2] == "status" else LIST))
        return
    with open(sys.argv[2], "rb") as file:
        data = file.read()
    try:
        if kind == "prometheus":
            check_prometheus(data)
        else:
            check_json(data, kind)
    except ValueError as e:
        complain(sys.argv[2], e)
    for line in wrong:
        print(line)
    sys.exit(bool(wrong))


main()
