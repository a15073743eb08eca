#!/bin/sh
# "outbox setup --from-...": the configuration and the waiting mail of other
# programs are taken over; nothing of it is lost or sent twice.
. "${srcdir:-.}/t/tls.sh"
server good
: >"$dir/aliases"
old=$dir/old
null=$old/var/spool/nullmailer
dma=$old/var/spool/dma

trusted=smarthost.ca_file=$dir/certs/ca.pem

# setup ARGUMENT...; $said, $status.
setup() {
	said=$("$BUILD/queue/outbox" -C "$dir/conf" setup --old-root "$old" \
	    $trusted queue.directory="$dir/spool" queue.min_free=0 \
	    recipients.aliases="$dir/aliases" "$@" </dev/null 2>&1)
	status=$?
}
# The same, and nothing is said of ca_file.
untaught() {
	trusted=
	"$@" --yes
	trusted=smarthost.ca_file=$dir/certs/ca.pem
}
value() {
	sed -n "s/^$1 = //p" "$dir/conf"
}
fresh() {
	rm -rf "$dir/conf"* "$dir/password"* "$dir/spool" "$old"
	rm -f "$dir"/in/*
	mkdir -p "$old/etc/nullmailer" "$old/etc/dma" "$old/etc/ssmtp" \
	    "$null/queue" "$null/failed" "$dma"
	printf 'localhost smtp --port=%s --starttls --user=alice --pass="secret word"\n' \
	    "$starttls" >"$old/etc/nullmailer/remotes"
	printf 'SMARTHOST localhost\nPORT %s\nSECURETRANSFER\nSTARTTLS\n' \
	    "$starttls" >"$old/etc/dma/dma.conf"
	echo 'alice|localhost:secret word' >"$old/etc/dma/auth.conf"
}
# A message of nullmailer: queue_null NAME RCPT...
queue_null() {
	name=$1
	shift
	{
		printf '%s\n' alice@example.org "$@" '' 'Subject: old' ''
		printf '%s\n' "to $*" . end
	} >"$null/queue/$name"
}
# And of dma: queue_dma ID RCPT
queue_dma() {
	printf 'ID: %s\nSender: alice@example.org\nRecipient: %s\n' "$1" "$2" \
	    >"$dma/Q$1"
	printf 'Subject: old\n\nto %s\n' "$2" >"$dma/M$1"
}

# nullmailer.
fresh
echo web.example.com >"$old/etc/nullmailer/me"
echo root@example.net >"$old/etc/nullmailer/adminaddr"
queue_null 1700000001.1 bob@example.net carol@example.net
queue_null 1700000002.2 dave@example.net
queue_null .hidden eve@example.net
setup --from-nullmailer
is $status 0 "nullmailer is taken over" || echo "$said"
is "$(value host) $(value port) $(value tls) $(value user) $(value domain) $(value local)" \
    "localhost $starttls starttls alice web.example.com root@example.net" \
    "... its configuration"
is "$(cat "$dir/password") $(ls -l "$dir/password" | cut -c 1-10)" \
    "secret word -rw-------" "... the password"
like "$said" "^2 messages of nullmailer are in the queue" "... and its mail"
unlike "$said" "secret word" "... the password is not told"
is "$(ls -A "$null/queue") $(ls "$null/outbox-imported" | words)" \
    ".hidden 1700000001.1 1700000002.2" "... the old files are aside"
flush
is "$(got)" "bob carol dave" "... it arrives"
is "$(sed -n 's/^mail \([^ ]*\).*/\1/p' "$dir"/in/*.env | sort -u)" \
    "<alice@example.org>" "... from whom it was"
is "$(tail -n 3 "$(grep -l 'to dave' "$dir"/in/*.msg)" | tr -d '\r' | words)" \
    ". end to dave@example.net" "... as it was"
setup --from-nullmailer
is "$status $(queued)" "0 0" "again: nothing twice"

# A server that does not pass the test takes no mail.
fresh
sed -i 's/secret word/wrong/' "$old/etc/nullmailer/remotes"
queue_null 1 bob@example.net
setup --from-nullmailer
is "$status $(queued) $(ls "$null/queue")" "75 0 1" \
    "a login that fails: the mail stays"
like "$said" "old queue is left as it is" "... that is said"
setup --from-nullmailer --password-file "$dir/password"
is "$status $(queued)" "75 0" "... again the same"
echo 'secret word' >"$dir/right"
setup --from-nullmailer --yes --password-file "$dir/right"
is "$status $(queued)" "0 1" "... with another login it is taken"

fresh
sed -i 's/secret word/wrong/' "$old/etc/nullmailer/remotes"
queue_null 1 bob@example.net
setup --from-nullmailer --no-test
is "$status $(queued)" "0 1" "... or with --no-test"

# Whom to trust can be mended in the new configuration; the rest is said again.
fresh
queue_null 1 bob@example.net
setup --from-nullmailer smarthost.ca_file=system
is "$status $(queued)" "75 0" "a server that is not trusted: the mail stays"
sed -i "s,^ca_file = .*,ca_file = $dir/certs/ca.pem,;s,^port = .*,port = 1," \
    "$dir/conf"
untaught setup --from-nullmailer
is "$status $(queued) $(value port)" "0 1 $starttls" \
    "... mended, and again: it is taken"
sed -i 's/^localhost /LOCALHOST /' "$old/etc/nullmailer/remotes"
untaught setup --from-nullmailer --no-test
is "$(value host) $(value ca_file)" "LOCALHOST $dir/certs/ca.pem" \
    "the same server in capital letters: it stays"
sed -i 's/^LOCALHOST /127.0.0.1 /' "$old/etc/nullmailer/remotes"
untaught setup --from-nullmailer --no-test
is "$(value host) $(value ca_file)" "127.0.0.1 " "for another server it goes"

# nullmailer runs: somebody reads its fifo.
fresh
queue_null 1 bob@example.net
mkfifo "$null/trigger"
exec 6<>"$null/trigger"
setup --from-nullmailer
is "$status $(queued) $(ls "$null/queue")" "75 0 1" "nullmailer runs"
like "$said" "systemctl stop nullmailer" "... what to do"
exec 6<&-
setup --from-nullmailer
is "$status $(queued) $(ls "$null/queue")" "0 1 " "... and does no more"

# What is no message stays, and stops nothing.
fresh
queue_null 1 bob@example.net
printf 'alice@example.org\nbob@example.net\n' >"$null/queue/2"
printf 'alice@example.org\n-oQ/tmp\n\nSubject: x\n\n' >"$null/queue/3"
printf 'a b\nbob@example.net\n\nSubject: x\n\n' >"$null/queue/4"
mkfifo "$null/queue/5"
ln -s /dev/zero "$null/queue/6"
: >"$null/queue/7"
mkdir "$null/queue/8"
odd=$(printf 'a\033[2J')
: >"$null/queue/$odd"
queue_null 9 carol@example.net
setup --from-nullmailer
unlike "$said" "$(printf '\033')" "nothing that a terminal obeys"
rm "$null/queue/$odd"
is "$status $(ls "$null/queue" | words)" "75 2 4 5 6 7 8" \
    "what is no message stays"
like "$said" "/queue/2 stays where it is: its envelope has no end" \
    "... with the reason"
flush
is "$(got)" "-oQ/tmp bob carol" "... the rest arrives; no address is an option"

# What our sendmail refuses stays as well.
fresh
queue_null 1 bob@example.net
dd if=/dev/zero bs=1024 count=20 2>/dev/null | tr '\0' x |
    fold -w 70 >>"$null/queue/1"
queue_null 2 carol@example.net
setup --from-nullmailer queue.max_size=10K
is "$status $(ls "$null/queue") $(queued)" "75 1 1" "a message that is refused"
like "$said" "/queue/1 stays where it is: sendmail did not take it" \
    "... is named"
like "$said" "larger than max_size" "... and why"
setup --from-nullmailer --yes queue.max_size=50M
is "$status $(ls "$null/queue") $(queued)" "0  2" "... until it is not"

# dma.
fresh
queue_dma 1a.1 bob@example.net
queue_dma 2b.2 carol@example.net
: >"$dma/tmp_x"
echo "Subject: orphan" >"$dma/M3c.3"
setup --from-dma
is $status 0 "dma is taken over" || echo "$said"
is "$(value host) $(value port) $(value user) $(cat "$dir/password")" \
    "localhost $starttls alice secret word" "... its configuration"
is "$(ls "$dma" | words) $(ls "$dma/outbox-imported" | words)" \
    "M3c.3 outbox-imported tmp_x M1a.1 M2b.2 Q1a.1 Q2b.2" \
    "... its mail is aside"
flush
is "$(got)" "bob carol" "... and arrives"

# A message that dma is sending is locked.
fresh
queue_dma 1a.1 bob@example.net
queue_dma 2b.2 carol@example.net
exec 6<>"$dma/Q1a.1"
flock 6
setup --from-dma
is "$status $(ls "$dma" | words) $(queued)" \
    "75 M1a.1 Q1a.1 outbox-imported 1" "what dma is sending stays"
like "$said" \
    "Q1a.1 stays where it is: dma is sending it.*process [0-9]+ \(kill" \
    "... it is said, and by which process"
exec 6<&-
rm "$dma/M1a.1"
queue_dma 3c.3 dave@example.net
setup --from-dma
is "$status $(ls "$dma" | words) $(queued)" "75 Q1a.1 outbox-imported 2" \
    "an envelope without its message stays"

# SPOOLDIR and AUTHPATH.
fresh
mkdir -p "$old/elsewhere"
mv "$old/etc/dma/auth.conf" "$old/elsewhere/auth"
printf 'SPOOLDIR /elsewhere\nAUTHPATH /elsewhere/auth\n' \
    >>"$old/etc/dma/dma.conf"
dma=$old/elsewhere
queue_dma 1a.1 bob@example.net
setup --from-dma
is "$status $(queued) $(value user)" "0 1 alice" "dma in another place"
dma=$old/var/spool/dma

# msmtp and ssmtp have no queue.
fresh
cat >"$old/etc/msmtprc" <<END
defaults
auth on
tls on
tls_trust_file $dir/certs/ca.pem
account main
host localhost
port $starttls
user alice
password secret word
from alice@example.org
proxy_host 127.0.0.1
account default : main
END
setup --from-msmtp
is "$status $(value host) $(value from) $(cat "$dir/password")" \
    "0 localhost alice@example.org secret word" "msmtp"
like "$said" "^Not taken over as it was:" "... what cannot be taken over"
like "$said" "^  proxy_host: there are no proxies" "... is said"

# msmtp with this command: msmtp_command LINE
msmtp_command() {
	fresh
	cat >"$old/etc/msmtprc" <<-END
	account default
	host localhost
	port $starttls
	auth on
	tls on
	tls_trust_file $dir/certs/ca.pem
	user alice
	passwordeval $1
	END
}

# Its shell takes what our configuration cannot hold.
msmtp_command "\"echo 'secret word' # not a secret\""
setup --from-msmtp
is "$status $(count "$dir/conf")" "78 0" \
    "a passwordeval that cannot be held: nothing is written"
like "$said" "put it into a script, and say smarthost.password_command=/" \
    "... and it says what to do"
printf '#!/bin/sh\necho secret word\n' >"$dir/script"
chmod 755 "$dir/script"
setup --from-msmtp smarthost.password_command="$dir/script"
is "$status $(value password_command)" "0 $dir/script" "... which works"
msmtp_command 'false # no password'
echo "secret word" >"$dir/secret"
setup --from-msmtp --password-file "$dir/secret"
is "$status $(value password_command) $(cat "$dir/password")" \
    "0  secret word" "... as does a password in place of it"
fresh
cat >"$old/etc/ssmtp/ssmtp.conf" <<END
root=admin@example.net
mailhub=localhost:$starttls
UseSTARTTLS=YES
AuthUser=alice
AuthPass=secret word
END
setup --from-ssmtp --local other@example.net
is "$status $(value host) $(value local) $(cat "$dir/password")" \
    "0 localhost other@example.net secret word" "ssmtp; options win"

# Nothing to take over.
fresh
rm -r "$old/etc"
for program in nullmailer msmtp dma ssmtp; do
	setup --from-$program
	is "$status $(ls "$dir" | grep -c '^conf')" "66 0" "no $program"
	like "$said" "there is no $old/etc/.*--old-root" "... what to do"
done

done_testing
