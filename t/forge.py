#!/usr/bin/env python3
"""Files that someone with the queue's group could have put into the queue.

	forge.py QUEUE TEMPLATE COUNT [OWNER]

TEMPLATE is a good message.  Of each kind below there are as many as of the
next; none is a message.  Names are IDs, of the time before all mail, but for
every eighth file.  With OWNER, a user ID, they belong to that user and have
the mode of the queue's files.  What the file system or the user cannot make
is left out.
"""
import os
import socket
import stat
import sys

queue, template, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
owner = int(sys.argv[4]) if len(sys.argv) > 4 else None
good = open(template, "rb").read()
size = int(good[4:12])
envelope, message = good[:size], good[size:]
os.chdir(queue)


def sealed(records, body=message):
    head = b"OB1 %08d %015d\n" % (45 + len(records), len(body))
    return head + envelope[29:45] + records + body


records = envelope[45:]
lines = records.split(b"\n")
KEEP, SPARSE = object(), object()


def put(data, length=None):
    def make(name):
        with open(name, "xb") as f:
            f.write(data)
            if length is not None:
                f.truncate(length)
    return make


def changed(old, new):
    assert old in records
    return put(sealed(records.replace(old, new, 1)))


def fifo(name):
    os.mkfifo(name)


def link(to):
    return lambda name: os.symlink(to, name)


def second(name):
    os.link("README", name)


def bound(name):
    with socket.socket(socket.AF_UNIX) as s:
        s.bind(name)


def device(name):
    os.mknod(name, 0o606 | stat.S_IFCHR, os.makedev(1, 5))


def closed(name):
    put(good)(name)
    os.chmod(name, 0)


def claim(envelope_size, message_size, tail=b""):
    return b"OB1 %08d %015d\n" % (envelope_size, message_size) + tail


big = 32 * 1024 * 1024
kinds = [
    put(b"garbage\n" * 100),
    put(b""),				# removed: the rest of a crash
    put(good[:20]),
    put(good[:-1]),
    put(good + b"\n"),
    put(b"\0" * 500),
    put(b"OB1 " + b"0" * 8 + b" " + b"0" * 15 + b"\n" + good[29:]),
    # Sparse: what it claims is there, as zeros.
    put(claim(big, 10, envelope[29:45]), big + 10),
    put(claim(big, 1 << 40, envelope[29:45]), big + (1 << 40)),
    put(claim(size, 1 << 40) + envelope[29:], size + (1 << 40)),
    put(claim(big + 1, 10, envelope[29:45]), big + 11),
    put(claim(size, 999999999999999) + envelope[29:], size + 100),
    # Each record.
    changed(b"\n", b"\nX\n"),
    changed(b"T", b"T-"),
    changed(b"T", b"T99999999999999999999"),
    changed(b"U", b"U9999999999"),
    changed(b"\nS", b"\nS\x1b"),
    changed(b"\nS", b"\nS\0"),
    changed(b"\nS", b"\nI\nS"),
    changed(b"\nR-", b"\nBall\nR-"),
    changed(b"\nR-", b"\nR?"),
    changed(b"\nR-", b"\nR\nR-"),
    changed(b"\nR-", b"\nR-\r\nR-"),
    changed(b"\nR-", b"\nN=\nR-"),
    changed(b"\nE0", b"\nO=\nE0"),
    changed(b"\nE0", b"\nE\nE0"),
    changed(b"\nE0", b"\nEx"),
    changed(b"\nE0", b"\nE"),
    put(sealed(b"\n".join(line for line in lines if line[:1] != b"R"))),
    put(sealed(b"\n".join(line for line in lines if line[:1] != b"E"))),
    put(sealed(records[:-1])),
    put(sealed(records[::-1])),
    put(sealed(records * 200)),
    # No file.
    fifo, bound, device, second,
    link("README"), link("/dev/zero"), link("."), link("nowhere"),
    lambda name: os.mkdir(name),
]
if owner is not None:
    kinds.append(closed)

# Names that are no ID.
names = ["x%d", "core.%d", "%d\n", "%016X0000000", "%016X0000000G",
         "\udcff%d", "-rf%d", ".%d.", "%0250d", "%%n%d", ";%d"]

try:
    put(b"x")("README")
except FileExistsError:
    pass
made = tried = 0
while made < count:
    name = ("%016X%08X" % (4096 + tried, tried) if tried % 8 else
            names[tried // 8 % len(names)] % tried)
    try:
        kinds[tried % len(kinds)](name)
    except OSError:
        pass
    else:
        made += 1
        if owner is not None:
            os.lchown(name, owner, -1)
            if kinds[tried % len(kinds)] is not closed and \
                    not os.path.islink(name):
                # A directory that only its owner may write cannot be moved.
                os.chmod(name, 0o755 if os.path.isdir(name) else 0o606)
    tried += 1
