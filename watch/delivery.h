/* delivery.h - a thread that sends what a ledger has for one receiver.                                 layer: watch */
#ifndef WATCH_DELIVERY_H
#define WATCH_DELIVERY_H

#include "watch/ledger.h"
#include "watch/sender.h"

typedef struct delivery delivery;

/* Takes over the sender.  tries: of one record, before it is given up; events is told of that, from this thread.  RWDA_ENOMEM. */
rwda_status delivery_start(delivery **out, sender *by, ledger_sink sink, ledger *l, int tries, const rwda_events *events,
                           rwda_error *err);
void        delivery_wake(delivery *d); /* something was added */
/* No more comes: what is due is sent, what was put off only where `all`.  After the seconds it stops in any case. */
void delivery_finish(delivery *d, bool all, double seconds);
void delivery_free(delivery *d); /* after delivery_finish(); NULL is fine, as everywhere */

unsigned long long delivery_sent(const delivery *d);
unsigned long long delivery_failed_tries(const delivery *d);
/* The ledger's failure, which ended it; RWDA_OK: there was none. */
rwda_status delivery_status(delivery *d, rwda_error *err);

#endif
