# For scenario tests (sh): a queue and a configuration in a temporary
# directory, a smarthost when asked for, TAP, and nothing left behind.
#
#	. "${srcdir:-.}/t/lib.sh"
#	smarthost --tls none		# optional: sets $port
#	configure "host = 127.0.0.1" "port = $port" "tls = none"
#	echo hi | sendmail bob@example.net; is $? 0 "it is queued"
#	done_testing
#
# BUILD is the build tree (default: the current directory).

BUILD=$(cd "${BUILD:-.}" && pwd)
srcdir=$(cd "${srcdir:-.}" && pwd)
dir=$(mktemp -d "${TMPDIR:-/tmp}/outbox-test.XXXXXX") || exit 99
mkdir "$dir/spool" "$dir/spool/queue" "$dir/spool/failed" "$dir/in"
tests=0 failures=0 started=
umask 022

finish() {
	trap - EXIT
	# Closing the fifo ends each smarthost; what a test started otherwise
	# it names with "track".
	exec 9>&- 2>/dev/null
	for p in $started; do
		birth "${p%:*}" && [ "$birth" = "${p#*:}" ] &&
			kill "${p%:*}" 2>/dev/null
	done
	for p in $started; do
		wait "${p%:*}" 2>/dev/null
	done
	rm -rf "$dir"
}
trap finish EXIT
trap 'exit 99' HUP INT TERM

# A process to end with the test.  When it has ended before, another one may
# have its number.
track() {
	if birth "$1"; then
		started="$started $1:$birth"
	fi
}

# birth PID: sets $birth, when it was started.
birth() {
	read -r birth 2>/dev/null <"/proc/$1/stat" || return
	# The name before these fields may have anything in it.
	# shellcheck disable=SC2086
	set -- ${birth##*) }
	shift 19
	birth=$1
}

# ok STATUS NAME: one test, passed when STATUS is 0.
ok() {
	tests=$((tests + 1))
	if [ "$1" -eq 0 ]; then
		printf 'ok %d - %s\n' $tests "$2"
	else
		failures=$((failures + 1))
		printf 'not ok %d - %s\n' $tests "$2"
	fi
}

is() {
	[ "$1" = "$2" ]
	ok $? "$3"
	[ "$1" = "$2" ] || printf '%s\n' "got: $1" "want: $2" | sed 's/^/# /'
}

# like TEXT PATTERN NAME: a pattern of grep -E.
like() {
	printf '%s\n' "$1" | grep -Eq -- "$2"
	like_status=$?
	ok $like_status "$3"
	[ $like_status -eq 0 ] ||
		printf '%s\n' "got: $1" "no match for: $2" | sed 's/^/# /'
}

unlike() {
	! printf '%s\n' "$1" | grep -Eq -- "$2"
	like_status=$?
	ok $like_status "$3"
	[ $like_status -eq 0 ] ||
		printf '%s\n' "got: $1" "matches: $2" | sed 's/^/# /'
}

# skip NAME REASON: a test that cannot run here.
skip() {
	tests=$((tests + 1))
	printf 'ok %d - %s # SKIP %s\n' $tests "$1" "$2"
}

skip_all() {
	echo "1..0 # SKIP $1"
	exit 0
}

done_testing() {
	echo "1..$tests"
	[ $failures -eq 0 ]
	exit
}

# configure LINE...: [smarthost] settings, then others with their [section].
# The queue is $dir/spool, the domain example.org.
configure() {
	{
		echo "[smarthost]"
		for line; do
			case $line in
			"["*) break ;;
			esac
			printf '%s\n' "$line"
			shift
		done
		printf '[queue]\ndirectory = %s\nmin_free = 0\n' "$dir/spool"
		printf '%s\n' "$extra_queue"
		printf '[recipients]\naliases = %s\n' "$dir/aliases"
		printf '[sender]\ndomain = example.org\n'
		[ $# -eq 0 ] || printf '%s\n' "$@"
	} >"$dir/conf"
	[ -e "$dir/aliases" ] || : >"$dir/aliases"
}
extra_queue=	# lines for [queue]

sendmail() {
	"$BUILD/sendmail/sendmail" -C "$dir/conf" "$@"
}

# One pass over the queue; the log is in $dir/flush.log.
flush() {
	"$BUILD/queue/outbox-flush" -C "$dir/conf" --stderr --once "$@" \
	    2>"$dir/flush.log"
}

# A flush that keeps running, and listens by now, until close_flush, which waits
# for the last of its processes.  The log is in $dir/flush.log.
open_flush() {
	rm -f "$dir/events" "$dir/ready"
	mkfifo "$dir/events" "$dir/ready"
	while IFS= read -r line; do
		printf '%s\n' "$line"
		case $line in
		*": daemon started "*) echo ready >"$dir/ready" ;;
		esac
	done <"$dir/events" >"$dir/flush.log" 9>&- &
	reader=$!
	"$BUILD/queue/outbox-flush" -C "$dir/conf" --stderr 2>"$dir/events" \
	    9>&- &
	daemon=$!
	track $daemon
	read -r _ <"$dir/ready"
}
close_flush() {
	kill -TERM $daemon
	wait $daemon
	set -- $?
	wait $reader
	return $1
}

# Forget when messages are due: an operator would say "sendmail -q".
due_now() {
	rm -f "$dir/spool/state"
	set -- "$dir"/spool/queue/*
	[ ! -e "$1" ] || LC_ALL=C sed -i '/^E[0-9]\{4\} [0-9][0-9] [0-9]\{12\} /{
		s/^\(E[0-9]* [0-9]*\) [0-9]*/\1 000000000000/
	}' "$@"
}

# count FILE...: those that are there.
count() {
	count=0
	for f; do
		[ ! -f "$f" ] || count=$((count + 1))
	done
	echo $count
}

queued() {
	count "$dir"/spool/queue/* "$dir"/spool/queue/.[!.]*
}

parked() {
	count "$dir"/spool/failed/*
}

# Lines on one line, sorted.
words() {
	LC_ALL=C sort | paste -s -d ' ' -
}

# Messages that the smarthost took.
arrived() {
	count "$dir"/in/*.env
}

# smarthost OPTION...: start one; $port is its port, $dir/in gets its mail,
# $dir/transcript its dialogue, and $dir/script is its script.
smarthost() {
	if [ ! -p "$dir/hold" ]; then
		mkfifo "$dir/hold"
		exec 9<>"$dir/hold"
	fi
	: >>"$dir/script"
	rm -f "$dir/port"
	mkfifo "$dir/port"
	"$BUILD/t/smarthost" --stdin --dir "$dir/in" --log "$dir/transcript" \
	    --script "$dir/script" "$@" <"$dir/hold" 9>&- >"$dir/port" &
	smarthost_pid=$!
	track $smarthost_pid
	read -r port <"$dir/port"
}

# Certificates in $dir/certs: see t/certificates.
certificates() {
	[ -d "$dir/certs" ] || sh "$srcdir/t/certificates" "$dir/certs"
}

# TLS and a login, as a real smarthost has them.
tls_smarthost() {
	certificates
	printf 'secret word\n' >"$dir/password"
	chmod 600 "$dir/password"
	smarthost --cert "$dir/certs/good.pem" --key "$dir/certs/good.key" \
	    --user alice --password "secret word" "$@"
}

# The configuration for it: tls_configure implicit|starttls LINE...
tls_configure() {
	tls=$1
	shift
	configure "host = localhost" "port = $port" "tls = $tls" \
	    "ca_file = $dir/certs/ca.pem" "user = alice" \
	    "password_file = $dir/password" "$@"
}
