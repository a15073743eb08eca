# shellcheck shell=sh
# What is given to sendmail is what arrives.  Sourced by real.t.
#
# Packages: swaks

# unchanged BOX [SENT]: what arrived there is what was sent, with LF for any
# line end, but for the fields that mail systems add, those of Bcc:, and those
# that sendmail adds if they are missing.
unchanged() {
	sent=${2:-$client/tmp/sent}
	await arrived "$1" || return 1
	added='Return-Path X-Original-To Delivered-To Received'
	for name in Date Message-ID From; do
		[ -n "$(field $name "$sent")" ] || added="$added $name"
		[ -n "$(field $name "$mail")" ] || {
			echo "no $name:"
			return 1
		}
	done
	sed 's/\r*$//' "$sent" | wash Bcc >"$stage/expected"
	# shellcheck disable=SC2086
	wash $added <"$mail" >"$stage/seen"
	same_bytes "$stage/expected" "$stage/seen"
}

envelope_sender() {
	await arrived "$1" && is "$(field Return-Path "$mail")" "<$2>"
}

# text_is TEXT: the body of $mail.
text_is() {
	sed '1,/^$/d' "$mail" >"$stage/body"
	# The text is a format: it has \n and octal bytes.
	# shellcheck disable=SC2059
	printf "$1" >"$stage/expected"
	same_bytes "$stage/expected" "$stage/body"
}

body_is() {
	await arrived "$1" && text_is "$2"
}

subject_is() {
	await arrived "$1" && is "$(field Subject "$mail")" "$2"
}

empty() {
	is "$(in_client mailq)" 'Mail queue is empty'
}

cat >"$client/tmp/sent" <<'END'
From: Alice <alice@client.example>
To: Whole <whole@example.org>
Subject: =?utf-8?q?all_the_odd_things?=
 and a folded line
Date: Mon, 02 Nov 2026 10:00:00 +0100
Message-ID: <whole@client.example>
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 8bit
X-Empty:

.
..
.leading dot
From the start of a line
>From as well
Grüße, naïve 文字, trailing blanks   	 
	a tab first

= and =3D and a
NOT-A-HEADER: here


END
check "sendmail takes a message from a user" \
	as alice sh -c 'sendmail -i whole@example.org <sent'
check "it arrives as it was sent" unchanged whole
check "the envelope sender is the user" envelope_sender whole alice@client.example

cat >"$client/tmp/sent" <<'END'
To: One <one@example.org>, two@example.org (a comment)
Cc: "Three, Jr." <three@example.org>
Bcc: secret@example.org,
	secret2@example.org
Subject: recipients from the header

text
END
check "sendmail -t takes a message from a user" \
	as alice sh -c 'sendmail -t -oi <sent'
for box in one two three secret secret2; do
	check "$box gets it, without Bcc:" unchanged $box
done

check "root's one line without a header is taken" \
	in_client sh -c 'echo "the disk is full" | sendmail webmaster'
check "it arrives where the alias says" body_is admin 'the disk is full\n'

{
	printf 'Subject: long\nContent-Type: text/plain; charset=utf-8\n\n'
	head -c 3000000 /dev/urandom | base64 -w 900
	head -c 3000000 /dev/zero | tr '\0' '\n'
	echo .
} >"$client/tmp/sent"
check "a large message is taken" \
	as bob sh -c 'sendmail -i large@example.org <sent'
check "it arrives as it was sent" unchanged large

{
	printf 'MIME-Version: 1.0\nSubject: wide\n'
	printf 'Content-Type: text/plain; charset=utf-8\n\n'
	head -c 6000 /dev/zero | tr '\0' x
	printf '\nend\n'
} >"$client/tmp/sent"
# However it was encoded on the way.
wide_is_whole() {
	await arrived wide || return
	case $(field Content-Transfer-Encoding "$mail") in
	quoted-printable) decode='s/=\n//; s/=([0-9A-F]{2})/chr hex $1/ge' ;;
	*) decode= ;;
	esac
	sed '1,/^$/d' "$mail" | perl -pe "$decode" >"$stage/seen"
	sed '1,/^$/d' "$client/tmp/sent" >"$stage/expected"
	same_bytes "$stage/expected" "$stage/seen"
}
check "a line of 6000 bytes is taken" \
	as bob sh -c 'sendmail -i wide@example.org <sent'
check "it arrives whole" wide_is_whole

check "forty messages at once are taken" as bob sh -c '
	i=0
	while [ $i -lt 40 ]; do
		i=$((i + 1))
		printf "Subject: %s\n\n" $i | sendmail many@example.org &
		pids="$pids $!"
	done
	for pid in $pids; do wait $pid || exit; done'
each_once() {
	await arrived many 40 &&
		is "$(echo "$mails" | sed "s,^,${mail%/*}/," | xargs cat |
			grep '^Subject: ' | sort -u | wc -l)" 40
}
check "each arrives once" each_once

check "a message for a good and an unknown address is taken" as bob sh -c '
	printf "Subject: mixed\n\ntext\n" |
	sendmail -f author@example.org unknown@example.org good@example.org'
check "the good one gets it" subject_is good mixed
reported() {
	await arrived author && field Content-Type "$mail" |
		grep 'multipart/report' &&
		grep 'Final-Recipient: *rfc822; *unknown@example.org' "$mail" &&
		grep 'Diagnostic-Code: smtp; *550 ' "$mail" &&
		is "$(field Return-Path "$mail")" '<>'
}
check "the sender gets a report about the other" reported

check "sendmail -bs speaks SMTP" as alice swaks --pipe '/usr/sbin/sendmail -bs' \
	--from app@example.org --to bs@example.org,bs2@example.org \
	--header 'Subject: over SMTP' --body '.dot\n..\nend'
check "its message arrives" body_is bs '.dot\n..\nend\n\n\n'
check "the envelope sender is that of MAIL" envelope_sender bs2 app@example.org

check "a message of a sender beyond ASCII is taken" as bob sh -c '
	echo hello | sendmail -f müller@example.org unknown@example.org'
reported_beyond() {
	await arrived müller && field Content-Type "$mail" |
		grep 'report-type=global-delivery-status' &&
		grep '^Content-Type: message/global-delivery-status' "$mail" &&
		grep '^X-Outbox-Sender: utf-8; müller@example.org' "$mail"
}
check "its report is in UTF-8, and arrives" reported_beyond

check "a message of a name with an alias is taken" as bob sh -c '
	echo hello | sendmail -f editor@localhost unknown@example.org'
aliased() {
	await arrived publisher &&
		grep '^X-Outbox-Sender: rfc822; editor@localhost' "$mail"
}
check "the alias gets the report" aliased
