/* record_lines.h - records appended to a file, each whole and once, whatever ends the process.           layer: watch */
#ifndef WATCH_RECORD_LINES_H
#define WATCH_RECORD_LINES_H

#include "watch/ledger.h"

/* path NULL: standard output, where a record that was printed just before kill -9 is printed again.  The file is opened for each call: it may
 * be renamed in between (logrotate). */

/* Before the first: what an earlier process has written and not noted is noted, a line that it could not end is cut off. */
rwda_status record_lines_recover(const char *path, ledger *l, rwda_error *err);
/* All that is due.  RWDA_EIO: nothing of the group is in the file, and all of it is still due. */
rwda_status record_lines_write(const char *path, ledger *l, rwda_error *err);

#endif
