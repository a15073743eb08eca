#!/bin/sh
# "outbox setup" where the login is with an access token: an application of the
# provider, or a command; and who gets the mail for root.
. "${srcdir:-.}/t/tls.sh"
unset EMAIL

queue="queue.directory=$dir/spool queue.min_free=0"
: >"$dir/aliases"

setup() {
	said=$("$BUILD/queue/outbox" -C "$dir/conf" setup "$@" $queue \
	    </dev/null 2>&1)
	status=$?
}

# The first line of standard input is the secret.
setup_with() {
	secret=$1
	shift
	said=$(printf '%s\n' "$secret" | "$BUILD/queue/outbox" \
	    -C "$dir/conf" setup --password-file - "$@" $queue 2>&1)
	status=$?
}

# dialogue ARGUMENT... <ANSWERS: on a terminal.
dialogue() {
	said=$(python3 "$srcdir/t/dialogue.py" "$BUILD/queue/outbox" \
	    -C "$dir/conf" setup "$@" $queue 2>&1)
	status=$?
}

fresh() {
	rm -rf "$dir/conf"* "$dir/password"* "$dir/token"* "$dir/spool"
}

value() {
	sed -n "s/^$1 = //p" "$dir/conf"
}

files() {
	(cd "$dir" && ls -d conf* password* token* spool 2>/dev/null |
	    paste -s -d ' ' -)
}
rm "$dir/password"	# of tls.sh

# An application of Microsoft 365.
fresh
m365="--provider microsoft365 --user machine@example.com --no-test"
application="--tenant example.onmicrosoft.com --client 0123-abcd"
setup_with 's3"c\ret~.x' $m365 $application
is "$status $(files)" "0 conf spool token" "an application" || echo "$said"
like "$(value token_command)" "^/.*/outbox-token $dir/token$" \
    "... its tokens are had by the helper"
is "$(ls -l "$dir/token" | cut -c 1-10) $(grep -c 's3' "$dir/conf")" \
    "-rw------- 0" "... the secret is for nobody else"
unlike "$said" "s3" "... and is not shown"

# What the helper makes of that file: the server is a curl of the test.
mkdir "$dir/bin"
cat >"$dir/bin/curl" <<'EOC'
#!/bin/sh
cat >"${0%/*}/asked"
echo '{"access_token":"tok","expires_in":3600}'
EOC
chmod 755 "$dir/bin/curl"
is "$(PATH=$dir/bin:$PATH sh "$srcdir/config/outbox-token" "$dir/token" |
    paste -s -d ' ' -)" "tok 3600" "... the helper can use it"
is "$(cat "$dir/bin/asked")" \
    'url = "https://login.microsoftonline.com/example.onmicrosoft.com/oauth2/v2.0/token"
data-urlencode = "grant_type=client_credentials"
data-urlencode = "client_id=0123-abcd"
data-urlencode = "scope=https://outlook.office365.com/.default"
data-urlencode = "client_secret=s3\"c\\ret~.x"' "... with all that is in it"

# Again.
cp -p "$dir/conf" "$dir/was"
setup_with 's3"c\ret~.x' $m365 $application
is "$status $(files) $(cmp "$dir/conf" "$dir/was")" "0 conf spool token " \
    "the same again changes nothing"
setup $m365
is "$status $(files) $(cmp "$dir/conf" "$dir/was")" "0 conf spool token " \
    "... nor does what says nothing of the login"
setup_with new --yes $m365 $application
is "$status $(sed -n 's/^client_secret = //p' "$dir/token")" "0 new" \
    "another secret"
like "$(cat "$dir/token.old")" "s3" "... the one before is kept"
setup_with plain --yes $m365
is "$status $(value token_command) $(cat "$dir/password")" "0  plain" \
    "a password in place of the token"
setup_with new --yes $m365 $application
like "$status $(value token_command) $(value password_command)" \
    "^0 /.*outbox-token $dir/token $" "... and back"

# A command, at any provider.
fresh
setup --provider gmail --user me@gmail.com --no-test \
    --token-command "/usr/bin/oauth2 token"
is "$status $(files) $(value token_command)" \
    "0 conf spool /usr/bin/oauth2 token" "a command: no secret is asked for"

# What is refused leaves nothing.
refused() {
	is "$status $(files)" "$1 " "refused: $3"
	like "$said" "$2" "... and what to do"
}
fresh
setup $m365 --tenant example.com
refused 64 "^outbox: --client is missing: Application" "no application"
setup $m365 --client 1234
refused 64 "^outbox: --tenant is missing: Directory" "no tenant"
setup $m365 $application
refused 64 "secret of the application is missing: --password-file" "no secret"
setup_with x $m365 --tenant a/b --client 1
refused 64 "that is no tenant: one is an ID or a domain" "a tenant that is none"
setup_with x $m365 --tenant a --client "1
grant_type = password"
refused 64 "^outbox: --client: that is no ID" "an application of two lines"
setup_with x --provider gmail --user me@gmail.com $application --no-test
refused 64 "for --provider microsoft365; others have --token-command" \
    "an application of another provider"

# On a terminal.
fresh
dialogue --no-test <<'END'
Number or name => microsoft365
User, => machine@example.com
Log in with: token, password, or the path of a command for tokens [token] => tokens
Log in with: => 
tenant) ID => two words
tenant) ID => example.onmicrosoft.com
client) ID => 0123-abcd
not shown => 
not shown => s3cret
mail for root => 
END
is "$status $(files) $(sed -n 's/^client_secret = //p' "$dir/token")" \
    "0 conf spool token s3cret" "on a terminal" || echo "$said"
unlike "$said" "never asked|s3cret|echo is off" \
    "... every question, and the secret is not shown"
like "$said" "^That has to be token, password, or a path" \
    "... and what an answer has to be"
is "$(value local) $(value from)" "machine@example.com machine@example.com" \
    "... root's mail goes to the mailbox"
cp -p "$dir/conf" "$dir/was"
dialogue --no-test --provider microsoft365 <<END
User, the address of the mailbox [machine@example.com] => 
Log in with: token, password, or the path of a command for tokens [$(value token_command)] => 
mail for root => 
END
is "$status $(cmp "$dir/conf" "$dir/was")" "0 " "... Enter keeps the command"
unlike "$said" "never asked" "... which is shown"
dialogue --no-test --provider microsoft365 <<END
User, => 
Log in with: => password
not shown => plain
mail for root => 
Change it => y
END
is "$status $(value token_command) $(cat "$dir/password")" "0  plain" \
    "... a password after all"

dialogue --no-test --provider fastmail <<'END'
User, the address of the account: => me@fastmail.com
not shown => app
mail for root => 
Change it => y
END
is "$status $(value user)" "0 me@fastmail.com" "another server: another user"
unlike "$said" "never asked" "... which has no default"

# A server that takes tokens: a wrong one can be mended at once.
server good --token tok --auth XOAUTH2
own="--host localhost --tls implicit --port $implicit --user alice \
    --from example.org smarthost.ca_file=$dir/certs/ca.pem \
    recipients.aliases=$dir/aliases"
fresh
setup $own --token-command "/bin/echo wrong"
is $status 75 "a token that is refused"
like "$said" "^AUTH +FAILED.*535" "... the test says so"
setup --yes $own --token-command "/bin/false"
like "$status $said" "^AUTH +FAILED.*token_command: /bin/false failed" \
    "a command that fails"
like "$said" "hint: .*run it as the user" "... and what to do"
dialogue $own <<END
Log in with: password, or the path of a command for tokens [/bin/false] => /bin/echo wrong
mail for root => root@example.net
Change it => y
Try another login => y
User [alice] => 
Log in with: password, or the path of a command for tokens [/bin/echo wrong] => /bin/echo tok
try it, to => dave@example.net
END
is "$status $(value token_command)" "0 /bin/echo tok" \
    "a wrong command is asked for again" || echo "$said"
unlike "$said" "never asked" "... until it is right"
flush
is "$(got)" dave "... a message arrives"

# A password typed takes the place of a command for it.
fresh
setup --host localhost --user alice --no-test \
    smarthost.password_command="/bin/echo secret word"
dialogue --host localhost --tls implicit --port 465 --from example.org \
    --local server --no-test <<'END'
User, => 
Enter: the present one => typed
Change it => y
END
is "$status $(value password_command) $(cat "$dir/password")" "0  typed" \
    "a password in place of a command"

# Who gets the mail for root.
local_mail() {
	fresh
	setup --host a.example --no-test --local "$1"
	is "$status $(value local),$(value local_mbox)" "0 $2" "--local $1"
}
local_mail here ",$dir/spool/mbox"
like "$said" "stays here: mail -f $dir/spool/mbox$" "... and where it is"
"$BUILD/queue/outbox" -C "$dir/conf" check >/dev/null
is $? 0 "... outbox check is content"
local_mail server ,
local_mail root@example.net root@example.net,
setup --yes --host a.example --no-test --local here
is "$(value local),$(value local_mbox)" ",$dir/spool/mbox" "... then here"
setup --yes --host a.example --no-test
is "$(value local),$(value local_mbox)" ",$dir/spool/mbox" "... it stays so"
setup --yes --host a.example --no-test --local root@example.net
is "$(value local),$(value local_mbox)" "root@example.net," \
    "... and an address again"
fresh
setup --host a.example --no-test --local there
refused 64 "there: who gets the mail for root has to be an address.*here or server" \
    "what is none of these"
fresh
dialogue --host a.example --no-test --tls none --from '' <<'END'
Port => 
User, => 
mail for root => root
"here" (a mailbox => 
END
is "$status $(value local),$(value local_mbox)" "0 ,$dir/spool/mbox" \
    "where no address is known it is kept here"

done_testing
