# For tests in which outbox setup fails (sh), after lib.sh: what it is to do,
# what was there before, and what may be there afterwards.  "sweeps STEP" calls
# "both NAME STEP" for each case, which sweeps over the command
#
#	before; "$BUILD/queue/outbox" -C "$dir/etc/conf" setup $words
#
# and then asks is_done, or is_safe, is_settled and is_told.

export LC_ALL=C
umask 022
unset EMAIL
old=$dir/old
null=$old/var/spool/nullmailer
dma=$old/var/spool/dma
given=$dir/given
: >"$dir/aliases"
usual_words="queue.directory=$dir/var/spool queue.min_free=0 \
    recipients.aliases=$dir/aliases --no-test"

# Where the new files go, as it is before.
before() {
	rm -rf "$dir/etc" "$dir/var" "$old"
	mkdir -p "$dir/etc" "$dir/var"
	[ ! -d "$dir/model" ] || cp -Rp "$dir/model/." "$dir"
	[ -z "$running" ] || {
		mkfifo "$null/trigger"
		exec 6<>"$null/trigger"
	}
}
running=	# that other program is, which holds its fifo open

# A file that is one of those, to the byte: "old", "new", "none" or "odd".
kind() {
	if [ ! -e "$dir/etc/$1" ]; then
		echo none
	elif cmp -s "$dir/etc/$1" "$dir/new/$1"; then
		echo new
	elif cmp -s "$dir/etc/$1" "$dir/model/etc/$1"; then
		echo old
	else
		echo odd
	fi
}

state() {
	echo "conf $(kind conf), password $(kind password)," \
	    "files $(ls -A "$dir/etc" | paste -s -d ' ' -);" \
	    "theirs $(theirs | paste -s -d ' ' -)," \
	    "ours $(ours | paste -s -d ' ' -)"
}

# The messages of the other program that it still knows, and those of ours.
theirs() {
	for f in "$null"/queue/* "$dma"/Q*; do
		[ ! -f "$f" ] || sed -n 's/^\(Recipient: \)\{0,1\}\([a-z]*\)@.*/\2/p' \
		    "$f" | grep -v '^alice' | head -n 1
	done | sort
}
ours() {
	for f in "$dir"/var/spool/queue/*; do
		[ ! -f "$f" ] || [ ! -s "$f" ] || {
			sed -n 's/^R-\([a-z]*\)@.*/\1/p' "$f"
			tail -n 1 "$f" | grep -qx "$(printf 'end\r')" ||
			    echo "half a message"
		}
	done | sort
}

# Nothing is half, nothing lost, and no secret is for others.
is_safe() {
	case $(kind conf),$(kind password) in
	*odd*) return 1 ;;
	esac
	is_kept
}
is_kept() {
	kept=$dir/model/etc/password
	for f in "$dir"/etc/password "$dir"/etc/password.old*; do
		! cmp -s "$dir/model/etc/password" "$f" || kept=
	done
	[ ! -e "$kept" ] || return 1
	for f in "$dir"/etc/password*; do
		[ ! -e "$f" ] || [ "$(stat -c %a "$f")" = 600 ] || return 1
	done
	# Without its fifo it does not run.
	[ "$({ theirs; ours; } | sort -u)" = "$mail" ] &&
	    { [ -z "$running" ] || [ -z "$(ours)" ] ||
		[ "${hit% ENOENT}" != "$hit" ]; }
}

# It has ended: no file of its own is left, and both are of one kind.  A
# message is not in both queues, or that is said.
is_settled() {
	case $(kind conf),$(kind password) in
	new,new) ;;
	*new*)	return 1 ;;
	*)	[ -z "$(find "$dir/etc" -name '*.old*')" ] || return 1
		;;
	esac
	[ -z "$(find "$dir/etc" -name '*.new-*')" ] && {
		[ -z "$({ theirs; ours; } | uniq -d)" ] ||
		    grep -q 'sent twice' "$dir/err"
	}
}

is_done() {
	[ "$(kind conf),$(kind password)" = new,new ] && is_safe &&
	    is_settled && [ -z "$(theirs)" ] && [ -z "$running" ] &&
	    [ -p "$dir/var/spool/wake" ]
}

# Why, in a line or two.
is_told() {
	case $status in
	6[4-9] | 7[0-8]) ;;
	*)	return 1 ;;
	esac
	[ "$(wc -l <"$dir/err")" -ge 1 ] && [ "$(wc -l <"$dir/err")" -le 3 ] ||
	    [ "${hit#* write}" != "$hit" ]
}

# case NAME STEP MAIL WORD...: MAIL is who has mail in the other queue.
one_case() {
	name=$1 step=$2 words="$usual_words" mail=
	for f in $3; do
		mail="$mail${mail:+
}$f"
	done
	shift 3
	words="$usual_words $*"
	rm -rf "$dir/new"
	before
	# shellcheck disable=SC2086
	"$BUILD/queue/outbox" -C "$dir/etc/conf" setup $words </dev/null \
	    >"$dir/out" 2>"$dir/err"
	is $? "${running:-0}" "$name: with nothing wrong"
	cp -Rp "$dir/etc" "$dir/new"
	both "$name" "$step"
}

# A message of nullmailer, and of dma: null_message NAME RCPT
null_message() {
	printf 'alice@example.org\n%s\n\nSubject: old\n\nhello\nend\n' "$2" \
	    >"$dir/model/old/var/spool/nullmailer/queue/$1"
}
dma_message() {
	printf 'ID: %s\nSender: alice@example.org\nRecipient: %s\n' "$1" "$2" \
	    >"$dir/model/old/var/spool/dma/Q$1"
	printf 'Subject: old\n\nhello\nend\n' \
	    >"$dir/model/old/var/spool/dma/M$1"
}

# sweeps STEP
sweeps() {
	printf 'secret word\n' >"$given"
	one_case "from nothing" "$1" "" --host mail.example.net --user alice \
	    --from example.org --local root@example.net \
	    --password-file "$given"

	mkdir -p "$dir/model/etc"
	printf '[smarthost]\nhost = other.example\nuser = me\n' \
	    >"$dir/model/etc/conf"
	printf 'the old one\n' >"$dir/model/etc/password"
	chmod 600 "$dir/model/etc/password"
	one_case "in place of another" "$1" "" --yes --host mail.example.net \
	    --user alice --password-file "$given"

	rm -r "$dir/model/etc"
	mkdir -p "$dir/model/old/etc/nullmailer" \
	    "$dir/model/old/var/spool/nullmailer/queue"
	echo 'mail.example.net smtp --starttls --user=alice --pass="secret word"' \
	    >"$dir/model/old/etc/nullmailer/remotes"
	null_message 1 bob@example.net
	null_message 2 carol@example.net
	one_case "from nullmailer" "$1" "bob carol" --from-nullmailer \
	    --old-root "$old"

	running=75
	one_case "while nullmailer runs" "$1" "bob carol" --from-nullmailer \
	    --old-root "$old"
	running=
	exec 6<&-

	rm -r "$dir/model/old"
	mkdir -p "$dir/model/old/etc/dma" "$dir/model/old/var/spool/dma"
	printf 'SMARTHOST mail.example.net\nSECURETRANSFER\nSTARTTLS\n' \
	    >"$dir/model/old/etc/dma/dma.conf"
	echo 'alice|mail.example.net:secret word' \
	    >"$dir/model/old/etc/dma/auth.conf"
	dma_message 1a.1 bob@example.net
	dma_message 2b.2 carol@example.net
	one_case "from dma" "$1" "bob carol" --from-dma --old-root "$old"

	rm -r "$dir/model/old"
	mkdir -p "$dir/model/old/etc"
	printf '%s\n' 'account default' 'host mail.example.net' 'auth on' \
	    'tls on' 'user alice' 'password secret word' \
	    >"$dir/model/old/etc/msmtprc"
	one_case "from msmtp" "$1" "" --from-msmtp --old-root "$old"

	rm -r "$dir/model/old"
	mkdir -p "$dir/model/old/etc/ssmtp"
	printf '%s\n' 'Mailhub=mail.example.net:587' 'UseSTARTTLS=YES' \
	    'AuthUser=alice' 'AuthPass=secret word' 'Hostname=example.org' \
	    >"$dir/model/old/etc/ssmtp/ssmtp.conf"
	echo 'root:www@example.org' >"$dir/model/old/etc/ssmtp/revaliases"
	one_case "from ssmtp" "$1" "" --from-ssmtp --old-root "$old"
}
