# shellcheck shell=sh
# What the tests with real parts say and ask.  Sourced by real.t.

count=0 failures=0

bail() {
	echo "Bail out! $*"
	exit 1
}

# check WHAT COMMAND...: one test.
check() {
	what=$1
	shift
	count=$((count + 1))
	if "$@" >"$stage/said" 2>&1; then
		echo "ok $count - $what"
	else
		failures=$((failures + 1))
		echo "not ok $count - $what"
		sed 's/^/#   /' "$stage/said"
	fi
}

# await COMMAND...: until it succeeds, for $patience seconds at most.
patience=${PATIENCE:-30}
pause=0.1
await() {
	end=$(($(date +%s) + patience))
	until "$@"; do
		if [ "$(date +%s)" -ge "$end" ]; then
			echo "waited in vain for: $*"
			return 1
		fi
		sleep "$pause"
	done
}

# wash NAME... <MESSAGE: without those header fields.
wash() {
	LC_ALL=C awk -v names="$*" '
	BEGIN {
		n = split(tolower(names), list)
		for (i = 1; i <= n; i++)
			drop[list[i]] = 1
	}
	body { print; next }
	/^$/ { body = 1; print; next }
	!/^[ \t]/ { colon = index($0, ":"); skip = 0 }
	!/^[ \t]/ && colon { skip = tolower(substr($0, 1, colon - 1)) in drop }
	!skip { print }'
}

# field NAME FILE: the value of that header field.
field() {
	awk -v want="$1" '
	/^$/ { exit }
	/^[^ \t]/ { here = tolower(substr($0, 1, length(want) + 1)) \
		== tolower(want ":") }
	here { sub(/^[^ \t:]*: */, ""); print }' "$2"
}

# same_bytes EXPECTED SEEN
same_bytes() {
	cmp -s "$1" "$2" || {
		echo "expected (-), seen (+):"
		diff -u "$1" "$2" | cat -A
		return 1
	}
}

is() {
	[ "$1" = "$2" ] || {
		echo "expected: $2"
		echo "seen:     $1"
		return 1
	}
}
