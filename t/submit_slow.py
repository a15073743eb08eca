"""Many sendmails at once, whose input pauses when they have read some of it.

submit_slow.py COUNT COMMAND...: prints "paused" when each has read so much
that it has begun; goes on when standard input has a line or ends; then prints
how many of them exited 0.  Each gets a message of 300,000 bytes and more."""

import os
import subprocess
import sys
import threading

LINE = b"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\n"
FIRST = b"Subject: slow\n\nbegins\n" + LINE * 4000
LAST = LINE * 1000 + b"ends\n"

clients = [subprocess.Popen(sys.argv[2:], stdin=subprocess.PIPE)
           for _ in range(int(sys.argv[1]))]


def give(data):
    """A pipe holds less: it is written when most of it was read."""
    writers = [threading.Thread(target=os.write,
                                args=(c.stdin.fileno(), data))
               for c in clients]
    for w in writers:
        w.start()
    for w in writers:
        w.join()


give(FIRST)
print("paused", flush=True)
sys.stdin.readline()
give(LAST)
for c in clients:
    c.stdin.close()
print(sum(c.wait() == 0 for c in clients), flush=True)
