#!/bin/sh
# Aliases and the place of local mail, as configured.
. "${srcdir:-.}/t/submission.sh"
given 'x\n'

cat >"$dir/aliases" <<X
# comment
root: admin@example.com,
	second@example.com
evil: "|touch $dir/touched"
file: $dir/file
*: rest@example.com
X
: >"$dir/list"
submit root
is "$(rcpts)" "admin@example.com second@example.com" "an alias"
empty_queue
submit root@localhost ROOT
is "$(rcpts)" "admin@example.com second@example.com" "by another name"
empty_queue
given 'To: root (the boss)\n\nx\n'
submit -t
is "$(rcpts)" "admin@example.com second@example.com" "with -t"
is "$(header | grep '^To:')" "To: root@example.org (the boss)" \
	"the header keeps the name"
empty_queue
given 'x\n'
submit evil file
is "$(rcpts)" "evil@example.org file@example.org" "commands and files"
is "$(count "$dir/touched" "$dir/file")" 0 "are not run and not written"
empty_queue
submit someone
is "$(rcpts)" "rest@example.com" "the default"
empty_queue

# every name of this machine, every way in
host=$(sendmail -bs </dev/null | sed -n 's/^220 \([^ ]*\).*/\1/p')
boss="admin@example.com second@example.com"
for name in root Root '"root"' root@localhost root@LOCALHOST.localdomain \
    "root@$host" "root@${host%%.*}" root@example.org; do
	submit "$name"
	is "$(rcpts)" "$boss" "$name"
	empty_queue
	given 'Apparently-To: %s\n\nx\n' "$name"
	submit -t
	is "$(rcpts)" "$boss" "$name with -t"
	empty_queue
	given 'MAIL FROM:<a@b>\nRCPT TO:<%s>\nDATA\n\nx\n.\n' "$name"
	submit -bs
	is "$(rcpts)" "$boss" "$name with -bs"
	empty_queue
	given 'x\n'
	submit -bv "$name"
	is "$(printf '%s\n' "$OUT" | sed 's/.* user //' | tr '\n' ' ')" \
	    "$boss " "$name with -bv"
done
submit root@elsewhere.example
is "$(rcpts)" "root@elsewhere.example" "not the names of others"
empty_queue
submit '\root'
is "$(rcpts)" "root@example.org" "a backslash"
empty_queue

printf 'root: admin@example.com\n' >"$dir/aliases"
sed -i "s,^aliases,local = local@example.com\naliases," "$dir/conf"
submit root joe joe@localhost joe@example.org "joe@$host"
is "$(rcpts)" "admin@example.com local@example.com joe@example.org" \
	"recipients.local"
empty_queue
if [ "$host" != localhost ]; then
	: >"$dir/aliases"
	sed -i "s,^domain = .*,domain = $host," "$dir/conf"
	submit "root@$host" "nobody-here@$host"
	is "$(rcpts)" "local@example.com nobody-here@$host" \
		"root@host when that is the mail name"
	empty_queue
	sed -i "s,^domain = .*,domain = example.org," "$dir/conf"
fi
rm "$dir/aliases"
submit root
is "$STATUS $(rcpts)" "0 local@example.com" "no aliases file"
empty_queue

# what the operator is told of
checked() {
	"$BUILD/queue/outbox" -C "$dir/conf" check 2>&1 | grep aliases |
	    sed "s,$dir/,,"
}
is "$(checked)" "" "check: no file is no error"
cat >"$dir/aliases" <<X
root: admin@example.com, second@example.com
joe admin@example.com
team: a@example.com b@example.com
cmd: |/bin/true, real@example.com
X
is "$(checked)" "aliases:2: an alias is written 'name: target'
aliases:4: alias cmd: |/bin/true is ignored: only addresses are supported, with commas between them
aliases:3: alias team: a@example.com b@example.com is ignored: only addresses are supported, with commas between them" \
	"check: what is passed over"
printf 'a: b\nb: c@localhost, x@y\nc: a\n' >"$dir/aliases"
is "$(checked)" "aliases:1: alias a leads back to itself (a, b, c, a), and is \
then taken for a name without alias" "check: a circle"
submit a
is "$(rcpts)" "local@example.com x@y" "... as it is"
empty_queue
chmod 600 "$dir/aliases"
like "$(checked)" "^Users who cannot read it .*: chmod a\+r aliases\$" \
	"check: a file that others cannot read"

done_testing
