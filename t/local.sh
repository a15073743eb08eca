# For sweeps over outbox-local (sh), after delivery.sh: two messages for users
# of this machine, and what became of them.

export LC_ALL=C
cp "$BUILD/queue/outbox-flush" "$dir"	# it runs the outbox-local beside it
ln -s "$BUILD/queue/outbox-smtp" "$dir/outbox-smtp"
cat >"$dir/take" <<-EOT
	#!/bin/sh
	cat >"$dir/took" && cat "$dir/took" >>"$dir/mbox"
EOT
chmod 755 "$dir/take"

# by HOW: where the mail goes, as the configuration has it.
by() {
	configure "[recipients]" "$1"
	[ -d "$dir/saved-two" ] || {
		submit root
		submit daemon
		save two
	}
}

# A pass: pass LOG.  A lock that was left behind is an old one.
pass() {
	rm -f "$dir/mbox.lock"
	"$dir/outbox-flush" -C "$dir/conf" --stderr --once 2>"$1"
	status=$?
}

# Who has a whole message, and how often: "daemon root".
whole() {
	[ ! -f "$dir/mbox" ] ||
	    awk '/^Return-Path: / { to = "" }
		/^Delivered-To: / { sub(/@.*/, "", $2); to = $2 }
		/^hello$/ && to != "" { print to; to = "" }' "$dir/mbox" |
	    words
}

# Is there nothing but whole ones?
is_all_whole() {
	[ ! -s "$dir/mbox" ] || {
		[ "$(grep -c '^Return-Path: ' "$dir/mbox")" -eq \
		    "$(whole | wc -w)" ] &&
		    tail -n 2 "$dir/mbox" | grep -q '^hello$'
	}
}
