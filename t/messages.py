"""The corpus: messages as real programs hand them to sendmail.

all() yields each as (name, arguments, bytes).  Nothing here knows what
sendmail makes of them; t/oracle.py does.
"""
import base64
import quopri

DATE = "Tue, 24 Nov 2026 10:11:12 +0100"
PROSE = ("The quick report of tonight.\n\nAll 17 checks passed; 2 warnings.\n"
         "-- \nweb1.example.org\n")
DOTS = ".\n..\n.hidden\n...\nend of dots\n"
PATCH = """From 0123456789abcdef0123456789abcdef01234567 Mon Sep 17 00:00:00 2001
---
 src/main.c | 4 ++--
 1 file changed, 2 insertions(+), 2 deletions(-)

diff --git a/src/main.c b/src/main.c
--- a/src/main.c
+++ b/src/main.c
@@ -1,4 +1,4 @@
-	old();
+	new();
.
+.profile
--
2.47.0
"""


def text(fields, body, blank=True):
    """A message with LF line ends; fields is a list of (name, value)."""
    head = "".join(f"{n}: {v}\n" for n, v in fields)
    return head + ("\n" if blank else "") + body


def wrap(data, width=76):
    code = base64.b64encode(data).decode()
    return "".join(code[i:i + width] + "\n"
                   for i in range(0, len(code), width))


# Line ends, applied to what has LF.
ENDS = {
    "lf": lambda b: b,
    "crlf": lambda b: b.replace(b"\n", b"\r\n"),
    "mixed": lambda b: b"".join(
        line + (b"\r\n" if i % 3 else b"\n")
        for i, line in enumerate(b.split(b"\n")))[:-1].rstrip(b"\r"),
}


def php():
    script = ("X-PHP-Originating-Script", "33:contact.php")
    headers = {
        "plain": [],
        "from": [("From", "Shop <shop@example.com>")],
        "reply": [("From", "shop@example.com"), ("Reply-To", "eve@x.example"),
                  ("X-Mailer", "PHP/8.4.1")],
        "html": [("MIME-Version", "1.0"),
                 ("Content-Type", "text/html; charset=UTF-8"),
                 ("From", "=?UTF-8?B?TWFyaW8gTcO8bGxlcg==?= <m@example.com>")],
        "bcc": [("From", "shop@example.com"), ("Cc", "Boss <boss@example.com>"),
                ("Bcc", "archive@example.com, log@example.com")],
    }
    bodies = {"text": "Order 4711\n\nThank you.\n",
              "html": "<html><body><p>Grüße</p>\n.\n</body></html>",
              "end": "no end of line"}
    for hn, hs in headers.items():
        for bn, body in bodies.items():
            m = text([("To", "customer@example.net"), ("Subject", "Order"),
                      script] + hs, body).encode()
            yield f"php-{hn}-{bn}", ["-t", "-i"], m
            yield f"php-f-{hn}-{bn}", ["-t", "-i", "-fbounce@example.com"], m


def cron():
    env = [("X-Cron-Env", f"<{v}>") for v in
           ("SHELL=/bin/sh", "HOME=/root", "PATH=/usr/bin:/bin",
            "LOGNAME=root")]
    mime = [("MIME-Version", "1.0"),
            ("Content-Type", "text/plain; charset=UTF-8"),
            ("Content-Transfer-Encoding", "8bit")]
    head = [("From", "root (Cron Daemon)"), ("To", "root"),
            ("Subject", "Cron <root@web1> test -x /usr/sbin/anacron")]
    out = "run-parts: /etc/cron.daily/backup: Größe 12 GiB\n"
    yield ("cron-debian", ["-FCronDaemon", "-i", "-B8BITMIME", "-oem", "root"],
           text(head + mime + env, out).encode())
    yield ("cron-debian-old", ["-i", "-FCronDaemon", "-oem", "root"],
           text(head + env, out.replace("ö", "o").replace("ß", "s")).encode())
    yield ("cron-vixie", ["-FCronDaemon", "-odi", "-oem", "-oi", "-t"],
           text(head + env, DOTS).encode())
    cronie = [("From", '"(Cron Daemon)" <alice>'), ("To", "alice")] + \
        head[2:] + mime + [("Auto-Submitted", "auto-generated"),
                           ("Precedence", "bulk")] + env
    for f in ("alice", "<>", "'<>'"):
        yield (f"cronie-{f}", ["-FCronDaemon", "-i", "-odi", "-oem", "-oi",
                               "-t", "-f", f], text(cronie, out).encode())
    yield ("cron-systemd", ["-i", "-B", "8BITMIME", "root"], text(
        [("Content-Type", 'text/plain; charset="utf-8"'),
         ("MIME-Version", "1.0"), ("Content-Transfer-Encoding", "binary"),
         ("Date", DATE), ("From", "root (systemd-cron)"), ("To", "root"),
         ("Subject", "[web1] job backup failed"),
         ("Auto-Submitted", "auto-generated")], out).encode())
    yield "cron-busybox", ["-ti"], text(
        [("To", "root"), ("Subject", "cron: /bin/false")], "failed\n").encode()
    yield "anacron", ["-FAnacron", "-odi", "root"], text(
        [("From", "Anacron <root>"), ("To", "root"),
         ("Content-Type", 'text/plain; charset="UTF-8"'),
         ("Subject", "Anacron job 'cron.daily' on web1")], out).encode()
    yield "at", ["-i", "alice"], text(
        [("Subject", "Output from your job        7"), ("To", "alice")],
        "done\n.\nmore\n").encode()


def daemons():
    """Programs that say one thing, each in its own way."""
    def one(name, argv, fields, body=PROSE):
        return name, argv, text(fields, body).encode()
    to = ("To", "root")
    yield one("logwatch", ["-t"], [
        to, ("From", "Logwatch@web1.example.org"),
        ("Subject", "Logwatch for web1 (Linux)"), ("Auto-Submitted",
                                                   "auto-generated"),
        ("Precedence", "bulk"), ("MIME-Version", "1.0"),
        ("Content-Transfer-Encoding", "8bit"),
        ("Content-Type", 'text/plain; charset="UTF-8"')],
        "\n ################### Logwatch 7.7 ####################\n"
        " --------------------- sshd Begin ---------------------\n\n"
        " Illegal users from:\n    192.0.2.9: 41 times\n\n")
    md = "This is an automatically generated mail message from mdadm\n" \
        "running on web1\n\nA DegradedArray event had been detected on md " \
        "device /dev/md0.\n\nFaithfully yours, etc.\n"
    for f in ([], ["-fmdadm@example.org"]):
        yield one("mdadm" + "-f" * bool(f), ["-t"] + f, [
            ("From", "mdadm monitoring <root>"), to,
            ("Subject", "DegradedArray event on /dev/md0:web1")], md)
    yield one("sudo", ["-t"], [
        to, ("From", "alice"), ("Auto-Submitted", "auto-generated"),
        ("Subject", "*** SECURITY information for web1 ***")],
        "\nweb1 : Nov 24 10:11:12 : alice : user NOT in sudoers ; "
        "TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/bin/sh\n\n")
    yield one("fail2ban", ["-f", "fail2ban", "root"], [
        ("Subject", "[Fail2Ban] sshd: banned 192.0.2.9 from web1"),
        ("Date", DATE), ("From", "Fail2Ban <fail2ban>"), to],
        "Hi,\n\nThe IP 192.0.2.9 has just been banned.\n\nRegards\n")
    yield one("unattended-upgrades", ["-oi", "-t"], [
        ("Content-Type", 'text/plain; charset="utf-8"'),
        ("MIME-Version", "1.0"), ("Content-Transfer-Encoding", "8bit"),
        ("Subject", "[reboot required] unattended-upgrades result for web1"),
        ("From", "root"), to, ("Auto-Submitted", "auto-generated"),
        ("Precedence", "bulk"), ("X-Auto-Response-Suppress", "All")])
    yield one("apt-listchanges", ["-oi", "-t"], [
        ("Content-Type", 'text/plain; charset="utf-8"'),
        ("Subject", "apt-listchanges: news for web1"), to,
        ("Auto-Submitted", "auto-generated")])
    yield one("smartd", ["-i", "-f", "root", "root"], [
        ("Date", DATE), to,
        ("Subject", "SMART error (CurrentPendingSector) on web1"),
        ("User-Agent", "Heirloom mailx 12.5"), ("From", "root")])
    yield one("zed-old", ["root@example.net"], [
        ("Subject", "ZFS device fault for pool tank on web1"), to])
    yield one("sender-header", ["-t", "-i"], [
        ("Sender", "root"), ("From", "Ops <ops@example.com>"), to,
        ("Reply-To", "ops, noc@example.com"), ("Subject", "s")])
    for tool, subject in (
            ("rkhunter", "[rkhunter] Warnings found for web1"),
            ("aide", "Daily AIDE report for web1"),
            ("chkrootkit", "web1 chkrootkit 2026-11-24"),
            ("logcheck", "web1 2026-11-24 10:02 System Events"),
            ("borgmatic", "backup of web1 failed"),
            ("rsnapshot", "rsnapshot alpha finished"),
            ("certbot", "certificate renewal: 1 failure(s)"),
            ("apcupsd", "web1 UPS ups1 Power Failure !!!"),
            ("arpwatch", "new station (printer) eth0"),
            ("munin", "munin: web1 :: disk :: CRITICAL")):
        yield one(tool, ["-t", "-oi"], [
            ("From", f"{tool} <{tool}>"), to, ("Subject", subject),
            ("X-Mailer", tool)])
        yield one(tool + "-direct", ["-oi", "-f", f"{tool}@example.org",
                                     "root", "noc@example.com"], [
            ("From", f'"{tool} on web1" <{tool}@example.org>'), to,
            ("Subject", subject), ("Date", DATE),
            ("Message-ID", f"<{tool}.20261124@web1.example.org>")], DOTS)


def git():
    for n in range(0, 9):
        fields = [("From", "Zoë Coder <zoe@example.com>"),
                  ("To", "list@lists.example.net"),
                  ("Cc", "Maintainer <m@example.net>,\n\tZoë Coder "
                         "<zoe@example.com>"),
                  ("Subject", f"[PATCH v2 {n}/8] main: call new() where "
                              "old() was called,\n because it is newer"),
                  ("Date", DATE),
                  ("Message-ID", f"<20261124101112.4711-{n}-zoe@example.com>"),
                  ("X-Mailer", "git-send-email 2.47.0"),
                  ("MIME-Version", "1.0"),
                  ("Content-Transfer-Encoding", "8bit"),
                  ("Content-Type", "text/plain; charset=UTF-8")]
        if n:
            cover = "<20261124101112.4711-0-zoe@example.com>"
            fields += [("In-Reply-To", cover), ("References", cover)]
        if n == 0:
            fields[0] = ("From", "Zoe Coder <zoe@example.com>")
            fields[2] = ("Cc", "Maintainer <m@example.net>")
        argv = ["-f", "zoe@example.com"] if n % 2 else []
        yield (f"git-{n}", argv + ["-i", "list@lists.example.net",
                                   "m@example.net", "zoe@example.com"],
               text(fields, PATCH.replace("17", str(n))).encode())


def users():
    """mutt, mailx and others that people write with."""
    base = [("Date", DATE), ("From", "Alice A. <alice@example.com>"),
            ("To", "Bob <bob@example.net>"), ("Subject", "Lunch?"),
            ("Message-ID", "<Zz4711.abc@web1>")]
    mutt = ["-oem", "-oi", "-f", "alice@example.com", "-N", "failure,delay",
            "-R", "hdrs", "--", "bob@example.net"]
    yield "mutt", mutt, text(base + [
        ("MIME-Version", "1.0"), ("Content-Type", "text/plain; charset=utf-8"),
        ("Content-Disposition", "inline"), ("User-Agent", "Mutt/2.2.13")],
        "Hi Bob,\n\n> From here\nFrom there\n.\n").encode()
    yield "mutt-bounce", ["-oem", "-oi", "-f", "alice@example.com", "--",
                          "carol@example.net"], text(
        [("Resent-From", "Alice <alice@example.com>"), ("Resent-Date", DATE),
         ("Resent-Message-ID", "<r1@web1>"),
         ("Resent-To", "carol@example.net"),
         ("Received", "from a by b; " + DATE)] + base, PROSE).encode()
    for name, extra in (
            ("to", []), ("bcc", [("Resent-Bcc", "dan@example.net")]),
            ("cc", [("Resent-Cc", "carla")]),
            ("sender", [("Resent-Sender", "alice")])):
        yield f"resent-{name}", ["-t", "-i"], text(
            [("Resent-To", "carol@example.net, carl")] + extra +
            base + [("Cc", "not@example.net"), ("Bcc", "nor@example.net")],
            PROSE).encode()
    yield "resent-from-only", ["-t"], text(
        [("Resent-From", "alice@example.com")] + base, PROSE).encode()
    yield "mailx-bsd", ["-i", "-m", "-v", "bob@example.net", "root"], text(
        [("To", "bob@example.net, root"), ("Subject", "hello")],
        "hi\n").encode()
    yield "s-nail", ["-i", "-F", "Alice Q. Admin", "-f", "alice@example.com",
                     "--", "bob@example.net"], text(base, PROSE).encode()
    yield "mailutils", ["-oi", "-f", "root@example.org", "-t"], text(
        [("To", "<bob@example.net>"), ("Subject", "x"),
         ("User-Agent", "mail (GNU Mailutils 3.17)"), ("Date", DATE)],
        "x\n").encode()
    yield "emacs", ["-oi", "-f", "alice@example.com", "-oem", "-odb", "-t"], \
        text(base + [("FCC", "~/sent"), ("User-Agent", "Gnus/5.13")],
             PROSE).encode()
    yield "nodemailer", ["-i", "-f", "app@example.com", "bob@example.net",
                         "secret@example.net"], text(
        [("From", "App <app@example.com>"), ("To", "bob@example.net"),
         ("Bcc", "secret@example.net"), ("Subject", "Welcome"),
         ("Message-ID", "<3f1a-b@example.com>"), ("Date", DATE),
         ("Content-Transfer-Encoding", "7bit"), ("MIME-Version", "1.0"),
         ("Content-Type", "text/plain; charset=utf-8")], "Hi\n").encode()
    yield "ruby", ["-i", "-f", "app@example.com", "--", "bob@example.net"], \
        text(base, PROSE).encode()
    yield "perl-mime-lite", ["-t", "-oi", "-oem", "-falice@example.com"], \
        text([("Content-Disposition", "inline"), ("Content-Length", "55"),
              ("Content-Transfer-Encoding", "binary"),
              ("X-Mailer", "MIME::Lite 3.033")] + base, PROSE).encode()
    yield "names-in-f", ["-f", "Alice <alice@example.com>", "-r",
                         "Last One <last@example.com>", "bob@example.net"], \
        text(base, PROSE).encode()
    for header in ("list", "dkim", "trace"):
        fields = {
            "list": [("List-Id", "Dev <dev.lists.example.net>"),
                     ("List-Post", "<mailto:dev@lists.example.net>"),
                     ("List-Unsubscribe",
                      "<https://lists.example.net/u?x=1>,\n "
                      "<mailto:leave@lists.example.net>"),
                     ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
                     ("Precedence", "list"), ("Errors-To", "own@example.net"),
                     ("X-BeenThere", "dev@lists.example.net")],
            "dkim": [("DKIM-Signature", "v=1; a=rsa-sha256; d=example.com;\n"
                      "\ts=s1; h=From:To:Subject; bh=AAAA=;\n\tb=BBBB="),
                     ("Authentication-Results", "mx; dkim=pass")],
            "trace": [("Return-Path", "<old@example.com>"),
                      ("Delivered-To", "x@example.net")] +
                     [("Received", f"from h{i} (h{i} [192.0.2.{i}])\n\tby "
                       f"h{i + 1} with ESMTP id {i}; {DATE}")
                      for i in range(20)],
        }[header]
        yield header, ["-t", "-i", "-f", "bounce@example.com"], text(
            fields + base, PROSE).encode()


CHARSETS = {
    "us-ascii": "plain words", "utf-8": "Grüße, 你好, привет, 🙂",
    "iso-8859-1": "Grüße à tous", "iso-8859-15": "10 € für Œuvre",
    "windows-1252": "“quoted” – €", "iso-8859-2": "Zażółć gęślą",
    "koi8-r": "привет, мир", "iso-2022-jp": "こんにちは世界",
    "shift_jis": "こんにちは", "euc-jp": "日本語", "gb2312": "你好世界",
    "gb18030": "龍騰", "big5": "中文信件", "euc-kr": "안녕하세요",
    "utf-7": "Grüße", "windows-1251": "ещё раз",
}


def mime():
    to = [("From", "App <app@example.com>"), ("To", "bob@example.net"),
          ("Date", DATE), ("MIME-Version", "1.0")]
    for charset, words in CHARSETS.items():
        raw = (words + "\n.dot\nsecond line\n" * 3).encode(charset)
        word = base64.b64encode(words.encode(charset)).decode()
        for cte in ("8bit", "quoted-printable", "base64"):
            body = {"8bit": raw, "quoted-printable": quopri.encodestring(raw),
                    "base64": wrap(raw).encode()}[cte]
            yield f"{charset}-{cte}", ["-t", "-i"], text(to + [
                ("Subject", f"=?{charset}?B?{word}?="),
                ("Content-Type", f"text/plain; charset={charset}"),
                ("Content-Transfer-Encoding", cte)], "").encode() + body

    def part(ctype, body, *more):
        return text([("Content-Type", ctype), *more], body)

    def multi(kind, parts, mark, extra=""):
        return (f"multipart/{kind}; boundary=\"{mark}\"{extra}",
                "This is a multi-part message in MIME format.\n" + "".join(
                    f"--{mark}\n{p}" + ("" if p.endswith("\n") else "\n")
                    for p in parts) + f"--{mark}--\n")
    plain = part("text/plain; charset=utf-8", "Hallo Bob,\n\nGrüße\n",
                 ("Content-Transfer-Encoding", "8bit"))
    html = part("text/html; charset=utf-8", "<p>Hallo</p>\n<p>.</p>\n")
    image = part('image/png; name="a.png"', wrap(bytes(range(256)) * 8),
                 ("Content-Transfer-Encoding", "base64"),
                 ("Content-ID", "<img1@example.com>"))
    pdf = part('application/pdf; name="=?utf-8?Q?R=C3=A9sum=C3=A9.pdf?="',
               wrap(b"%PDF-1.7\n" + bytes(4000)),
               ("Content-Transfer-Encoding", "base64"),
               ("Content-Disposition",
                "attachment;\n filename*=utf-8''R%C3%A9sum%C3%A9.pdf"))
    message = part("message/rfc822", text(
        [("From", "eve@x.example"), ("To", "root"), ("Bcc", "x@x.example"),
         ("Subject", "inner")], "inner body\n.\n"))
    signature = part('application/pgp-signature; name="signature.asc"',
                     "-----BEGIN PGP SIGNATURE-----\n\niQEz\n"
                     "-----END PGP SIGNATURE-----\n")
    alternative = part(*multi("alternative", [plain, html], "ALT"))
    status = part("message/delivery-status",
                  "Reporting-MTA: dns; web1\n\nAction: failed\n")
    calendar = part("text/calendar; method=REQUEST; charset=utf-8",
                    "BEGIN:VCALENDAR\nVERSION:2.0\nEND:VCALENDAR\n")
    tops = {
        "alternative": multi("alternative", [plain, html], "A1"),
        "mixed": multi("mixed", [plain, pdf, image], "=_b'()+_,-./:=?"),
        "related": multi("related", [html, image], "R1",
                         '; type="text/html"'),
        "invite": multi("alternative", [plain, html, calendar], "C1"),
        "signed": multi("signed", [plain, signature], "S1",
                        '; micalg=pgp-sha256;\n\tprotocol='
                        '"application/pgp-signature"'),
        "smime": ("application/pkcs7-mime; smime-type=enveloped-data;\n "
                  "name=smime.p7m", wrap(bytes(range(200)) * 5)),
        "report": multi("report", [plain, status, message], "P1",
                        "; report-type=delivery-status"),
        "digest": multi("digest", ["\n" + text([("From", "a@b.example")],
                                               f"issue {i}\n")
                                   for i in range(5)], "D1"),
        "forward": multi("mixed", [plain, message], "F1"),
        "no-preamble": ("multipart/mixed; boundary=x",
                        "--x\n\nimplicit text\n--x--"),
        "empty-parts": ("multipart/mixed; boundary=x",
                        "--x\n\n--x\n\n--x--\n"),
        "unclosed": ("multipart/mixed; boundary=x", "--x\n\nnever closed\n"),
    }
    deep = alternative
    for depth in range(2, 8):
        deep = part(*multi("mixed", [deep, image], f"N{depth}"))
        tops[f"nested-{depth}"] = multi("mixed", [deep, pdf], f"T{depth}")
    for name, (ctype, body) in tops.items():
        yield f"mime-{name}", ["-t", "-i"], text(to + [
            ("Subject", name), ("Content-Type", ctype)], body).encode()
    for charset, words in CHARSETS.items():
        raw = f"Subject: {words}\n".encode(charset)
        if charset not in ("us-ascii", "utf-7", "iso-2022-jp"):
            yield f"raw-header-{charset}", ["-t"], text(
                to[:2], "").encode()[:-1] + raw + b"\nbody\n"


LISTS = {
    "plain": "bob@example.net", "bare": "root", "two": "root, bob@example.net",
    "name": "Bob B. <bob@example.net>", "bare-name": "Root <root>",
    "quoted": '"Bob, the builder" <bob@example.net>, "root" <root>',
    "escaped": r'"Bob \"x\" B" <bob@example.net>',
    "comment": "bob@example.net (Bob), root (the (nested) boss)",
    "comment-first": "(all of us) bob@example.net",
    "folded": "bob@example.net,\n\troot,\n  carol@example.net",
    "group": "Team: bob@example.net, root;",
    "groups": "A: a@x.example;, B: b@x.example, c;",
    "no-comma": "<bob@example.net>, <root>",
    "route": "Bob <@relay.example:bob@example.net>",
    "literal": "bob@[192.0.2.1], eve@[IPv6:2001:db8::1]",
    "quoted-local": '"bob smith"@example.net, "root"@example.net',
    "encoded": "=?utf-8?Q?B=C3=B6b=2C?= <bob@example.net>",
    "utf8": "Böb <bob@example.net>", "utf8-local": "böb@example.net",
    "utf8-domain": "bob@exämple.net", "plus": "bob+tag=x@example.net",
    "case": "Bob@Example.NET, bob@example.net, Bob@example.net",
    "empty-elements": ", bob@example.net, , root,",
    "long": ", ".join(f"user{i}@example.net" for i in range(50)),
    "odd-atoms": "!#$%&'*+-/=?^_`{|}~@example.net",
    "blank-around": "  bob@example.net  ", "glued": "<bob@example.net>,root",
    "dots": "first.last@example.net", "sub": "a@b.c.d.example",
}


def addresses():
    for name, value in LISTS.items():
        for field in ("To", "Bcc"):
            rest = [] if field == "To" else [
                ("To", "undisclosed-recipients:;")]
            yield f"list-{name}-{field}", ["-t"], text(
                rest + [(field, value), ("Subject", "s"),
                        ("From", "alice@example.com")], "x\n").encode()
        yield f"list-{name}-word", [value.replace("\n", " ")], b"x\n"
    for name in ("bare", "name", "bare-name", "comment", "quoted", "encoded",
                 "literal", "utf8", "group"):
        yield f"from-{name}", ["bob@example.net"], text(
            [("From", LISTS[name]), ("Sender", LISTS[name]),
             ("Reply-To", LISTS[name])], "x\n").encode()


def odd():
    """Headers, bodies and line ends that nobody should write."""
    to = b"To: bob@example.net\n"
    heads = {
        "no-blank-after-colon": b"To:bob@example.net\nSubject:x\n",
        "blank-before-colon": b"To : bob@example.net\nSubject\t: x\n",
        "lower": b"to: bob@example.net\nfrom: a@example.com\nbcc: c@x.example\n",
        "upper": b"TO: bob@example.net\nBCC: c@x.example\nDATE: " +
                 DATE.encode() + b"\n",
        "twice": to + b"To: carol@example.net\nCc: a@x.example\nCC: b\n",
        "two-froms": to + b"From: a@example.com\nFrom: b@example.com\n",
        "two-subjects": to + b"Subject: a\nSubject: b\n",
        "empty-fields": to + b"Subject:\nX-Empty: \nDate:\nFrom: \n"
                             b"Message-ID:\n",
        "folded-empty": to + b"Subject:\n x\n\t\n y\n",
        "blank-line-fold": to + b"Subject: x\n \n y\n",
        "bcc-folded": to + b"Bcc: a@x.example,\n\tb@x.example\nX-A: b\n",
        "bcc-empty": to + b"Bcc:\n", "bcc-only": b"Bcc: bob@example.net\n",
        "apparently": b"Apparently-To: bob@example.net\n",
        "content-length": to + b"Content-Length: 5\nContent-Type: text/plain\n",
        "return-path": b"Return-Path: <x@example.com>\n" + to,
        "postmark": b"From root Mon Nov 23 00:00:00 2026\n" + to,
        "postmarks": b"From a b\n>From c d\n>>From e f\n" + to,
        "postmark-later": to + b"From root Mon Nov 23 00:00:00 2026\n",
        "many": to + b"".join(b"X-%d: %d\n" % (i, i) for i in range(1000)),
        "long-fold": to + b"References:" + b"".join(
            b"\n <%060d@example.com>" % i for i in range(100)) + b"\n",
        "wide": to + b"Subject: " + b"w" * 900 + b"\n",
        "odd-names": to + b"X!#$%: 1\n>x: 2\n1: 3\n{a}: 4\n",
        "not-a-field": to + b"this is text: yes\n",
        "8bit-name": to + "Größe: 1\n".encode(),
        "dot-field": to + b".x: y\n..: z\n",
        "nul": b"T\0o: bob@exam\0ple.net\nSub\0ject: x\n",
        "lone-cr": to + b"Subject: a\rb\r\rc\n",
        "cr-fold": to + b"Subject: a\n\rX-B: c\n",
        "crcrlf": to.replace(b"\n", b"\r\r\n") + b"Subject: x\r\r\r\n",
        "control": to + b"Subject: a\x07b\x1bc\x7f\n",
        "date-odd": to + b"Date: yesterday\nMessage-ID: none\n",
        "localhost": to + b"From: www@localhost\n",
        "unclosed": to + b"Reply-To: <a@b\nX-A: (\n",
    }
    for name, head in heads.items():
        yield f"head-{name}", ["-t", "-i"], head + b"\nbody\n"
        yield f"head-{name}-alone", ["-t", "-i"], head
        if name != "postmark-later" and name != "not-a-field":
            yield f"head-{name}-last", ["-ti"], head.rstrip(b"\r\n")
    smuggle = b"MAIL FROM:<e@x>\nRCPT TO:<e@x>\nDATA\nX: y\n\nevil\n"
    bodies = {
        "empty": b"", "one-newline": b"\n", "spaces": b"   \n\t\n",
        "no-end": b"last line", "cr-end": b"last line\r",
        "crlf-end": b"last line\r\n", "lone-cr": b"a\rb\nc\r\rd\n\re\n",
        "crcrlf": b"a\r\r\nb\r\r\r\n", "nul": b"a\0b\n\0\n\0.\n",
        "dots": DOTS.encode(), "dot-end": b"a\n.", "dot-first": b".\nx\n",
        "binary": bytes(range(256)) * 4, "high": b"\xff\xfe\x80\n" * 9,
        "from": b"From here\n>From there\nfrom\n",
        "998": b"x" * 998 + b"\n", "999": b"y" * 999 + b"\n",
        "2000": b"word " * 400 + b"\n", "100k": b"z" * 100000 + b"\nend\n",
        "many-lines": b"line\n" * 5000, "blank-lines": b"\n" * 200,
        "smuggle-lf": b"x\n.\n" + smuggle, "smuggle-cr": b"x\r.\r" + smuggle,
        "smuggle-crlf": b"x\r\n.\r\n" + smuggle.replace(b"\n", b"\r\n"),
        "smuggle-lf-crlf": b"x\n.\r\n" + smuggle,
        "smuggle-cr-lf": b"x\r.\n" + smuggle, "bdat": b"BDAT 5 LAST\nhello\n",
        "header-like": b"To: evil@x.example\nBcc: evil@x.example\n",
        "utf16": "hello\n".encode("utf-16"), "escapes": b"\x1b[31mred\x1b[0m\n",
    }
    for name, body in bodies.items():
        yield f"body-{name}", ["-t", "-i"], to + b"\n" + body
        yield f"body-{name}-bare", ["-oi", "bob@example.net"], b"\n" + body
        yield f"body-{name}-stop", ["-t"], to + b"\n" + body
    for name, data in (("nothing", b""), ("newline", b"\n"), ("dot", b".\n"),
                       ("word", b"hi"), ("blank-first", b" x: y\n\nz\n"),
                       ("tab-first", b"\tx\n"), ("colon-first", b": x\n"),
                       ("nul-only", b"\0\0"), ("cr-only", b"\r")):
        yield f"all-{name}", ["bob@example.net"], data
        yield f"all-{name}-i", ["-i", "-f", "", "bob@example.net"], data


def all():
    ends = list(ENDS)
    for family in (php, cron, daemons, git, users):
        for i, (name, argv, data) in enumerate(family()):
            for end in ends if family is php else {"crlf", ends[i % 3]}:
                yield f"{name}-{end}", argv, ENDS[end](data)
    for family in (mime, addresses, odd):
        yield from family()
