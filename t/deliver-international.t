#!/bin/sh
# Reports about addresses beyond ASCII (RFC 6533): in UTF-8 where the smarthost
# takes that, else in a form that any can pass on; and a mail program finds the
# address in both.
. "${srcdir:-.}/t/delivery.sh"
command -v python3 >/dev/null || skip_all "no python3"

cat >"$dir/read.py" <<'EOP'
"""What a mail program makes of a report: its types, its To:, the first line
that names an address, and of each recipient the address and the action."""
import email, email.policy, re, sys

def decoded(address):
    return re.sub(r"\\x\{([0-9A-F]+)\}", lambda m: chr(int(m[1], 16)), address)

with open(sys.argv[1], "rb") as f:
    report = email.message_from_binary_file(f, policy=email.policy.default)
parts = list(report.iter_parts())
status = parts[1].get_payload()
if len(status) == 1:        # it knows the older type only: the rest is text
    rest = status[0].get_payload(decode=True).decode().replace("\r", "")
    status += [email.message_from_string(block, policy=email.policy.default)
               for block in rest.strip().split("\n\n")]
print(report.get_param("report-type"), *(p.get_content_type() for p in parts))
print(report["To"])
print(re.search("^<.*?>", parts[0].get_content(), re.M)[0])
for block in status[1:]:
    kind, address = block["Final-Recipient"].split("; ")
    print(kind, decoded(address), block["Action"], block["Status"])
print(len(report.defects) + sum(len(p.defects) for p in parts))
EOP

# The one report: its file, MAIL and RCPT.
find_report() {
	report=$(grep -l '^mail <>' "$dir"/in/*.env)
	mail=$(sed -n 's/^mail //p' "$report")
	to=$(sed -n 's/^rcpt //p' "$report")
	report=${report%.env}.msg
}
read_report() {
	PYTHONIOENCODING=utf-8 python3 "$dir/read.py" "$report" 2>&1
}
send() {
	clean
	sendmail -f "$1" "$2" <<-'EOM'
	Subject: Grüße

	hello
	EOM
	flush
	is "$? $(queued) $(parked)" "0 0 0" "$way: it is reported"
	find_report
}
long="550 5.1.1 no such user"

way="SMTPUTF8"
smarthost
configure_clear
script "rcpt * match=@example.net reply $long"
send alice@example.org jörg@example.net
is "$(read_report)" "global-delivery-status text/plain message/global-delivery-status message/global-headers
alice@example.org
<jörg@example.net>
utf-8 jörg@example.net failed 5.1.1
0" "$way: in UTF-8"
unlike "$mail" "SMTPUTF8" "$way: an ASCII sender needs no more than"
like "$mail" "BODY=8BITMIME" "$way: 8BITMIME"
like "$(cat "$report")" "^Subject: Grüße" "$way: the header is there"
send müller@example.org bob@example.net
is "$(read_report | head -n 4)" "global-delivery-status text/plain message/global-delivery-status message/global-headers
müller@example.org
<bob@example.net>
rfc822 bob@example.net failed 5.1.1" "$way: a sender beyond ASCII gets it"
is "$to" "<müller@example.org>" "$way: at that address"
like "$mail" "SMTPUTF8" "$way: with SMTPUTF8"
send alice@example.org bob@example.net
is "$(read_report | sed -n '1p;4p')" "delivery-status text/plain message/delivery-status text/rfc822-headers
rfc822 bob@example.net failed 5.1.1" "$way: ASCII addresses get the usual form"
script
sendmail -N success -f alice@example.org jörg@example.net <"$dir/aliases"
flush
like "$(cat "$dir"/in/*.env)" \
    '^rcpt <jörg@.* NOTIFY=success ORCPT=utf-8;j\\x\{F6\}rg@example.net$' \
    "$way: ORCPT has it in ASCII"

way="no SMTPUTF8"
smarthost --ehlo PIPELINING,8BITMIME
configure_clear
script
send alice@example.org jörg@example.net
is "$(read_report)" "delivery-status text/plain message/delivery-status text/rfc822-headers
alice@example.org
<jörg@example.net>
utf-8 jörg@example.net failed 5.6.7
0" "$way: in the older form"
like "$(cat "$report")" 'Final-Recipient: utf-8; j\\x\{F6\}rg@example.net' \
    "$way: the address is in ASCII"

way="nothing at all"
smarthost --ehlo SIZE
configure_clear
send alice@example.org jörg@example.net
is "$(read_report)" "delivery-status text/plain message/delivery-status text/rfc822-headers
alice@example.org
<jörg@example.net>
utf-8 jörg@example.net failed 5.6.7
0" "$way: in the older form"
unlike "$(tr -d '\r\n\t' <"$report")" "[^ -~]" "$way: and all of it is ASCII"

# Nobody asked the server: the operator gave up.
way="outbox bounce"
smarthost
configure_clear
clean
sendmail -f alice@example.org jörg@example.net <"$dir/aliases"
"$BUILD/queue/outbox" -C "$dir/conf" bounce --all >"$dir/out"
flush
find_report
is "$(read_report | sed -n '1p;4p')" "delivery-status text/plain message/delivery-status text/rfc822-headers
utf-8 jörg@example.net failed 5.0.0" "$way: in the older form"
done_testing
