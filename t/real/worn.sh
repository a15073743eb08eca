# shellcheck shell=sh
# A disk that takes what is written and then cannot keep it: only a sync tells,
# with EIO or ENOSPC, as the kernel has it.  The image is in a small tmpfs, which
# has all that the file system uses so far, and where no more than a little can
# be added.  Sourced by disks.sh.

worn=$client/tmp/worn
mkdir "$worn"
mount -t tmpfs -o size=200M,mode=755 worn "$worn"
disk_image=worn/disk

# worn_out KIB: from now on so much of what is new can be kept, and no more.
worn_out() {
	sync "$disk"
	fstrim "$disk"	# what is free is no part of the image
	used=$(df -k --output=used "$worn" | tail -n 1)
	mount -o "remount,size=$((used + $1))k" "$worn"
}

worn_mended() {
	mount -o remount,size=200M "$worn"
}

# worn_new KIB: a new one that wears out after that.
worn_new() {
	worn_mended
	rm -f "$worn/disk"
	disk_new ext4 64 || return
	fallocate -l 64M "$worn/disk"
	# The directory must not grow: the kernel loses one whose blocks cannot
	# be kept.
	(
		cd "$disk/spool/queue" || exit
		seq -f '000000000000000000%06.0f' 2000 | xargs touch
		find . -type f -delete
	)
	: >"$stage/disk.refused"
	: >"$stage/disk.log"
	worn_out "$1"
}

worn_fails='cannot make the message durable: '

# worn_fill NAME...: as many at once, until each is refused.
worn_fill() {
	submitters=
	for one; do
		submitter "$one" 1000 &
		submitters="$submitters $!"
	done
	# shellcheck disable=SC2086
	wait $submitters
	grep -q "$worn_fails" "$stage/disk.refused" || {
		cat "$stage/disk.refused"
		return 1
	}
}

# What only the memory had is gone, and what the journal has can be put where it
# belongs.
worn_again() {
	await umount "$disk" && worn_mended && disk_mount ext4
}

# Is exactly that there which was acknowledged?
worn_submit() {
	worn_new 600 && worn_fill a b c d && acked 4 && worn_again || return
	ls "$disk/spool/queue" >"$stage/listed"
	[ "$(wc -l <"$stage/listed")" -eq "$(wc -l <"$stage/acked")" ] || {
		echo "$(wc -l <"$stage/listed") are there"
		return 1
	}
	disk_pass
	disk_account 0
}

# The smarthost refuses what is there, and reports cannot be written: no message
# goes before its report.
worn_bounce() {
	worn_new 200 && worn_fill a b c d && acked 4 || return
	echo 'rcpt * match=@example.net reply 550 5.1.1 no' >"$stage/disk.script"
	disk_pass
	worn_again
	disk_pass
	disk_pass	# what came of it
	: >"$stage/disk.script"
	grep -q "$worn_fails" "$stage/disk.log" || {
		cat "$stage/disk.log"
		return 1
	}
	disk_returned
}

# The same while flush works; it is mended before it has come to an end.
worn_work() {
	worn_new 400 || return
	disk_daemon
	worn_fill a b c d
	worn_status=$?
	worn_mended
	submitter e 20
	kill -TERM $disk_flush
	wait $disk_flush
	[ $worn_status -eq 0 ] && worn_again && disk_pass && disk_account 0
}

for one in submit bounce work; do
	case $one in
	submit) what="what is acknowledged is there, and nothing else" ;;
	bounce) what="what cannot be reported stays" ;;
	work)	what="flush delivers meanwhile, and loses nothing" ;;
	esac
	check "a worn-out disk: $what" "worn_$one" 7>&-
	echo "# $(grep acknowledged "$stage/said")"
	umount "$disk"
done
umount "$worn"
