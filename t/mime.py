# The oracle of t/mime.t: random messages go through t/recode, and Python's
# email package must decode the same from what comes out as from what went in.
# One TAP line per rule.

import binascii
import email
import email.message
import email.policy
import email.utils
import random
import re
import subprocess
import sys

recode = sys.argv[1]
random.seed(int(sys.argv[2]))
count = int(sys.argv[3])

WORDS = ['a', 'word', 'été', 'naïve', '.', '..', '=3D', '=', 'From ', '--b',
         'tab\t', 'x' * 30, '日本語', '=?utf-8?Q?=C3=A9?=', '😀', '\\', '--']
NAMES = ['Jörg', 'Ann', '"Bé, C"', '日本', '"q\\"é"', '(cömment)', '"plain"']


def line(long=False):
    text = ' '.join(random.choice(WORDS) for _ in range(random.randrange(9)))
    if long and random.random() < .1:
        text += random.choice('xé') * random.randrange(900, 2600)
    if random.random() < .1:
        text += ' '
    return text


def body(charset):
    lines = [line(True) for _ in range(random.randrange(7))]
    data = '\r\n'.join(lines).encode('utf-8')
    if charset == 'binary':
        data = bytes(random.choice([65, 200, 255, 61, 10]) for _ in
                     range(random.randrange(300))).replace(b'\n', b'\r\n')
    return data


def coded(data, coding):
    import base64
    import quopri
    if coding == 'base64':
        data = base64.b64encode(data)
        return data if random.random() < .3 else b'\r\n'.join(
            data[i:i + 76] for i in range(0, len(data), 76))
    if coding == 'quoted-printable':
        data = quopri.encodestring(data.replace(b'\r\n', b'\n'))
        if random.random() < .4:
            data = data.replace(b'=\n', b'')
        return data.replace(b'\n', b'\r\n')
    return data


def leaf():
    kind = random.choice(['text/plain', 'text/html; charset=utf-8',
                          'application/octet-stream', None])
    coding = random.choice(['8bit', '7bit', 'binary', 'base64',
                            'quoted-printable', None])
    fields = b''
    if kind:
        fields += b'Content-Type: ' + kind.encode() + b'\r\n'
    if coding:
        fields += b'Content-Transfer-Encoding: ' + coding.encode() + b'\r\n'
    if random.random() < .3:
        fields += ('Content-Disposition: attachment; filename="%s.txt"\r\n' %
                   random.choice(['é', 'a b', '日本 %' * 9])).encode()
    return fields, coded(body(random.choice(['text', 'binary'])), coding)


def entity(depth, used):
    roll = random.random()
    if depth == 0 or roll < .4:
        return leaf()
    if roll < .55:
        fields, data = message(depth - 1, used)
        return (b'Content-Type: message/rfc822\r\n' + random.choice([
            b'', b'Content-Transfer-Encoding: 8bit\r\n']),
            fields + b'\r\n' + data)
    used.append(0)
    boundary = random.choice(['b%d', '"b %d"', '"=_b:%d--"']) % len(used)
    subtype = random.choice(['mixed', 'alternative', 'digest'])
    fields = ('Content-Type: multipart/%s;\r\n\tboundary=%s\r\n' %
              (subtype, boundary)).encode()
    fields += random.choice([b'', b'Content-Transfer-Encoding: 8bit\r\n'])
    mark = b'--' + boundary.strip('"').encode()
    data = line().replace('--', '').encode() + b'\r\n'
    for _ in range(random.randrange(1, 4)):
        inner, text = entity(depth - 1, used)
        if subtype == 'digest':
            inner, text = b'', b'Subject: in\r\n' + inner + b'\r\n' + text
        data += mark + b'\r\n' + inner + b'\r\n' + text + b'\r\n'
    if random.random() < .9:
        data += mark + b'--' + random.choice([b'', b' ']) + b'\r\n'
        data += line().replace('--', '').encode() + b'\r\n'
    else:
        unclosed.append(boundary)
    return fields, data


def message(depth, used):
    fields = 'From: %s <a@example.org>\r\nTo: %s\r\nSubject: %s\r\n' % (
        random.choice(NAMES), ', '.join('%s <r%d@example.net>' % (
            random.choice(NAMES), i) for i in range(random.randrange(1, 5))),
        line().strip() or 'none')
    inner, data = entity(depth, used)
    return fields.encode('utf-8') + b'MIME-Version: 1.0\r\n' + inner, data


def parse(data):
    return email.message_from_bytes(data, policy=email.policy.compat32)


def fields_of(part, *names):
    """Their values, unfolded, in the UTF-8 that the sender wrote."""
    return [str(value).encode('ascii', 'surrogateescape').decode(
        'utf-8', 'replace').replace('\r', '').replace('\n', '')
        for name, value in part._headers if name.lower() in names]


WORD = r'=\?([\w-]+)\?([QqBb])\?([^? ]*)\?='


def decode(text):
    """RFC 2047, without the blanks."""
    def word(match):
        charset, way, data = match.groups()
        data = data.encode('ascii')
        if way in 'Bb':
            return binascii.a2b_base64(data).decode(charset)
        return binascii.a2b_qp(data, header=True).decode(charset)
    text = re.sub('(%s)[ \t]+(?==\\?)' % WORD, r'\1', text)
    return re.sub(WORD, word, text)


def subject(part):
    return [decode(value).split() for value in fields_of(part, 'subject')]


def addresses(part):
    return [(''.join(decode(who).replace('(', '').replace(')', '').split()),
             address) for who, address in email.utils.getaddresses(
                 fields_of(part, 'from', 'to'))]


def filename(part):
    copy = email.message.Message()
    for value in fields_of(part, 'content-disposition'):
        copy['Content-Disposition'] = value
    return copy.get_filename()


def content(part):
    data = part.get_payload(decode=True)
    return data.replace(b'\r\n', b'\n')


def shape(m):
    return [p.get_content_type() for p in m.walk()]


def leaves(m):
    return [p for p in m.walk() if not p.is_multipart()]


def convert(data, *rules):
    run = subprocess.run([recode, *rules], input=data, capture_output=True)
    return run.returncode, run.stdout


bad = {}
RULES = ['exit', 'shape', 'content', 'subject', 'addresses', 'file names',
         'ASCII', 'short lines', 'labels', 'delimiters']


def fail(rule, data, why=''):
    if rule not in bad:
        sys.stderr.write('%s: %s\n%r\n' % (rule, why, data[:3000]))
    bad[rule] = bad.get(rule, 0) + 1


for number in range(count):
    unclosed = []
    fields, data = message(3, [])
    data = fields + b'\r\n' + data
    if not data.endswith(b'\r\n'):
        data += b'\r\n'
    ascii = number % 2 == 0
    status, out = convert(data, *(['ascii', 'header'] if ascii else []))
    if status != 0:
        fail('exit', data, status)
        continue
    before, after = parse(data), parse(out)
    if shape(before) != shape(after):
        fail('shape', data, (shape(before), shape(after)))
        continue
    for old, new in zip(leaves(before), leaves(after)):
        # The end of the last part of a multipart without its end is no
        # matter of course.
        end = b'\n' if unclosed else b'\0'
        if content(old).rstrip(end) != content(new).rstrip(end):
            fail('content', data, (content(old), content(new)))
        if filename(old) != filename(new):
            fail('file names', data, (filename(old), filename(new)))
    for old, new in zip(before.walk(), after.walk()):
        if subject(old) != subject(new):
            fail('subject', data, (subject(old), subject(new)))
        if addresses(old) != addresses(new):
            fail('addresses', data, (addresses(old), addresses(new)))
    if ascii and max(out) > 127:
        fail('ASCII', data)
    if ascii and any(p['Content-Transfer-Encoding'] in ('8bit', 'binary')
                     for p in after.walk() if p.is_multipart()):
        fail('labels', data)
    if max(len(l) for l in out.split(b'\r\n')) > 998:
        fail('short lines', data)

# A line that is broken is no way to make parts of what is text, whichever way
# it goes and wherever the break is.
for coding, start, rules in [('8bit', 'é', ['ascii']), ('8bit', 'x' * 999, []),
                             ('quoted-printable', 'x' * 999, []),
                             ('unknown', 'x' * 920, [])]:
    for width in range(160):
        text = start + 'x' * width + '--b\r\nSubject: x\r\n\r\n'
        data = ('Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n'
                'Content-Transfer-Encoding: %s\r\n\r\n%s--b--\r\n' %
                (coding, text)).encode('utf-8')
        status, out = convert(data, *rules)
        if shape(parse(data)) != shape(parse(out)):
            fail('delimiters', data, out)
        if max(len(l) for l in out.split(b'\r\n')) > 998:
            fail('short lines', data)

for i, rule in enumerate(RULES):
    print('%s %d - %d random messages: %s' % (
        'not ok' if rule in bad else 'ok', i + 1, count, rule))
print('1..%d' % len(RULES))
