"""The world of a soak: a smarthost with a bad day, a queue, and an
outbox-flush that is started again whenever it ends."""

import os
import resource
import signal
import struct
import subprocess
import threading
import time

HOUR = 3600

CONF = """[smarthost]
host = localhost
port = %(port)s
tls = starttls
ca_file = %(dir)s/certs/ca.pem
user = alice
password_file = %(dir)s/password
timeout = 2s
idle = 1s
connections = %(connections)d
window = %(window)d
messages_per_connection = %(messages)d
recipients_per_message = %(recipients)d
[queue]
directory = %(queue)s
submit_socket = %(dir)s/submit
min_free = %(min_free)s
retry_min = 1s
retry_max = 2s
reports_per_hour = 100000
[sender]
domain = example.org
[recipients]
aliases = %(dir)s/aliases
"""
SECRET = "secret word\n"


class World:
    def __init__(self, directory, build, srcdir, say):
        self.dir, self.build, self.say = directory, build, say
        self.spool = self.path("spool")
        self.account = None
        self.options = {"connections": 2, "window": 16, "messages": 100,
                        "recipients": 100, "min_free": "0"}
        self.flush = None
        self.paused = False         # flush is not to be started again
        self.over = False
        self.children = set()       # submitters that can be killed
        self.lock = threading.Lock()
        self.peak = {"flush KiB": 0, "worker KiB": 0, "descriptors": 0,
                     "processes": 0}
        self.wrong = []
        self.make(srcdir)

    def path(self, *names):
        return os.path.join(self.dir, *names)

    def program(self, name):
        return os.path.join(self.build, name)

    def write(self, name, text):
        with open(self.path(name + ".new"), "w") as f:
            f.write(text)
        os.chmod(self.path(name + ".new"),
                 0o600 if name == "password" else 0o644)
        os.rename(self.path(name + ".new"), self.path(name))

    def make(self, srcdir):
        os.makedirs(self.path("in"))
        os.mkdir(self.spool)
        self.small_disk = os.environ.get("SOAK_MOUNT") == "yes" and \
            subprocess.call(["mount", "-t", "tmpfs", "-o",
                             "size=24m,mode=755", "tmpfs", self.spool]) == 0
        for name in "queue", "failed":
            os.mkdir(os.path.join(self.spool, name), 0o700)
        subprocess.check_call(["sh", os.path.join(
            srcdir, "t/certificates"), self.path("certs")])
        for name, text in (("script", ""), ("aliases", ""),
                           ("transcript", ""), ("password", SECRET)):
            self.write(name, text)
        self.make_clock()
        self.smarthost = subprocess.Popen(
            [self.program("t/smarthost"), "--stdin", "--dir",
             self.path("in"), "--log", self.path("transcript"), "--script",
             self.path("script"), "--tls", "starttls", "--cert",
             self.path("certs/good.pem"), "--key",
             self.path("certs/good.key"), "--user", "alice", "--password",
             SECRET.strip()],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.options["port"] = self.smarthost.stdout.readline().decode().strip()
        self.configure()
        self.reader, self.writer = os.pipe()
        threading.Thread(target=self.listen, daemon=True).start()

    # The clock of all programs but the smarthost.

    def make_clock(self):
        self.env = dict(os.environ)
        preload = self.program("t/clock_offset.so")
        with open(self.path("clock"), "wb") as f:
            f.write(struct.pack("q", 0))
        with open(self.program("queue/outbox-flush"), "rb") as f:
            self.sanitized = b"__asan" in f.read()
        if os.path.exists(preload) and not self.sanitized:
            self.env.update(LD_PRELOAD=preload, CLOCK_OFFSET=self.path("clock"))

    def set_clock(self, seconds):
        with open(self.path("clock"), "r+b") as f:
            f.write(struct.pack("q", seconds * 1000000))

    def configure(self, **options):
        self.options.update(options)
        for name, queue in ("conf", self.spool), ("chroot", self.path("none")):
            self.write(name, CONF % dict(self.options, dir=self.dir,
                                         queue=queue))

    # outbox-flush and its log.

    def listen(self):
        with os.fdopen(self.reader, errors="replace") as log, \
                open(self.path("log"), "w") as copy:
            for line in log:
                copy.write("%.1f %s" % (time.monotonic(), line))
                copy.flush()
                if self.account is not None:
                    self.account.hear(line)
                for bad in ("right mind", "Sanitizer", "signal 11",
                            "signal 6", "runtime error"):
                    if bad in line:
                        self.wrong.append("log: " + line.strip())

    def start(self):
        self.flush = subprocess.Popen(
            [self.program("queue/outbox-flush"), "-C", self.path("conf"),
             "--stderr"], stderr=self.writer, env=self.env)
        return self.flush

    def keep(self):
        """Start it again whenever it ends; the caller is a thread."""
        while not self.over:
            if self.flush is None or self.flush.poll() is not None:
                self.start()
            time.sleep(0.02)

    def end(self, number):
        """It ends by this signal; 0 or why that is wrong."""
        process = self.flush
        if process is None or process.poll() is not None:
            return
        if number == signal.SIGKILL and self.account is not None:
            self.account.killed.add(process.pid)
        process.send_signal(number)

    def forget(self):
        """It starts again, and knows nothing of what the smarthost bore."""
        old = self.flush
        self.end(signal.SIGTERM)
        old.wait()
        try:
            os.unlink(os.path.join(self.spool, "state"))
        except FileNotFoundError:
            pass
        self.end(signal.SIGTERM)

    # Processes.

    def processes(self):
        """pid: (parent, name) of what descends from outbox-flush."""
        flush, found = self.flush, {}
        if flush is None:
            return found
        parents = {}
        for entry in os.listdir("/proc"):
            if not entry.isdigit():
                continue
            try:
                with open("/proc/%s/stat" % entry) as f:
                    text = f.read()
            except OSError:
                continue
            name = text[text.index("(") + 1:text.rindex(")")]
            parent = int(text[text.rindex(")") + 1:].split()[1])
            parents[int(entry)] = (parent, name)
        found[flush.pid] = parents.get(flush.pid, (0, "outbox-flush"))
        more = True
        while more:
            more = [p for p, (parent, _) in parents.items()
                    if parent in found and p not in found]
            found.update((p, parents[p]) for p in more)
        return found

    def left(self):
        """Processes that have our configuration."""
        left, mark = [], self.path("").encode()
        for entry in os.listdir("/proc"):
            if entry.isdigit() and int(entry) != os.getpid():
                try:
                    with open("/proc/%s/cmdline" % entry, "rb") as f:
                        line = f.read()
                except OSError:
                    continue
                if mark in line and b"smarthost\0" not in line:
                    left.append(int(entry))
        return left

    def look(self):
        """Measure what there is."""
        tree = self.processes()
        self.highest("processes", len(tree))
        for pid, (_, name) in tree.items():
            kind = "worker KiB" if name == "outbox-smtp" else "flush KiB"
            try:
                with open("/proc/%d/status" % pid) as f:
                    for line in f:
                        if line.startswith("VmHWM:"):
                            self.highest(kind, int(line.split()[1]))
                self.highest("descriptors", len(os.listdir(
                    "/proc/%d/fd" % pid)))
            except OSError:
                pass
        return tree

    def highest(self, name, value):
        self.peak[name] = max(self.peak[name], value)

    def run(self, args, data=b"", limit=None):
        """A command that may be killed: (status, output, error)."""
        def bound():
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
        p = subprocess.Popen(args, stdin=subprocess.PIPE,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                             env=self.env, preexec_fn=limit and bound)
        with self.lock:
            self.children.add(p)
        try:
            out, err = p.communicate(data, timeout=HOUR / 4)
        except subprocess.TimeoutExpired:
            p.kill()
            out, err = p.communicate()
            self.wrong.append("hangs: %s" % " ".join(args))
        with self.lock:
            self.children.discard(p)
        if -p.returncode in (signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS,
                             signal.SIGFPE, signal.SIGILL):
            self.wrong.append("%s: signal %d" % (args, -p.returncode))
        if b"Sanitizer" in err or b"runtime error" in err:
            self.wrong.append("%s: %s" % (args, err.decode("latin-1")))
        return p.returncode, out.decode("latin-1"), err.decode("latin-1")
