/* connections.h - open connections, and the time each may take.                                         layer: serve
 *
 * A client that sends or reads a byte at a time gets no more than the stated seconds.  Any thread. */
#ifndef SERVE_CONNECTIONS_H
#define SERVE_CONNECTIONS_H

#include "serve/limits.h"

/* Whom a connection waits for. */
typedef enum {
    CONNECTION_IDLE,   /* the client, to begin a request */
    CONNECTION_BUSY,   /* the client, to send the rest of a request or to take its answer */
    CONNECTION_WAITING /* the service, to answer */
} connection_state;

typedef struct connections connections;
typedef struct connection  connection;

connections *connections_new(const service_limits *limits); /* which must outlive it; NULL: no memory */
void         connections_free(connections *list);           /* when all are closed */

/* The socket stays the caller's, open until connections_remove().  NULL: no memory; the functions below take it. */
connection *connections_add(connections *list, int fd);
void        connections_remove(connections *list, connection *c);

void connections_step(connections *list, connection *c, connection_state state); /* a step forward: its time begins anew */
int  connections_count(connections *list);

/* Shuts the sockets of those that are too slow; whoever reads them notices, and closes them.  When three quarters of the places are taken,
 * or in a hurry, idle ones get a second.  Returns how many are open. */
int connections_reap(connections *list, bool hurry);

#endif
