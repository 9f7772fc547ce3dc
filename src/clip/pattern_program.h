/* pattern_program.h - compiled regular expressions                                                 rank 2: clip */
#ifndef RW_PATTERN_PROGRAM_H
#define RW_PATTERN_PROGRAM_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RW_PATTERN_BYTES_MAX 65536
#define RW_PROGRAM_MAX       65536 /* instructions: what repetition counts unfold to */

typedef enum {
    RW_OP_POINT,      /* a: code point */
    RW_OP_LETTER,     /* a: lower-case ASCII letter, case ignored */
    RW_OP_ANY,        /* all but a line feed */
    RW_OP_CLASS,      /* a: its number */
    RW_OP_LINE_BEGIN, /* of a line, as Ruby's ^ and $ */
    RW_OP_LINE_END,
    RW_OP_TEXT_BEGIN,
    RW_OP_TEXT_END,
    RW_OP_JUMP,  /* a: where to */
    RW_OP_SPLIT, /* a: tried first, b: tried then */
    RW_OP_AHEAD, /* a: where to go on; what follows, to RW_OP_MATCH, is looked for */
    RW_OP_NOT_AHEAD,
    RW_OP_ATOMIC, /* the same, but taken and never tried otherwise */
    RW_OP_MATCH
} rw_op;

typedef struct {
    rw_op    op;
    uint32_t a, b;
} rw_instruction;

typedef struct {
    enum { RW_ITEM_RANGE, RW_ITEM_CATEGORIES, RW_ITEM_SPACE, RW_ITEM_WORD } kind;
    bool     negated;
    uint32_t first, last; /* range, or the categories' bits in `first` */
} rw_class_item;

typedef struct {
    uint32_t first, count; /* items */
    bool     negated;
    uint32_t ascii[4]; /* a bit a code point below 128 */
} rw_class;

typedef struct {
    rw_instruction *code;
    size_t          n, room;
    rw_class       *classes;
    size_t          n_classes, class_room;
    rw_class_item  *items;
    size_t          n_items, item_room;
} rw_program;

rwda_status rw_program_compile(rw_program *out, const char *text, size_t len, const char *name, rwda_error *err);
rwda_status rw_program_literal(rw_program *out, const char *text, size_t len, const char *name, rwda_error *err);
void        rw_program_done(rw_program *program);

bool rw_class_item_has(const rw_class_item *item, int32_t point);

#endif
