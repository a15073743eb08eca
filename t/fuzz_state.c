/*
 * Any bytes as the state file: what is taken is in range, and written it is
 * read as the same.
 */
#include <config.h>

#include "queue/state.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "queue/envelope.h"
#include "queue/error.h"
#include "queue/spool.h"
#include "t/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct spool *s = fuzz_spool();
	struct state st, again;
	struct error e;
	int fd;

	fd = openat(spool_directory(s), "state", O_WRONLY | O_CREAT |
	    O_TRUNC | O_CLOEXEC, 0600);
	check(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	close(fd);
	if (state_read(s, &st) != 0)
		return 0;
	check((st.down == 0 || st.down == 1) && st.failures >= 0 &&
	    st.next >= 0 && st.paid >= 0);
	check(envelope_is_safe(st.why) && envelope_is_safe(st.session));
	/* A rate of any counts, in any hour, is a number. */
	(void)state_rate(&st, STATE_DELIVERED, 1763925180);
	check(state_write(s, &st, &e) == 0 && state_read(s, &again) == 0);
	check(memcmp(&st, &again, sizeof(st)) == 0);
	state_add(&st, STATE_FAILED, 1763925180);
	return 0;
}
