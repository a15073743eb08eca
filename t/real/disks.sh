# shellcheck shell=sh
# Real file systems whose power fails under load: ext4 and XFS in an image, shut
# down without their journal being written, and mounted again; one that an
# error has made read-only; and one that is full.  worn.sh and btrfs.sh have
# more.  Sourced by real.t.
#
# Packages: e2fsprogs xfsprogs

disk=$stage/disk	# where it is mounted
took=$stage/disk.took	# what the smarthost took
mkdir "$disk" "$stage/nodes"
disk_image=disk	# in /tmp of the client
disk() {
	python3 "$here/disk.py" "$@"
}

disk_mount() {
	disk mount "$client/tmp/$disk_image" "$disk" "$1" noatime "$stage/nodes" \
		>"$stage/disk.said" 2>&1
}

# disk_new TYPE MIB: an empty one, and a configuration for a queue in it.
disk_new() {
	rm -rf "$client/tmp/$disk_image" "$took"
	mkdir "$took"
	truncate -s "$2M" "$client/tmp/$disk_image"
	in_client "mkfs.$1" -q "/tmp/$disk_image"
	disk_mount "$1"
	disk_status=$?
	[ $disk_status -eq 0 ] || return
	mkdir -m 700 "$disk/spool"
	sync "$disk"
	cat >"$stage/disk.conf" <<-END
	[smarthost]
	host = 127.0.0.1
	port = $disk_port
	tls = none
	[sender]
	domain = example.org
	[recipients]
	aliases = $stage/disk.aliases
	[queue]
	directory = $disk/spool
	retry_min = 1s
	retry_max = 1s
	reports_per_hour = 100000
	min_free = 0
	submit_socket =
	END
	: >"$stage/disk.aliases"
	: >"$stage/acked"
	disk_pass	# makes queue/
}

# disk_pass: all that is there is sent.
disk_pass() {
	"$PWD/queue/outbox-flush" -C "$stage/disk.conf" --stderr --once --all \
		>>"$stage/disk.log" 2>&1
}

disk_daemon() {
	"$PWD/queue/outbox-flush" -C "$stage/disk.conf" --stderr \
		>>"$stage/disk.log" 2>&1 &
	disk_flush=$!
}

# submitter NAME COUNT [SUFFIX]: so many messages, until one is refused; those
# that were taken are in acked.  With SUFFIX, each has a second recipient.
filler=	# more text of each
submitter() {
	submitted=0
	while [ $submitted -lt "$2" ]; do
		submitted=$((submitted + 1))
		to="$1-$submitted@example.net"
		to="$to${3:+ $1-$submitted$3@example.net}"
		# shellcheck disable=SC2086
		printf 'Subject: t\n\n%s %s\n%s' "$1" $submitted "$filler" |
			"$PWD/sendmail/sendmail" -C "$stage/disk.conf" \
			-f alice@example.org $to \
			2>>"$stage/disk.refused" || return
		# shellcheck disable=SC2086
		printf '%s\n' $to >>"$stage/acked"
	done
}

acked() {
	[ "$(($(wc -l <"$stage/acked")))" -ge "$1" ]
}

# Recipients of what arrived, one for each copy.
disk_got() {
	sed -n 's/^rcpt <\(.*\)>.*/\1/p' "$took"/*.env
}

# What is in failed/ has a length and nothing else: ext4 leaves such files of
# messages that were never acknowledged.
only_zeros() {
	for file in "$disk/spool/failed"/*; do
		[ ! -e "$file" ] || [ -z "$(tr -d '\0' <"$file")" ] || {
			head -c 200 "$file"
			return 1
		}
	done
}

# disk_account COPIES: all that was acknowledged has arrived, and no more than
# so many came twice.
disk_account() {
	disk_got | sort >"$stage/got"
	sort -u "$stage/got" >"$stage/once"
	copies=$(($(wc -l <"$stage/got") - $(wc -l <"$stage/once")))
	sort "$stage/acked" | comm -23 - "$stage/once" >"$stage/lost"
	echo "$(wc -l <"$stage/acked") acknowledged," \
		"$(wc -l <"$stage/once") arrived, $copies copies," \
		"$(ls "$disk/spool/queue" | wc -l) queued," \
		"$(ls "$disk/spool/failed" | wc -l) files of zeros"
	sed 's/^/lost: /' "$stage/lost"
	[ ! -s "$stage/lost" ] && [ "$copies" -le "$1" ] &&
		[ -z "$(ls "$disk/spool/queue")" ] && only_zeros
}

# The power fails, while submitters and flush are at work; it is not mounted any
# more.  What is acknowledged from here on counts for nothing: where the power
# fails there is nobody to hear it, and XFS, while it shuts down, can give
# success to who waits for a sync.
power_fails() {
	disk shutdown "$disk" "$stage/acked" "$stage/before" || return
	# shellcheck disable=SC2086
	wait $submitters	# they are refused
	kill -KILL $disk_flush
	wait $disk_flush 2>/dev/null
	# Its workers notice.
	await umount "$disk"
}

# power_cut TYPE ROUND: the power fails when ROUND * 17 more are acknowledged.
power_cut() {
	known=$(wc -l <"$stage/acked")
	disk_daemon
	submitters=
	for one in a b c d; do
		submitter "$one$2" 1000 &
		submitters="$submitters $!"
	done
	await acked $((known + $2 * 17)) && power_fails || return
	cp "$stage/before" "$stage/acked"
	disk_mount "$1" || return
	disk_pass
	# What it found busy, or came of it, as reports do.
	disk_pass
	cuts=$((cuts + 1))
	disk_account $((2 * cuts * disk_copies))
}

# The smarthost has refused what was acknowledged, with "rcpt * match=": each
# sender was told, once, of each.
disk_returned() {
	sed -n 's/^Final-Recipient: rfc822; *\(.*\)\r$/\1/p' "$took"/*.msg |
		sort >"$stage/got"
	sort "$stage/acked" | comm -3 - "$stage/got" >"$stage/lost"
	echo "$(wc -l <"$stage/acked") acknowledged," \
		"$(wc -l <"$stage/got") returned"
	cat "$stage/lost"
	[ ! -s "$stage/lost" ] && [ -z "$(ls "$disk/spool/queue")" ]
}

mkfifo "$stage/disk.hold"
exec 7<>"$stage/disk.hold"
mkdir "$took"
: >"$stage/disk.script"
"$PWD/t/smarthost" --stdin --dir "$took" --script "$stage/disk.script" 7>&- \
	<"$stage/disk.hold" \
	>"$stage/disk.port" &
disk_smarthost=$!
await test -s "$stage/disk.port"
read -r disk_port <"$stage/disk.port"

# Removals that one cut may undo: see REMOVED_MAX, and what is in flight.
disk_copies=128
for type in ext4:64 xfs:320; do
	disk_new "${type%:*}" "${type#*:}" 7>&-
	if [ $disk_status -eq 77 ]; then
		echo "ok $((count += 1)) - power cuts # SKIP $(tail -n 1 \
			"$stage/disk.said")"
		continue
	fi
	cuts=0
	for round in 1 2 3 4 5 6; do
		check "${type%:*}, power cut $round: all mail is accounted for" \
			power_cut "${type%:*}" $round 7>&-
		echo "# $(grep acknowledged "$stage/said")"
	done
	umount "$disk"
done

# An error makes it read-only while flush works: what it sent it cannot note,
# and nothing is lost, or sent more than once more.
disk_abort() {
	disk_daemon
	submitter r 200 &
	await acked 20 || return
	mount -o remount,abort "$disk"
	wait $!
	kill -TERM $disk_flush
	wait $disk_flush
	echo "read-only: $(grep -c . "$stage/disk.log") lines"
	await umount "$disk" && disk_mount ext4 || return
	disk_pass
	disk_pass
	disk_account 128
}

# full: sendmail says so, with nothing half done, and what is there goes.
disk_full() {
	submitter f 1000000
	grep -q 'No space left' "$stage/disk.refused" && acked 20 || return
	disk_pass
	disk_account 0
}

if [ $disk_status -eq 0 ]; then
	disk_new ext4 64 7>&-
	: >"$stage/disk.log"
	check "read-only: all mail is accounted for" disk_abort 7>&-
	echo "# $(grep acknowledged "$stage/said")"
	check "read-only: the log says why" grep -q 'Read-only file system' \
		"$stage/disk.log"
	check "read-only: the log is short" \
		test "$(wc -l <"$stage/disk.log")" -lt 2000
	umount "$disk"
	disk_new ext4 4 7>&-
	: >"$stage/disk.refused"
	check "full: all mail is accounted for" disk_full 7>&-
	echo "# $(grep acknowledged "$stage/said")"
	umount "$disk"
	. "$here/worn.sh"
fi
. "$here/btrfs.sh"
exec 7>&-
wait $disk_smarthost
