#!/bin/sh
# "outbox setup": from nothing to a first delivered message, on a terminal and
# without one; what it writes, what it keeps, and that it is all or nothing.
. "${srcdir:-.}/t/tls.sh"
unset EMAIL

# setup ARGUMENT...: without a terminal; $said, $status.
setup() {
	said=$("$BUILD/queue/outbox" -C "$dir/conf" setup "$@" </dev/null 2>&1)
	status=$?
}

# setup_with SECRET ARGUMENT...: the secret on standard input.
setup_with() {
	secret=$1
	shift
	said=$(printf '%s\n' "$secret" | "$BUILD/queue/outbox" \
	    -C "$dir/conf" setup --password-file - "$@" 2>&1)
	status=$?
}

# dialogue ARGUMENT... <ANSWERS: on a terminal.
dialogue() {
	said=$(python3 "$srcdir/t/dialogue.py" "$BUILD/queue/outbox" \
	    -C "$dir/conf" setup "$@" 2>&1)
	status=$?
}

# Nothing is there.
fresh() {
	rm -rf "$dir/conf"* "$dir/password"* "$dir/spool"
}

# The value of a key.
value() {
	sed -n "s/^$1 = //p" "$dir/conf"
}

# What is in the directory of the configuration.
files() {
	(cd "$dir" && ls -d conf* password* spool 2>/dev/null | paste -s -d ' ' -)
}

# What makes the smarthost of these tests a server of its own.
server good
own="--host localhost smarthost.ca_file=$dir/certs/ca.pem \
    queue.directory=$dir/spool queue.min_free=0 \
    recipients.aliases=$dir/aliases"
: >"$dir/aliases"

# From nothing, with options.
umask 077
fresh
setup_with "secret word" --tls implicit --port "$implicit" --user alice \
    --from example.org --local root@example.net \
    --test carol@example.net $own
is $status 0 "with options, from nothing" || echo "$said"
like "$said" "^MAIL FROM +ok" "... the server is tried"
like "$said" "carol@example.net is in the queue" "... a message is queued"
like "$said" "^Mail leaves while this runs: outbox-flush -C $dir/conf" \
    "... the next step is told"
flush
is "$(got)" carol "... and arrives"
is "$(ls -l "$dir/password" | cut -c 1-10) $(cat "$dir/password")" \
    "-rw------- secret word" "... the password is for nobody else"
is "$(ls -l "$dir/conf" | cut -c 1-10)" "-rw-r--r--" \
    "... the configuration is for all, whatever the umask"
unlike "$(cat "$dir/conf")$said" "secret word" "... and holds no secret"
is "$(files)" "conf password spool" "... and there is nothing else"
is "$(echo hi | sendmail root; grep -ah '^R-' "$dir"/spool/queue/*)" \
    "R-root@example.net" "... root's mail goes where it was said"
"$BUILD/queue/outbox" -C "$dir/conf" check >/dev/null
is $? 0 "... outbox check is content"
umask 022

# Again.
cp -p "$dir/conf" "$dir/was"
setup --tls implicit --port "$implicit" --user alice \
    --from example.org --local root@example.net $own
is "$status $(cmp "$dir/conf" "$dir/was") $(files)" "0  conf password spool" \
    "the same again changes nothing, and keeps the password"
setup --tls starttls --port "$starttls" --user alice $own
is "$status $(cmp "$dir/conf" "$dir/was")" "73 " \
    "another server is not written unasked"
like "$said" "sends mail to localhost now.*say --yes" "... it says how"
printf '\n; mine\n[limits]\nuser_rate = 5/h\n' >>"$dir/conf"
cp -p "$dir/conf" "$dir/was"
setup --yes --tls starttls --port "$starttls" --user alice $own
is "$status $(value tls) $(value port) $(value user_rate) $(grep -c '^; mine' "$dir/conf")" \
    "0 starttls $starttls 5/h 1" "with --yes; the rest stays"
is "$(files) $(cmp "$dir/conf.old" "$dir/was")" \
    "conf conf.old password spool " "... and the old one is kept"
setup --yes --host 127.0.0.1 --user alice --no-test
is "$status $said" "64 outbox: the password is missing: --password-file names a file with it, - is standard input" \
    "the password of one server is not for another"
setup_with other --yes --host other.example --no-test --user bob
is "$status $(value tls) $(value port) $(value ca_file) $(value user)" \
    "0 implicit   bob" "what was for another server goes"
is "$(cat "$dir/password") $(cat "$dir/password.old")" "other secret word" \
    "... a password is kept too"
setup --yes --host other.example --user '' --no-test
is "$status $(value user)" "0 " "no login any more"

# A configuration as it is installed.
fresh
cp "$srcdir/config/outbox.conf" "$dir/conf"
setup_with k --provider sendgrid --no-test queue.directory="$dir/spool"
is "$status $(value host) $(value user)" "0 smtp.sendgrid.net apikey" \
    "into the file that is installed"
is "$(grep -c '^;' "$dir/conf")" "$(grep -c '^;' "$srcdir/config/outbox.conf")" \
    "... its comments stay"
fresh
setup_with "abcd efgh" --provider gmail --user me@gmail.com --no-test \
    queue.directory="$dir/spool"
is "$status $(value host) $(value from) $(cat "$dir/password")" \
    "0 smtp.gmail.com me@gmail.com abcdefgh" \
    "a preset; the blanks of an app password are for the eye"
fresh
printf 'key from a file\nmore\n' >"$dir/given"
setup --provider ses --region us-east-2 --user AKIA \
    --password-file "$dir/given" --no-test queue.directory="$dir/spool"
is "$status $(value host) $(cat "$dir/password")" \
    "0 email-smtp.us-east-2.amazonaws.com key from a file" "a region, a file"
fresh
setup --host localhost --user alice --no-test queue.directory="$dir/spool" \
    smarthost.password_command="/bin/echo secret word"
is "$status $(files)" "0 conf spool" "a command needs no password"

# What is refused leaves nothing.
refused() {
	is "$status $(files)" "$1 " "refused: $3"
	like "$said" "$2" "... and what to do"
}
fresh
setup
refused 64 "no terminal.*--provider or --host" "nobody to ask"
setup --provider nobody
refused 64 "unknown provider 'nobody'.*--help" "an unknown provider"
setup --provider gmail
refused 64 "^outbox: --user is missing" "no user"
setup --provider gmail --user me@gmail.com
refused 64 "password is missing: --password-file" "no password"
setup --provider gmail --user me@gmail.com --password-file "$dir/none"
refused 66 "cannot open $dir/none" "no file with it"
setup_with '' --provider gmail --user me@gmail.com
refused 66 "first line of standard input is empty" "an empty password"
setup_with token --provider postmark --user token
refused 64 "user is the same as the password" "a user name that is secret"
setup --provider ses --user AKIA
refused 64 "region is missing" "no region"
setup_with x --provider ses --region 'a b' --user AKIA
refused 64 "no region" "a region that is none"
setup --host "a b"
refused 78 "host = a b: must be a name" "a host that is none"
setup --host a.example --port 99999
refused 78 "port = 99999" "a port that is none"
setup_with x --host a.example --tls none --user u
refused 78 "tls = none would send the password" "no TLS with a login"
setup --host a.example --local root
refused 64 "root: who gets the mail" "root's mail for root"
setup --host a.example "queue.lifetim=2d"
refused 64 "no key lifetim in .queue." "an unknown key"
setup --host a.example lifetime=2d
refused 64 "SECTION.KEY=VALUE" "a key without its section"
setup --host a.example --from-dma --from-ssmtp
refused 64 "only one program" "two programs"
said=$("$BUILD/queue/outbox" -C "$dir/none/conf/x" setup --host a.example --no-test 2>&1)
status=$?
refused 73 "cannot make the directory of $dir/none/conf/x" \
    "a place that is none"

# Errors in what is there.
printf '[smarthost]\nhots = x\n' >"$dir/conf"
cp "$dir/conf" "$dir/was"
setup --host a.example --no-test queue.directory="$dir/spool"
is "$status $(cmp "$dir/conf" "$dir/was")" "78 " "a broken configuration"
like "$said" "conf:2: unknown key 'hots'" "... its error"
like "$said" "or say --force" "... and what to do"
setup --force --host a.example --no-test queue.directory="$dir/spool"
is "$status $(value host) $(cmp "$dir/conf.old" "$dir/was")" "0 a.example " \
    "--force writes a new one"

# The server says no.
fresh
setup_with wrong --tls implicit --port "$implicit" --user alice $own
is $status 75 "a wrong password"
like "$said" "^AUTH +FAILED.*535" "... it says so"
like "$said" "files are written.*does not take" "... and what to do"
like "$said" "^Mail leaves while this runs: outbox-flush -C $dir/conf" \
    "... then, too"
is "$(files)" "conf password spool" "... the files are there"

# On a terminal.
unasked() {
	unlike "$said" "never asked|secret word|echo is off" "... $1"
}
fresh
dialogue smarthost.ca_file="$dir/certs/ca.pem" queue.directory="$dir/spool" \
    queue.min_free=0 recipients.aliases="$dir/aliases" <<END
Number or name => nobody
Number or name => own
Name of the server => localhost
TLS: => starttls
Port [587] => $starttls
User, => alice
not shown => 
not shown => secret word
Sender of all mail => example.org
mail for root => root@example.net
try it, to => dave@example.net
END
is $status 0 "on a terminal, from nothing" || echo "$said"
unasked "every question, and the secret is not shown"
is "$(value host) $(value tls) $(value domain) $(cat "$dir/password")" \
    "localhost starttls example.org secret word" "... what was answered"
rm -f "$dir"/in/*
flush
is "$(got)" dave "... a message arrives"

cp -p "$dir/conf" "$dir/was"
again() {
	dialogue --host localhost --from example.org --no-test <<-END
	TLS: => implicit
	Port [465] => $implicit
	User, the user name; empty: no login [alice] => 
	Enter: the present one => 
	mail for root => 
	Change it => $1
	END
}
again n
is "$status $(cmp "$dir/conf" "$dir/was")" "1 " "asked before it is changed"
unasked "with what is there for answers"
again y
is "$status $(value tls) $(cat "$dir/password")" "0 implicit secret word" \
    "... yes"

# What cannot be an answer is asked for again, at once.
fresh
dialogue smarthost.ca_file="$dir/certs/ca.pem" queue.directory="$dir/spool" \
    queue.min_free=0 recipients.aliases="$dir/aliases" <<END
Number or name => own
Name of the server => me@localhost
Name of the server => localhost
TLS: => 465
TLS: => implicit
Port [465] => implicit
Port [465] => $implicit
User, => alice
not shown => wrong
Sender of all mail => me@
Sender of all mail => example.org
mail for root => root
mail for root => root@example.net
Try another => what
Try another => y
User [alice] => 
not shown => secret word
try it, to => y
try it, to => dave@example.net
END
is "$status $(value tls) $(value port) $(value domain) $(value local)" \
    "0 implicit $implicit example.org root@example.net" \
    "a wrong answer is asked for again"
unasked "each time"
is "$(printf '%s\n' "$said" | grep -c '^That has to be ')" 6 \
    "... with what it has to be"

# A wrong password can be mended at once.
fresh
dialogue $own --tls implicit --port "$implicit" --from example.org \
    --local root@example.net <<END
User, => alice
not shown => wrong
Try another => y
User [alice] => 
not shown => also wrong
Try another => y
User [alice] => 
not shown => secret word
try it, to => 
END
is "$status $(value user) $(value port) $(cat "$dir/password")" \
    "0 alice $implicit secret word" "a wrong password is asked for again"
unasked "until it is right"
is "$(files)" "conf password spool" "... and the wrong ones are not kept"

# What is no fault of a login is not mended by another: a server of the user's
# own can be another one, any other is tried again, or left.
fresh
dialogue smarthost.ca_file="$dir/certs/ca.pem" queue.directory="$dir/spool" \
    queue.min_free=0 recipients.aliases="$dir/aliases" \
    --from example.org --local root@example.net <<END
Number or name => own
Name of the server => nowhere.invalid
TLS: => implicit
Port [465] => $implicit
User, => alice
not shown => wrong
Try another server => y
Name of the server [nowhere.invalid] => localhost
TLS: => implicit
Port [465] => $implicit
User [alice] => 
not shown => wrong
Try another login => y
User [alice] => 
not shown => secret word
try it, to => 
END
is "$status $(value host) $(value port) $(cat "$dir/password")" \
    "0 localhost $implicit secret word" "another server, then another login" ||
    echo "$said"
unasked "... each where it fits"
fresh
dialogue $own --tls implicit --port 1 --from example.org \
    --local root@example.net <<END
User, => alice
not shown => secret word
Try this server again => y
Try this server again => 
END
is "$status $(files)" "75 conf password spool" \
    "a server that was given: again, or not at all" || echo "$said"
unasked "... and no login is asked for"
like "$said" "then try \"outbox test\"" "... what to do is said"

# Whoever goes away leaves nothing.
gives_up() {
	fresh
	dialogue queue.directory="$dir/spool" --no-test
	is "$status $(files)" "$1 " "$2"
	like "$said" "^echo is on$" "... the terminal is as it was"
}
gives_up 130 "Ctrl-C at once" <<-'END'
Number => ^C
END
gives_up 130 "Ctrl-C at the user" <<-'END'
Number => 1
User, => ^C
END
for end in ^C:130 TERM:143 ^D:1; do
	gives_up ${end#*:} "${end%:*} at the password" <<-END
	Number => 1
	User, => me@gmail.com
	not shown => ${end%:*}
	END
done
gives_up 1 "Ctrl-D at the end" <<-'END'
Number => 1
User, => me@gmail.com
not shown => x
mail for root => ^D
END
like "$said" "^Nothing was changed" "... and that is said"

done_testing
