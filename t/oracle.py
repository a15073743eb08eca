"""Submits every message of the corpus, and says of each whether what was
queued, and then what arrived, is what the rules of sendmail(8) make of it.

    oracle.py BUILD DIRECTORY

DIRECTORY has conf, spool and in, as t/lib.sh makes them; the domain is
example.org.  The output has a line "STATUS NAME" for each test.

The rules are stated here once more, with the help of Python's mail library
and of nothing else: when the two differ, one of them is wrong.
"""
import email.header
import email.utils
import getopt
import glob
import os
import pwd
import re
import subprocess
import sys
from email._parseaddr import AddressList

import messages

DOMAIN = "example.org"
DROPPED = {"bcc", "resent-bcc", "return-path", "content-length"}
NEEDED = ["date", "from", "message-id"]
ADDRESSES = {"from", "sender", "reply-to", "to", "cc"}
RECIPIENTS = {"to", "cc", "bcc", "apparently-to"}
# Fields of the corpus that are no list of addresses pass as they are.
UNREADABLE = {b" <a@b\r\n"}


def text_of(data):
    return data.decode("utf-8", "surrogateescape")


def qualify(address):
    """With a domain, and no quotes that mean nothing."""
    address = re.sub(r'^"([\w.]+)"(?=@|$)', r"\1", address)
    return address if "@" in address else f"{address}@{DOMAIN}"


def addresses(value):
    """Of a header field or a word, each with a domain."""
    found = AddressList(text_of(value).replace("\r\n", "")).addresslist
    return [qualify(a) for _, a in found if a]


def canonical_lines(data, dots):
    """Without line ends; the dot that ends the message is left out."""
    parts = [re.sub(rb"\r+", b" ", p.replace(b"\0", b"").rstrip(b"\r"))
             for p in data.split(b"\n")]
    if not parts[-1]:
        parts.pop()
    if not dots and b"." in parts:
        parts = parts[:parts.index(b".")]
    return parts


def split(lines):
    """The fields, as (name, colon and value with line ends), and the body."""
    field = re.compile(rb"([!-9;-~]+)[ \t]*:")
    i, fields = 0, []
    while i < len(lines) and re.match(rb">*From ", lines[i]) and \
            not field.match(lines[i]):
        i += 1
    while i < len(lines) and lines[i]:
        line = lines[i] + b"\r\n"
        m = field.match(line)
        if line[:1] in (b" ", b"\t") and fields:
            fields[-1][1] += line
        elif m and line[:1] not in (b" ", b"\t"):
            fields.append([m.group(1), line[len(m.group(1)):]])
        else:
            break
        i += 1
    if i < len(lines) and not lines[i]:
        i += 1
    return fields, b"".join(line + b"\r\n" for line in lines[i:])


class Expected:
    """What the rules say of one message."""

    def __init__(self, argv, data):
        options, self.words = getopt.getopt(
            argv, "tivmB:F:f:r:o:e:N:R:V:h:")
        self.given = dict(options)
        self.header_too = "-t" in self.given
        dots = any(o == "-i" or (o, v) == ("-o", "i") for o, v in options)
        self.fields, self.body = split(canonical_lines(data, dots))
        user = pwd.getpwuid(os.getuid())
        self.own = f"{user.pw_name}@{DOMAIN}"
        self.full_name = user.pw_gecos.split(",")[0].replace(
            "&", user.pw_name.capitalize())
        senders = [v for o, v in options if o in ("-f", "-r")]
        self.sender = self.own
        if senders:
            null = senders[-1].strip("'\"") in ("", "<>")
            self.sender = "" if null else addresses(senders[-1].encode())[0]
        names = {n.decode().lower() for n, _ in self.fields}
        self.resent = bool(names & {"resent-to", "resent-cc", "resent-bcc"})

    def recipients(self):
        found = [a for w in self.words
                 for a in addresses(w.encode(errors="surrogateescape"))]
        for name, value in self.fields if self.header_too else []:
            name = name.decode().lower()
            prefix = "resent-" if self.resent else ""
            if name.startswith(prefix) and name[len(prefix):] in RECIPIENTS:
                found += addresses(value.lstrip()[1:])
        seen = {}
        for a in found:
            local, _, domain = a.rpartition("@")
            seen.setdefault((local, domain.lower()), a)
        return list(seen.values())

    def is_written(self, name, value):
        needed = name[7:] if name.startswith("resent-") else name
        return name not in DROPPED and not (
            needed in NEEDED and not value.lstrip()[1:].strip())

    def address(self):
        return self.sender or self.own

    def domain(self):
        """Of a Message-ID that is added."""
        for name, value in self.fields:
            for a in addresses(value[1:]) if name.lower() == b"from" else []:
                d = a.rpartition("@")[2].lower()
                if d.isascii() and d != "localhost" and d[0] != "[":
                    return d
        return self.address().rpartition("@")[2]

    def wrong_addition(self, name, value):
        """What is wrong with a field that was added; None: nothing."""
        value = text_of(value)[1:].strip()
        if name.endswith("date"):
            good = email.utils.parsedate_to_datetime(value)
        elif name.endswith("message-id"):
            m = re.fullmatch(r"<[0-9a-f]{32}@([^>]*)>", value)
            good = m and (self.resent or m[1].lower() == self.domain())
        else:
            phrase, address = email.utils.parseaddr(value)
            phrase = str(email.header.make_header(
                email.header.decode_header(phrase)))
            name_wanted = self.given.get("-F", "") or (
                self.full_name if self.address() == self.own else "")
            good = (address, phrase) == (self.address(), name_wanted)
        return None if good else f"{name} is added as {value}"

    def wrong_header(self, got):
        """got is the header that came out, as split() has it."""
        got = [(n.decode().lower(), n, v) for n, v in got]
        if not got or got[0][0] != "received" or not re.fullmatch(
                rb": by \S+ \(outbox, from userid %d\)\r\n\tid [0-9A-F]+; "
                rb"[^\r\n]+\r\n" % os.getuid(), got[0][2]):
            return "no Received at the top"
        got.pop(0)
        kept = [(n.decode().lower(), n, v) for n, v in self.fields]
        kept = [f for f in kept if self.is_written(f[0], f[2])]
        have = {f[0] for f in kept}
        above = [f"resent-{n}" for n in NEEDED
                 if self.resent and f"resent-{n}" not in have]
        below = [n for n in NEEDED if n not in have]
        if len(got) != len(above) + len(kept) + len(below):
            return f"fields: {[n for _, n, _ in got]}"
        for want, (name, _, value) in zip(
                above + below, got[:len(above)] + got[len(got) - len(below):]):
            wrong = name != want and f"{want} is not where it belongs" or \
                self.wrong_addition(name, value)
            if wrong:
                return wrong
        for want, (_, name, value) in zip(kept, got[len(above):]):
            if name != want[1] or not self.same(want, value):
                return f"{want[1]}{want[2]} became {name}{value}"
        return None

    def same(self, want, value):
        name = want[0][7:] if want[0].startswith("resent-") else want[0]
        if name not in ADDRESSES or want[2][1:] in UNREADABLE:
            return value == want[2]
        suffix = b"@" + DOMAIN.encode()
        lists = [v.lstrip()[1:] for v in (want[2], value)]
        found = AddressList(text_of(lists[1]).replace("\r\n", "")).addresslist
        return all("@" in a for _, a in found if a) and \
            addresses(lists[0]) == addresses(lists[1]) and \
            value.replace(suffix, b"") == want[2].replace(suffix, b"")


class Queued:
    """A file of the queue, taken apart."""

    def __init__(self, path):
        with open(path, "rb") as f:
            whole = f.read()
        seal = whole[:whole.index(b"\n")].split()
        self.size = int(seal[1]), int(seal[2])
        records = whole[:self.size[0]].split(b"\n")[1:]
        self.message = whole[self.size[0]:]
        self.rcpts = [text_of(r[2:]) for r in records if r[:2] == b"R-"]
        self.sender = next(text_of(r[1:]) for r in records if r[:1] == b"S")
        self.facts = next(r[1:] for r in records if r[:1] == b"F")


def wrong_in_queue(expected, queued):
    message = queued.message
    if len(message) != queued.size[1]:
        return "the size is not that of the envelope"
    lines = message.split(b"\r\n")
    if lines.pop() or re.search(rb"[\r\n\0]", b"".join(lines)):
        return "a line without its end, a bare CR or a NUL"
    head, _, body = message.partition(b"\r\n\r\n")
    if body != expected.body:
        return f"the body is {body[:200]}, not {expected.body[:200]}"
    if queued.sender != expected.sender:
        return f"sender {queued.sender}, not {expected.sender}"
    if queued.rcpts != expected.recipients():
        return f"recipients {queued.rcpts}, not {expected.recipients()}"
    facts = b"%010d %s%s%s" % (
        max(map(len, lines)), b"-" if body.isascii() else b"8",
        b"-" if head.isascii() else b"h",
        b"." if any(line[:1] == b"." for line in lines) else b"-")
    if queued.facts != facts:
        return f"facts {queued.facts}, not {facts}"
    fields, rest = split(head.split(b"\r\n"))
    if rest:
        return "the header ends early"
    return expected.wrong_header(fields)


def report(name, wrong):
    if wrong:
        print(1, name + ":", wrong.encode("ascii", "backslashreplace")
              .decode().replace("\n", " "))
    else:
        print(0, name)


def submit_all(build, directory):
    """Submit the corpus; {id: (name, what was queued)}."""
    accepted = {}
    before = set()
    for name, argv, data in messages.all():
        words = [a.encode("utf-8", "surrogateescape") for a in argv]
        run = subprocess.run(
            [f"{build}/sendmail/sendmail", "-C", f"{directory}/conf"] + words,
            input=data, capture_output=True, check=False)
        now = set(os.listdir(f"{directory}/spool/queue"))
        new, before = now - before, now
        if run.returncode or run.stdout or run.stderr or len(new) != 1:
            report(name, f"exit {run.returncode}, {len(new)} queued: "
                   + text_of(run.stdout + run.stderr))
            continue
        ident = new.pop()
        queued = Queued(f"{directory}/spool/queue/{ident}")
        report(name, wrong_in_queue(Expected(argv, data), queued))
        accepted[ident] = name, queued
    return accepted


def words(data):
    """A header as a person reads it, without blanks and quotes."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        text = data.decode("iso-8859-1")
    if data.isascii():
        text = "".join(
            part if isinstance(part, str) else part.decode(charset or "ascii")
            for part, charset in email.header.decode_header(text))
    return re.sub(r'[\s"]', "", text)


def is_same(queued, message):
    """Is that what may become of it?  Lines that SMTP cannot carry are the
    business of the delivery, and of its own tests."""
    if message == queued.message or int(queued.facts[:10]) > 998:
        return True
    before, after = (m.partition(b"\r\n\r\n")
                     for m in (queued.message, message))
    fields = [split(h[0].split(b"\r\n"))[0] for h in (before, after)]
    return b"h" in queued.facts and after[0].isascii() and \
        before[2] == after[2] and \
        [(n, words(v)) for n, v in fields[0]] == \
        [(n, words(v)) for n, v in fields[1]]


def check_arrivals(directory, accepted):
    """Each arrived once, as it was queued; but raw bytes in a header are
    encoded words then."""
    for path in sorted(glob.glob(f"{directory}/in/*.msg")):
        with open(path, "rb") as f:
            message = f.read()
        with open(path[:-3] + "env", "rb") as f:
            env = f.read()
        ident = re.search(rb"\tid ([0-9A-F]+);", message)[1].decode()
        name, queued = accepted.pop(ident, ("another", None))
        sender = text_of(re.search(rb"^mail <(.*)>", env, re.M)[1])
        rcpts = [text_of(r) for r in re.findall(rb"^rcpt <(.*)>", env, re.M)]
        wrong = None
        if queued is None:
            wrong = f"{ident} arrived twice, or from nowhere"
        elif sender != queued.sender or sorted(rcpts) != sorted(queued.rcpts):
            wrong = f"it arrived for {rcpts}, from {sender}"
        elif not is_same(queued, message):
            wrong = "it arrived as something else"
        report(f"{name} arrives", wrong)
    for name, _ in accepted.values():
        report(name, "it did not arrive")


def main(build, directory):
    accepted = submit_all(build, directory)
    report("the corpus has 300 messages and more",
           None if len(accepted) >= 300 else f"{len(accepted)}")
    run = subprocess.run(
        [f"{build}/queue/outbox-flush", "-C", f"{directory}/conf", "--stderr",
         "--once"], capture_output=True, check=False)
    report("all of it is delivered", run.returncode and
           f"exit {run.returncode}: {text_of(run.stderr[-500:])}")
    check_arrivals(directory, accepted)


main(*sys.argv[1:])
