#!/bin/sh
# The helper for tokens, against an HTTP server of the test: what it asks for,
# what it tells, and what it keeps to itself.
. "${srcdir:-.}/t/lib.sh"

helper=$srcdir/config/outbox-token
umask 077
mkdir "$dir/bin"
real=$(command -v curl) || skip_all "curl is not installed"
{
	echo '#!/bin/sh'
	echo "printf '%s\\n' \"\$@\" >>'$dir/arguments'; env >>'$dir/environment'"
	echo "exec $real \"\$@\""
} >"$dir/bin/curl"
chmod 700 "$dir/bin/curl"

cat >"$dir/server.py" <<'EOM'
import http.server, sys, urllib.parse
place = sys.argv[1]

class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        with open(place + "/asked", "w") as f:
            for pair in urllib.parse.parse_qsl(body.decode(),
                                               keep_blank_values=True):
                f.write("%s=%s\n" % pair)
        with open(place + "/answer", "rb") as f:
            answer = f.read()
        self.send_response(400 if b'"error"' in answer else 200)
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *args):
        pass

server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
EOM
mkfifo "$dir/port"
python3 "$dir/server.py" "$dir" >"$dir/port" &
track $!
read -r port <"$dir/port"

# token ANSWER: what the helper says then, on one line; its status is kept.
token() {
	printf '%s' "$1" >"$dir/answer"
	rm -f "$dir/asked"
	PATH=$dir/bin:$PATH sh "$helper" "$dir/file" >"$dir/out" 2>"$dir/err"
	echo "$? $(paste -s -d ' ' - <"$dir/out")"
}

asked() {
	sort "$dir/asked" | paste -s -d ' ' -
}

cat >"$dir/file" <<EOM
# for the test
url = http://127.0.0.1:$port/token
client_id = me
client_secret = p"a\\s&s=+%
scope = https://mail.example/.default
EOM
is "$(token '{"token_type":"Bearer","expires_in":3599,"access_token":"abc.d-e_f=="}')" \
    "0 abc.d-e_f== 3599" "credentials of a client: the token and its time"
is "$(asked)" "client_id=me client_secret=p\"a\\s&s=+% grant_type=client_credentials scope=https://mail.example/.default" \
    "... what was asked for"
is "$(cat "$dir/err")" "" "... without a word"
is "$(token '{
  "access_token" : "abc",
  "expires_in" : 10
}')" "0 abc 10" "an answer in several lines"
is "$(token '{"access_token":"abc"}')" "0 abc " "an answer without a time"
is "$(token '{"expires_in":"3599","access_token":"a\/b\/\/c"}')" \
    "0 a/b//c 3599" "what JSON allows: a time in quotes, slashes escaped"

echo "refresh_token = first-0815" >>"$dir/file"
is "$(token '{"access_token":"abc","expires_in":1,"refresh_token":"first-0815"}')" \
    "0 abc 1" "a refresh token"
like "$(asked)" "grant_type=refresh_token refresh_token=first-0815" \
    "... what was asked for"
is "$(token '{"access_token":"abc","expires_in":1,"refresh_token":"next-4711"}')" \
    "0 abc 1" "a new refresh token comes"
is "$(grep -c '^refresh_token = next-4711$' "$dir/file") $(grep -c refresh_token "$dir/file") $(grep -c client_secret "$dir/file")" \
    "1 1 1" "... and is kept in the place of the old one"
is "$(stat -c %a "$dir/file")" 600 "... for nobody else to read"
token '{"access_token":"abc"}' >"$dir/said"
like "$(asked)" "refresh_token=next-4711" "... and used"

mkdir "$dir/file.new"
is "$(token '{"access_token":"abc","refresh_token":"next-4711er"}')" "0 abc " \
    "a new one that cannot be kept"
like "$(cat "$dir/err")" "cannot be kept in" "... says so"
rmdir "$dir/file.new"

is "$(token '{"error":"invalid_grant","error_description":"it has expired"}')" \
    "1 " "a refusal"
like "$(tail -n 1 "$dir/err")" "^outbox-token: no token: mend $dir/file$" \
    "... what to do comes last"
is "$(token '{"error":"invalid_client","error_description":"AADSTS7000215: x"}')" \
    "1 " "a known refusal"
like "$(tail -n 1 "$dir/err")" "client_secret is wrong: .*not its ID$" \
    "... what that means"
is "$(token '{"error":"invalid_grant","error_description":"it has expired"}')" \
    "1 " "a refusal"
like "$(cat "$dir/err")" "127.0.0.1:$port/token: invalid_grant: it has expired" \
    "... says why"
is "$(token 'no json')" "1 " "nonsense"

unlike "$(cat "$dir/arguments" "$dir/environment")" 'p"a|first-0815|next-4711' \
    "no secret is in an argument or the environment"
like "$(cat "$dir/arguments")" "config" "... where other things are"

chmod 640 "$dir/file"
is "$(token '{"access_token":"abc"}')" "1 " "a file that others can read"
like "$(cat "$dir/err")" "others can read.*chmod 600" "... says what to do"
chmod 600 "$dir/file"
sed -i 's|^url.*|url = http://mail.example/token|' "$dir/file"
is "$(token '{"access_token":"abc"}')" "1 " "not over HTTPS"
like "$(cat "$dir/err")" "must begin with https://" "... says so"

# It is what token_command wants.
sed -i "s|^url.*|url = http://127.0.0.1:$port/token|" "$dir/file"
printf '{"access_token":"tok","expires_in":3600}' >"$dir/answer"
smarthost --user alice --token tok --auth XOAUTH2 --auth-clear
configure "host = 127.0.0.1" "port = $port" "tls = none" "user = alice" \
    "token_command = $helper $dir/file"
echo hello | sendmail bob@example.net
flush
is "$? $(arrived)" "0 1" "mail goes with a token of the helper"

done_testing
