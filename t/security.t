#!/bin/sh
# What queue/SECURITY promises is shown by tests that are there: each that it
# names is one that runs, and has the case.
. "${srcdir:-.}/t/lib.sh"
text=$srcdir/queue/SECURITY

# "[t/FILE]" or "[t/FILE: CASE]", each on a line of its own.
sed -n 's/^    \[\(.*\)\]$/\1/p' "$text" >"$dir/named"
is "$(grep -c '^ *\[' "$text")" "$(wc -l <"$dir/named")" \
    "each mention has its form"
runs() {
	case $1 in
	t/real/*) grep -qF "/${1#t/real/}\"" "$srcdir/t/real/real.t" ;;
	*) grep -Eq "^(	|units \+= |scenarios \+= )${1%.c}( .*)?$" \
		"$srcdir/Makefile.am" ;;
	esac
}
while IFS= read -r named; do
	file=${named%%: *}
	case=
	[ "$file" = "$named" ] || case=${named#*: }
	wrong=
	[ -f "$srcdir/$file" ] || wrong="no such file"
	runs "$file" || wrong="$wrong, does not run"
	# A literal may go on in the next line, in sh and in C.
	[ -z "$case" ] || tr -d '\n\\' <"$srcdir/$file" |
	    sed 's/"[	 ]*"//g' | grep -qF -- "$case" ||
		wrong="$wrong, no such case"
	is "$wrong" "" "$named"
done <"$dir/named"

# Promises in order, each with a test.
is "$(sed -n 's/^ *\([0-9][0-9]*\)\. .*/\1/p' "$text" | tr '\n' ' ')" \
    "$(seq "$(grep -c '^ *[0-9][0-9]*\. ' "$text")" | tr '\n' ' ')" \
    "the promises are numbered"
is "$(awk '/^ *[0-9]+\. / { if (open) print open; open = $1 }
    /^    \[/ { open = "" }
    /^What is not promised/ && NR > 3 { if (open) print open; exit }' "$text")" \
    "" "each names a test"

done_testing
