# shellcheck shell=sh
# Btrfs, which writes anew what is overwritten, does not say how many files it
# can still make, and has limits that statvfs(3) does not know: who reaches one
# gets EDQUOT, also from a link, a rename or an overwrite.  The image is in
# another btrfs, so that a copy of it can be had at one moment: what is on the
# disk when the power fails.  Sourced by disks.sh.
#
# Packages: btrfs-progs

outer=$client/tmp/outer
disk=$client/tmp/btrfs	# the client's "btrfs" can find it there
mkdir "$outer" "$disk"
disk_image=outer/disk

outer_mount() {
	truncate -s 600M "$client/tmp/outer.image"
	in_client mkfs.btrfs -q /tmp/outer.image >/dev/null
	disk mount "$client/tmp/outer.image" "$outer" btrfs noatime \
		"$stage/nodes" >"$stage/disk.said" 2>&1
}

# limit SIZE|none: how large what is in spool/ can be.
limit() {
	in_client btrfs qgroup limit "$1" "0/$spool_number" /tmp/btrfs
}

# limit_new: an empty one with a limit of 1 MiB.  Each EDQUOT takes the kernel
# long: few messages, and large ones.
limit_new() {
	disk_new btrfs 200 >/dev/null && rm -r "$disk/spool" &&
		in_client btrfs subvolume create /tmp/btrfs/spool &&
		in_client btrfs quota enable /tmp/btrfs || return
	spool_number=$(in_client btrfs inspect-internal rootid /tmp/btrfs/spool)
	chmod 700 "$disk/spool"
	disk_pass	# makes queue/
	: >"$stage/disk.refused"
	: >"$stage/disk.log"
	: >"$stage/disk.script"
	limit 1M
}

limit_reached='Disk quota exceeded'

# limit_fill [SUFFIX]: four submitters at once, until each is refused, with one
# line and the status for it.
limit_fill() {
	submitters=
	for one in a b c d; do
		submitter $one 1000 "$@" &
		submitters="$submitters $!"
	done
	for one in $submitters; do
		wait "$one"
		case $? in
		73 | 74) ;;	# it could not be made, or not be kept
		*)	return 1 ;;
		esac
	done
	is "$(sed 's/sendmail: cannot [a-z ]*: //' "$stage/disk.refused" |
		uniq -c | xargs)" "4 $limit_reached" && acked 20
}

# What was taken is there, and nothing else; min_free, which has nothing to
# count, is no reason to refuse it.
limit_submit() {
	limit_new && sed -i 's/min_free = 0/min_free = 1M/' "$stage/disk.conf" &&
		limit_fill &&
		is "$(ls "$disk/spool/queue" | wc -l)" "$(wc -l <"$stage/acked")"
}

# What goes makes room.
limit_flush() {
	disk_pass
	submitter e 20 || return
	disk_pass
	disk_account 0
}

# The smarthost refuses all, and no report can be written.  A pass takes longer
# than a second.
limit_bounce() {
	limit_new && sed -i 's/^\(retry_m..\) = .*/\1 = 1h/' "$stage/disk.conf" &&
		limit_fill && limit 64K || return
	echo 'rcpt * match=@example.net reply 550 5.1.1 no' >"$stage/disk.script"
	disk_pass
	is "$(ls "$disk/spool/queue" | wc -l)" "$(wc -l <"$stage/acked")" &&
		limit none || return
	disk_pass
	disk_pass	# what came of it
	grep -q "cannot report to.*$limit_reached" "$stage/disk.log" || {
		cat "$stage/disk.log"
		return 1
	}
	disk_returned
}

# Of each message one recipient has it, one is to wait, and the file cannot say
# so: flush keeps it in mind.
limit_mark() {
	limit_new && limit_fill -later && limit 64K || return
	echo 'rcpt * match=-later@ reply 450 4.2.0 not now' >"$stage/disk.script"
	disk_daemon
	await limit_is_tried || return
	limit none
	: >"$stage/disk.script"
	await limit_retry
	kill -TERM $disk_flush
	wait $disk_flush
	disk_account 0
}

# Was it tried to mark each of them again?
limit_is_tried() {
	is "$(sed -n "s/.*cannot mark.* \(.*\): $limit_reached/\1/p" \
		"$stage/disk.log" | sort | uniq -d)" "$(ls "$disk/spool/queue")" \
		>"$stage/not.yet"
}

limit_retry() {
	"$PWD/queue/outbox" -C "$stage/disk.conf" retry --all
	[ -z "$(ls "$disk/spool/queue")" ]
}

# Of btrfs; see disks.sh.  Nothing of it can be made to fail, but a copy can be
# made of its image.
power_fails() {
	kill -KILL $disk_flush
	cp "$stage/acked" "$stage/before"
	cp --reflink=always "$outer/disk" "$outer/cut" || return
	# shellcheck disable=SC2086
	kill $submitters
	# shellcheck disable=SC2086
	wait $submitters $disk_flush 2>/dev/null
	# Their children end.
	await umount "$disk" && mv "$outer/cut" "$outer/disk"
}

outer_mount
disk_status=$?
if [ $disk_status -eq 77 ]; then
	echo "ok $((count += 1)) - btrfs # SKIP $(tail -n 1 "$stage/disk.said")"
else
	disk_new btrfs 200 >"$stage/disk.said" 7>&-
	cuts=0
	for round in 1 2 3 4 5 6; do
		check "btrfs, power cut $round: all mail is accounted for" \
			power_cut btrfs $round 7>&-
		echo "# $(grep acknowledged "$stage/said")"
	done
	umount "$disk"
	filler=$(yes 'more text' | head -n 1000)
	check "btrfs, at its limit: what is taken is there, and nothing else" \
		limit_submit 7>&-
	check "... flush delivers it, and then there is room" limit_flush 7>&-
	echo "# $(grep acknowledged "$stage/said")"
	umount "$disk"
	check "... what cannot be reported stays" limit_bounce 7>&-
	echo "# $(grep acknowledged "$stage/said")"
	umount "$disk"
	check "... who cannot be marked gets nothing twice" limit_mark 7>&-
	echo "# $(grep acknowledged "$stage/said")"
	umount "$disk" "$outer"
	filler=
fi
