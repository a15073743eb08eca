#!/bin/sh
# The fuzz targets on their small corpora: what was found once stays found.
# "make fuzz" looks for more.
. "${srcdir:-.}/t/lib.sh"

for program in "$BUILD"/t/fuzz_*; do
	case $program in
	*.o | *.c) continue ;;
	esac
	name=${program##*fuzz_}
	"$program" "$srcdir/t/corpus/$name" >"$dir/out" 2>&1
	status=$?
	ok $status "$name: $(grep -c '^ok' "$dir/out") inputs"
	[ $status -eq 0 ] || sed 's/^/# /' "$dir/out"
done
done_testing
