"""Queue files that become other ones while they are read: changing.py TEMPLATE
DIRECTORY makes them, of a message of someone else.  For each pair that it
names, NAME.old is what is there first, and NAME.new what it becomes."""

import sys

template, directory = sys.argv[1:]
with open(template, "rb") as f:
    good = f.read()
records = good[45:int(good[4:12])]
HEAD = b"Subject: forged\r\n\r\n"
SIZE = 200000


def sealed(body, rcpts=(b"evil@example.net",), flags=b"---"):
    lines = records.replace(
        b"R-bob@example.net\n",
        b"".join(b"R-%s\n" % r for r in rcpts))
    return b"OB1 %08d %015d\nF0000000070 %s\n" % (
        45 + len(lines), len(body), flags) + lines + body


def fill(line, size=SIZE, first=b""):
    """A body of that size, of such lines."""
    body = HEAD + first
    body += line * ((size - len(body)) // len(line))
    return body + b"x" * (size - len(body) - 2) + b"\r\n"


# What a server would do if it took this for commands.
commands = (b"\nRSET\nMAIL FROM:<alice@example.org>\n"
            b"RCPT TO:<injected@example.net>\nBDAT 7 LAST\nhello\r\n")
bare = fill(b"a\n")                     # each line grows by a byte
whole = fill(b"aaaaaaaa\r\n")
# One that has to be changed as well, but not by much.
mended = fill(b"aaaaaaaa\r\n", first=b"a\n")
eight = fill(b"\xc3\xa9" * 30 + b"\r\n")
seven = fill(b"e" * 60 + b"\r\n")
many = [b"evil%d@example.net" % i for i in range(9)]
# An envelope that is read in parts.
long = [b"evil%d@" % i + b"longlabel." * 23 + b"net" for i in range(400)]
small = HEAD + b"a\r\n"



def alike(one, other):
    """The same, of one length."""
    more = len(sealed(b"", other)) - len(sealed(b"", one))
    body = [HEAD + b"a" * (500 + n) + b"\r\n"
            for n in (max(more, 0), max(-more, 0))]
    return sealed(body[0], one), sealed(body[1], other)


one = [b"evil@example.net"]
pairs = {
    "less": (sealed(bare), sealed(whole)),
    "more": (sealed(mended), sealed(fill(commands))),
    "7bit": (sealed(eight, flags=b"8--"), sealed(seven, flags=b"8--")),
    "8bit": (sealed(seven, flags=b"8--"), sealed(eight, flags=b"8--")),
    "cut": (sealed(bare), sealed(bare)[:SIZE // 2]),
    "gone": (sealed(whole), b""),
    "grown": (sealed(bare), sealed(bare) + bare),
    "zeros": (sealed(bare), b"\0" * len(sealed(bare))),
    "garbage": (sealed(whole), b"garbage\n" * (SIZE // 8)),
    "recipients": alike(one, many),
    "fewer": alike(many, one),
    "envelope": (sealed(small, long), sealed(small, long)[:80000]),
    "nothing": (sealed(small), sealed(b"")),
}
for name, (old, new) in pairs.items():
    with open("%s/%s.old" % (directory, name), "wb") as f:
        f.write(old)
    with open("%s/%s.new" % (directory, name), "wb") as f:
        f.write(new)
    print(name)
