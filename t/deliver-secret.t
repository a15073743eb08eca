#!/bin/sh
# Where the secret comes from: a file, a credential, commands; tokens, which
# expire; and where it must never be: in arguments, environments, the log, or
# memory that outlives the login.
. "${srcdir:-.}/t/delivery.sh"

certificates
secret='hunter2 and more'
token=$(printf 'tok%0500d' 7)
umask 077
printf '%s\n' "$secret" >"$dir/password"

# server MECHANISMS OPTION...
server() {
	auth=$1
	shift
	smarthost --cert "$dir/certs/good.pem" --key "$dir/certs/good.key" \
	    --user alice --password "$secret" --token "$token" \
	    --tls implicit --auth "$auth" "$@"
}

client_of() {
	configure "host = localhost" "port = $port" \
	    "ca_file = $dir/certs/ca.pem" "user = alice" "$@"
}

# goes NAME MECHANISM
goes() {
	: >"$dir/transcript"
	due_now
	flush
	is "$? $(got)" "0 bob" "$1: it goes"
	like "$(cat "$dir/flush.log")" "connection established to .* auth=$2\$" "$1: by $2"
	unlike "$(cat "$dir/flush.log")" "hunter2|tok0|OLD" \
	    "$1: no secret in the log"
	rm -f "$dir"/in/*
	cp -p "$saved"/* "$dir/spool/queue"
}

# refused NAME PATTERN
refused() {
	: >"$dir/transcript"
	kept "$1"
	like "$(said)" "smarthost .*: .*($2).*; mail waits" "$1: the log says why"
	unlike "$(cat "$dir/flush.log")" "hunter2|tok0|OLD" \
	    "$1: no secret in the log"
	unlike "$(client)" "^MAIL" "$1: no mail went out"
}

# program NAME <SCRIPT: a program $dir/NAME, which counts its runs.
program() {
	{
		echo '#!/bin/sh'
		echo "echo run >>'$dir/$1.runs'"
		cat
	} >"$dir/$1"
	chmod 700 "$dir/$1"
	: >"$dir/$1.runs"
}

runs() {
	wc -l <"$dir/$1.runs" | tr -d ' '
}

server "PLAIN"
client_of "password_file = $dir/password"
submit bob@example.net
save bob
goes "a file" PLAIN

# A credential of systemd comes before the file.
mkdir "$dir/credentials"
printf '%s' "$secret" >"$dir/credentials/outbox.password"
export CREDENTIALS_DIRECTORY="$dir/credentials"
client_of "password_file = $dir/no-such-file"
goes "a credential" PLAIN
: >"$dir/credentials/outbox.password"
refused "an empty credential" "outbox.password is empty"
rm "$dir/credentials/outbox.password"
refused "neither" "cannot open the password file .*no-such-file"
unset CREDENTIALS_DIRECTORY

# The environment of the service, as containers have it.
client_of "password_file = $dir/no-such-file" "idle = 0s"
export OUTBOX_SMARTHOST_PASSWORD_FILE="$dir/password"
goes "a file that the environment names" PLAIN
export OUTBOX_SMARTHOST_PORT=nonsense
due_now
flush
is "$? $(queued)" "78 1" "a value that makes no sense: flush does not start"
like "$(cat "$dir/flush.log")" "OUTBOX_SMARTHOST_PORT: port = nonsense: must" \
    "... and names the variable"
submit bob@example.net
is "$? $(queued)" "0 2" "... which sendmail does not look at"
unset OUTBOX_SMARTHOST_PORT OUTBOX_SMARTHOST_PASSWORD_FILE
clean
cp -p "$saved"/* "$dir/spool/queue"

# password_command.
program pw <<EOM
printf '%s\n' '$secret'
echo "a word of warning" >&2
EOM
client_of "password_command = $dir/pw"
goes "a command" PLAIN
like "$(cat "$dir/flush.log")" "password_command: a word of warning" \
    "a command: its standard error is in the log"
is "$(runs pw)" 1 "a command: it ran once"
client_of "password_command = /bin/sh -c $dir/pw | tr a-z a-z"
goes "a shell, when asked for" PLAIN
program pw <<EOM
printf '%s\n' '$secret'
exit 4
EOM
client_of "password_command = $dir/pw"
refused "a command that fails" "password_command: .*pw failed with status 4"

# token_command.  The server has one token; OLD is refused.
for m in XOAUTH2 OAUTHBEARER; do
	server "$m PLAIN"
	program token <<-EOM
	echo '$token'
	echo 3600
	EOM
	client_of "token_command = $dir/token"
	goes "$m" $m
	is "$(client | grep -c "^AUTH $m\$")" 1 \
	    "$m: a long token goes on a line of its own"
	is "$(runs token)" 1 "$m: one run"

	# The first run tells a token of yesterday.
	program token <<-EOM
	[ \$(wc -l <'$dir/token.runs') -gt 1 ] || { echo OLD; exit; }
	echo '$token'
	EOM
	goes "$m: a token that is refused" $m
	is "$(runs token) $(client | grep -c "^AUTH")" "2 2" \
	    "$m: another one is asked for, and tried at once"

	program token <<-EOM
	echo OLD\$(wc -l <'$dir/token.runs')
	EOM
	refused "$m: two that are refused" \
	    '535 .*\(\{"status":"401","schemes":"bearer"\}\)'
	is "$(runs token) $(client | grep -c "^AUTH")" "2 2" \
	    "$m: no third one is asked for"

	program token <<-EOM
	echo OLD
	EOM
	refused "$m: the same token again" "535"
	is "$(runs token) $(client | grep -c "^AUTH")" "2 1" \
	    "$m: is not tried again"
	script 'auth * reply 535 5.7.8 no' 'authdata * reply 535 5.7.8 no'
	refused "$m: a 535 without a reason" "535 5.7.8 no"
	is "$(runs token)" 4 "$m: another token is asked for then, too"
	script
done
# A response that fits into 512 octets goes with the command, else it waits for
# 334.
while read -r m size form; do
	long=$(printf "tok%0$((size - 3))d" 7)
	smarthost --cert "$dir/certs/good.pem" --key "$dir/certs/good.key" \
	    --user alice --token "$long" --tls implicit --auth $m
	printf '%s\n' "$long" >"$dir/long"
	client_of "token_command = /bin/cat $dir/long"
	goes "$m, $size bytes" $m
	like "$(client)" "^AUTH $m$form\$" "$m, $size bytes: its first line"
done <<EOM
XOAUTH2 100 [ ][^ ]+
XOAUTH2 347 [ ][^ ]{496}
XOAUTH2 348
XOAUTH2 16384
XOAUTH2 40000
OAUTHBEARER 100 [ ][^ ]+
OAUTHBEARER 16384
OAUTHBEARER 40000
EOM
server XOAUTH2
client_of "token_command = $dir/token" "auth = plain"
refused "a token is not a password" "no usable AUTH mechanism"

# A token that is good for an hour serves every connection of an hour.
server XOAUTH2
program token <<EOM
echo '$token'
echo 3600
EOM
client_of "token_command = $dir/token" "connections = 1" \
    "messages_per_connection = 1"
submit bob@example.net
submit bob@example.net
flush
is "$? $(got)" "0 bob bob bob" "three messages, each by a connection"
is "$(client | grep -c "^AUTH") $(runs token)" "3 1" "... with one token"
rm -f "$dir"/in/*
cp -p "$saved"/* "$dir/spool/queue"

# Where it is not while a worker waits for more mail: memory holds no copy of
# it, in no form, and only root could look.
look='
	my ($pid, @words) = @ARGV;
	open my $maps, "<", "/proc/$pid/maps" or exit 9;
	open my $mem, "<:raw", "/proc/$pid/mem" or exit 9;
	my $found = 0;
	while (<$maps>) {
		/^([0-9a-f]+)-([0-9a-f]+) rw/ or next;
		my ($from, $to) = (hex $1, hex $2);
		sysseek $mem, $from, 0 or next;
		defined sysread $mem, my $bytes, $to - $from or next;
		$found += index($bytes, $_) >= 0 for @words;
	}
	print "$found\n"'
for m in PLAIN SCRAM-SHA-256 XOAUTH2; do
	server $m
	case $m in
	XOAUTH2) client_of "token_command = $dir/token" "idle = 5m" ;;
	*) client_of "password_file = $dir/password" "idle = 5m" ;;
	esac
	due_now
	daemon
	await "connection established to "
	worker=$(pid)
	await "status=sent"
	bearer=$(printf 'user=alice\001auth=Bearer %s\001\001' "$token" |
	    base64 -w 0)
	# Of a long one the mail that follows may cover the beginning.
	found=$(perl -e "$look" $worker "$secret" "${token#tok}" \
	    "$(printf '\0alice\0%s' "$secret" | base64)" "$bearer" \
	    "${bearer#"${bearer%????????????????????}"}")
	case $? in
	0)
		is "$found" 0 "$m: the secret is not in memory"
		is "$(perl -e "$look" $worker "$dir/certs/ca.pem" |
		    sed 's/[1-9].*/some/')" some "... where other things are"
		;;
	*)
		[ "$(id -u)" -ne 0 ] || [ ! -r "/proc/$worker/mem" ]
		ok $? "$m: nobody but root can read the memory"
		;;
	esac
	unlike "$(tr '\0' '\n' <"/proc/$worker/cmdline")" "hunter2|tok0" \
	    "$m: the secret is in no argument"
	like "$(cat "/proc/$worker/limits")" "^Max core file size +0 +0 " \
	    "$m: nor in a core file"
	stop
	rm -f "$dir"/in/*
	cp -p "$saved"/* "$dir/spool/queue"
done

# EXTERNAL: the certificate is who we are.
server EXTERNAL --client-ca "$dir/certs/ca.pem"
client_of "client_certificate = $dir/certs/good.pem" \
    "client_key = $dir/certs/good.key"
goes "EXTERNAL by a certificate" EXTERNAL
configure "host = localhost" "port = $port" "ca_file = $dir/certs/ca.pem" \
    "auth = external" "client_certificate = $dir/certs/good.pem" \
    "client_key = $dir/certs/good.key"
goes "EXTERNAL without a user" EXTERNAL
like "$(client)" "^AUTH EXTERNAL =\$" "... which is an empty response"
client_of "auth = external"
refused "EXTERNAL without a certificate" "535"

done_testing
