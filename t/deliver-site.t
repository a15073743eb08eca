#!/bin/sh
# What happens before MAIL is the site's: the mail stays, nothing is bounced,
# one line of the log says why, and when the cause is gone the mail goes.
. "${srcdir:-.}/t/delivery.sh"

# site NAME PATTERN: the fault keeps the mail, and this is the reason given.
site() {
	: >"$dir/transcript"
	kept "$1"
	like "$(said)" "^[^:]*: smarthost .*: .*($2).*; mail waits, next attempt in " \
	    "$1: the log says why"
	is "$(grep -c '' "$dir/flush.log")" 1 "$1: in one line"
	unlike "$(client)" "^MAIL" "$1: no mail went out"
}

# And then it goes.
goes() {
	script
	due_now
	flush
	is "$? $(got) $(queued)" "0 bob 0" "$1: then it goes"
	rm -f "$dir"/in/*
	cp -p "$saved"/* "$dir/spool/queue"
}

login() {
	configure_clear "user = alice" "password_file = $dir/password" \
	    "timeout = 1s" "$@"
}

printf 'secret word\n' >"$dir/password"
chmod 600 "$dir/password"
smarthost --user alice --password "secret word" --auth-clear
real=$port
login
submit bob@example.net
save bob

# There is no smarthost.
configure "host = no-such-host.invalid" "port = $port" "tls = none"
site "unknown host" "cannot find host no-such-host.invalid"
configure "host = nö-such-host.invalid" "port = $port" "tls = none"
site "unknown host beyond ASCII" \
    "cannot find host xn--n-such-host-rfb.invalid"
configure "host = 8ö--.invalid" "port = $port" "tls = none"
site "a name that is none" "8ö--.invalid is no host name: "
closed=$(perl -MSocket -e 'socket S, AF_INET, SOCK_STREAM, 0;
    bind S, sockaddr_in(0, INADDR_LOOPBACK);
    print +(sockaddr_in(getsockname S))[0]')
configure "host = 127.0.0.1" "port = $closed" "tls = none"
site "refused" "cannot connect to 127.0.0.1.*Connection refused"
configure "host = unix:$dir/no-such-socket" "tls = none"
site "no socket" "cannot connect to unix:.*No such file"
login
goes "connecting"

# It does not want to talk.
script 'greeting * reply-close 554 5.7.1 go away'
site "greeting 554" "554 5.7.1 go away"
script 'greeting * reply-close 421 4.3.2 not now'
site "greeting 421" "421 4.3.2 not now"
script 'greeting * raw SSH-2.0-OpenSSH\r\n ; close'
site "greeting garbage" "not an SMTP reply: SSH-2.0"
script 'greeting * close'
site "greeting closed" "the server closed the connection"
script 'greeting * stall'
site "greeting silent" "the server does not answer: Connection timed out"
script 'ehlo * reply 550 5.7.1 bad name'
site "EHLO 550" "550 5.7.1 bad name"
script 'ehlo * reply 502 5.5.1 what'
site "EHLO 502" "502 5.5.1 what"
script 'ehlo * reply 421 4.3.2 not now'
site "EHLO 421" "421 4.3.2 not now"
script 'ehlo * reply 354 hello'
site "EHLO 354" "354 hello"
goes "greeting"

# It does not let us in.
script 'auth * reply 535 5.7.8 wrong password'
site "AUTH 535" "535 5.7.8 wrong password"
script 'auth * reply 534 5.7.9 application password required'
site "AUTH 534" "534 5.7.9"
script 'auth * reply 454 4.7.0 not now'
site "AUTH 454" "454 4.7.0 not now"
script 'auth * reply 421 4.7.0 not now'
site "AUTH 421" "421 4.7.0 not now"
script 'auth * close'
site "AUTH closed" "the server closed the connection"
script 'auth * raw rubbish\r\n'
site "AUTH garbage" "not an SMTP reply"
script 'auth * reply 334 bW9yZQ==' 'authdata * reply 501 5.5.2 cancelled'
site "AUTH asks for more" "AUTH PLAIN: the server asks on"
script 'auth * reply 334 bW9yZQ==' 'authdata * reply 334 bW9yZQ=='
site "AUTH asks for ever" "AUTH PLAIN: the server asks on"
script 'auth * reply 334 %%%' 'authdata * reply 501 5.5.2 cancelled'
site "AUTH asks in no base64" "AUTH PLAIN: the server asks on"
goes "AUTH"
login "auth = login"
script 'authdata 1 reply 334 UGFzc3dvcmQ6' 'authdata * reply 535 5.7.8 wrong'
site "AUTH LOGIN 535" "535 5.7.8 wrong"
goes "AUTH LOGIN"
login

# The password.
printf 'another word\n' >"$dir/password"
site "wrong password" "535"
unlike "$(cat "$dir/flush.log")" "another|word" "and it is not in the log"
chmod 644 "$dir/password"
site "password for all to read" "password can be read .*chmod 600"
is "$(client | grep -c AUTH)" 0 "it is not sent"
chmod 600 "$dir/password"
: >"$dir/password"
site "empty password file" "first line of .*password is empty"
rm "$dir/password"
site "no password file" "cannot open the password file .*No such file"
mkfifo "$dir/password"
chmod 600 "$dir/password"
site "a fifo for a password file" "not a regular file"
rm "$dir/password"
printf 'secret word\n' >"$dir/password"
chmod 600 "$dir/password"
goes "password"

# What it offers does not do.
smarthost --user alice --password "secret word"
login
site "AUTH not offered" "no usable AUTH mechanism.*none"
smarthost --user alice --password "secret word" --auth-clear --auth "GSSAPI NTLM"
login
site "AUTH of other kinds" "no usable AUTH mechanism.*GSSAPI NTLM"
port=$real
login
goes "AUTH mechanisms"

# Without AUTH to do, an old server may know HELO only.
smarthost --ehlo ""
configure_clear
script 'ehlo * reply 502 5.5.1 what'
flush
is "$? $(got)" "0 bob" "HELO does where nothing else is needed"

done_testing
