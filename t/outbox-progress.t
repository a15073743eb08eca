#!/bin/sh
# Work that takes long tells a terminal how far it is, on a line that is gone
# at the end; nobody else.
. "${srcdir:-.}/t/delivery.sh"
configure "host = 127.0.0.1" "port = 1" "tls = none"

cat >"$dir/run.py" <<'EOP'
"""run.py SCENE STDERR SPOOL COMMAND...: outbox in a scene of its own, with
standard error on a terminal or in a pipe; what it writes there, and its
status.

wait: its messages are not tried, as of a flush that is busy, until it has told
how far it is, or, in a pipe, until it did its work; then they are gone.
lock: the first message is locked all the time."""
import fcntl
import os
import pty
import re
import subprocess
import sys

scene, kind, spool = sys.argv[1:4]
queue = os.path.join(spool, "queue")
names = [os.path.join(queue, name) for name in sorted(os.listdir(queue))]
ours, theirs = pty.openpty() if kind == "terminal" else os.pipe()
held = []


def is_retried(name):
    with open(name, "rb") as file:
        return re.search(rb"\nE\d+ \d\d 0{12} ", file.read()) is not None


def leave():
    for name in names:
        os.unlink(name)


if scene == "wait":
    held.append(open(os.path.join(spool, "lock"), "w"))
    fcntl.lockf(held[0], fcntl.LOCK_EX)
else:
    held.append(open(names[0]))
    fcntl.flock(held[0], fcntl.LOCK_EX)
tool = subprocess.Popen(sys.argv[4:], stdin=subprocess.DEVNULL, stderr=theirs)
os.close(theirs)
if scene == "wait" and kind == "pipe":
    while not all(is_retried(name) for name in names):
        pass
    leave()
said = b""
while True:
    try:
        part = os.read(ours, 4096)
    except OSError:     # the other end of a terminal is closed
        part = b""
    if part == b"":
        break
    before, said = said, said + part
    if scene == "wait" and b" of " in said and b" of " not in before:
        leave()
status = tool.wait()
sys.stdout.flush()
text = said.decode().replace("\r", "<").replace("\033[K", ">")
print("%s[%d]" % (text, status))
EOP

# run SCENE STDERR VERB...: what it says on standard output, then the rest.
run() {
	clean
	submit bob@example.net
	submit carol@example.net
	# They were deferred: that shows what is retried.
	sed -i 's/^\(E[0-9]* [0-9]* \)[0-9]*/\1009999999999/' \
	    "$dir"/spool/queue/*
	scene=$1 kind=$2
	shift 2
	python3 "$dir/run.py" $scene $kind "$dir/spool" \
	    "$BUILD/queue/outbox" -C "$dir/conf" "$@" 2>&1
}

said=$(run wait terminal retry --all --wait)
is "$(printf '%s\n' "$said" | head -n 2)" "retried 2 messages
2 gone, 0 deferred, 0 in failed/, 0 not tried" "retry --wait: what it did"
like "$said" "^<tried 0 of 2>" "... a terminal is told how far it is"
like "$said" "of 2><>\[0\]$" "... and the line is gone then"
is "$(run wait pipe retry --all --wait | sed -n 3p)" "[0]" \
    "... a pipe is told nothing"

said=$(run lock terminal delete --yes --all)
like "$said" "^deleted 1 message$" "delete: one message is locked"
like "$said" "<deleting 1 of 2>" "... a terminal is told of the time it takes"
like "$said" "<>\[75\]$" "... and the line is gone"
said=$(run lock pipe delete --yes --all)
like "$said" "^outbox: [0-9A-F]* is being delivered: try again$" \
    "... a pipe is told of the error"
unlike "$said" "deleting|<|>" "... and nothing else"

done_testing
