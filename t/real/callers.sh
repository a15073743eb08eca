# shellcheck shell=sh
# Programs that send mail, each in a file of callers/ with what has to arrive.
# Sourced by real.t.

# mailed BOX <MESSAGE: one message with that subject arrives there, and it is
# MESSAGE.  The fields may be in any order.  Of those that are added on the way,
# MESSAGE has what matters; Date: and Message-ID: have to be there once.  Each
# line of MESSAGE is a pattern of sh; "..." stands for any number of lines.
mailed() {
	by_field >"$stage/expected"
	await among "$1" "$(field Subject "$stage/expected")" || return
	added='X-Original-To Delivered-To Received'
	for added_field in Date Message-ID; do
		is "$(field $added_field "$mail" | grep -c .)" 1 || return
		[ -n "$(field $added_field "$stage/expected")" ] ||
			added="$added $added_field"
	done
	# shellcheck disable=SC2086
	wash $added <"$mail" | by_field >"$stage/seen"
	same_lines "$stage/expected" "$stage/seen"
}

# by_field <MESSAGE: with its header fields in the order of their names.
by_field() {
	perl -0777 -pe 's/^.*?\n(?=\n)/join "", map { $_->[1] }
		sort { $a->[0] cmp $b->[0] } map { [lc s,:.*,,rs, $_] }
		split m,^(?=\S),m, $&/se'
}

# same_lines EXPECTED SEEN
same_lines() {
	match_lines 3<"$1" 4<"$2" || {
		echo "expected (-), seen (+):"
		diff -u "$1" "$2" | cat -A
		return 1
	}
}

match_lines() {
	skip=
	while IFS= read -r want <&3; do
		case $want in
		...) skip=1 && continue ;;
		esac
		while :; do
			IFS= read -r line <&4 || return
			# shellcheck disable=SC2254
			case $line in
			$want) break ;;
			esac
			[ "$skip" ] || return 1
		done
		skip=
	done
	[ "$skip" ] || ! read -r line <&4
}

for caller in "$here"/callers/*.sh; do
	# shellcheck disable=SC1090
	. "$caller"
done
