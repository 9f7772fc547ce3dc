/* prompts.c - which sentences are normal, which anomalous? */
#include "anomaly/prompts.h"

#include "anomaly/recipe.h"
#include "base/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LIST_MAX    256 /* entries of a list of states or templates */
#define REDRAWS_MAX 100 /* pairs too long for CLIP in a row: the recipe cannot work */

/* ---- Lists ---------------------------------------------------------------------------------------------------------- */

typedef struct {
    const char *start[LIST_MAX];
    int         len[LIST_MAX];
    uint32_t    count;
} text_list;

static bool split(text_list *out, const char *text, char separator)
{
    out->count = 0;
    for (const char *at = text;;) {
        const char *end = strchr(at, separator);
        size_t      len = end != NULL ? (size_t)(end - at) : strlen(at);

        while (len > 0 && *at == ' ')
            at++, len--;
        while (len > 0 && at[len - 1] == ' ')
            len--;
        if (len == 0 || len >= RW_PROMPT_MAX || out->count == LIST_MAX)
            return false;
        out->start[out->count] = at;
        out->len[out->count++] = (int)len;
        if (end == NULL)
            return true;
        at = end + 1;
    }
}

static rwda_status new_prompts(rw_prompts *out, size_t count, rwda_error *err)
{
    out->count   = count;
    out->texts   = rw_new_array(count, sizeof *out->texts);
    out->storage = rw_new_array(count, RW_PROMPT_MAX);
    if (out->texts == NULL || out->storage == NULL) {
        rw_prompts_free(out);
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "%zu prompts", count);
    }
    for (size_t i = 0; i < count; i++)
        out->texts[i] = out->storage + i * RW_PROMPT_MAX;
    return RWDA_OK;
}

void rw_prompts_free(rw_prompts *prompts)
{
    free(prompts->texts);
    free(prompts->storage);
    *prompts = (rw_prompts){ NULL, NULL, 0 };
}

/* ---- Random words --------------------------------------------------------------------------------------------------- */

void rw_random_word(char *out, rw_random *random, const char *alphabet, int min, int max)
{
    uint32_t letters = (uint32_t)strlen(alphabet);
    int      length  = min + (int)rw_random_below(random, (uint32_t)(max - min + 1));

    for (int i = 0; i < length; i++)
        *out++ = alphabet[rw_random_below(random, letters)];
    *out = '\0';
}

/* The words of options->word_list. */
typedef struct {
    const char **start; /* NULL: no list, words are made of letters */
    uint32_t     count;
    int          longest;
} word_list;

static rwda_status read_words(word_list *out, const char *text, rwda_error *err)
{
    size_t      len;
    rwda_status status = RWDA_OK;

    *out = (word_list){ NULL, 0, 0 };
    if (text == NULL)
        return RWDA_OK;
    out->start = rw_new_array(RW_WORDS_MAX, sizeof *out->start);
    if (out->start == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "word list");
    for (const char *at = text + strspn(text, " "); *at != '\0'; at += len + strspn(at + len, " ")) {
        len = strcspn(at, " ");
        if (len > RW_WORD_MAX || out->count == RW_WORDS_MAX)
            status = rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET,
                             "word list: at most %d words of at most %d characters; word %u has %zu", RW_WORDS_MAX,
                             RW_WORD_MAX, out->count + 1, len);
        for (size_t i = 0; i < len && status == RWDA_OK; i++)
            if (at[i] < '!' || at[i] > '~')
                status = rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET,
                                 "word list: word %u has a character that is not printable ASCII", out->count + 1);
        if (status != RWDA_OK)
            break;
        out->start[out->count++] = at;
        out->longest             = out->longest > (int)len ? out->longest : (int)len;
    }
    if (status == RWDA_OK && out->count == 0)
        status = rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "word list: there is no word in it");
    if (status != RWDA_OK) {
        free(out->start);
        out->start = NULL;
    }
    return status;
}

/* `count` words with spaces between them. */
static void random_words(char out[RW_PROMPT_MAX], rw_random *random, const rwda_train_options *options,
                         const word_list *list, int count)
{
    size_t used = 0;

    out[0] = '\0';
    for (int i = 0; i < count; i++) { /* 20 words of 32 letters do not fit: the caller checked the product */
        if (i > 0)
            out[used++] = ' ';
        if (list->start != NULL) {
            const char *word = list->start[rw_random_below(random, list->count)];
            size_t      len  = strcspn(word, " ");

            memcpy(out + used, word, len);
            out[used + len] = '\0';
        } else {
            rw_random_word(out + used, random, options->alphabet, options->length_min, options->length_max);
        }
        used += strlen(out + used);
    }
}

/* What stands for {state} and {words}, and where. */
typedef struct {
    const char *before, *after; /* random words before and after the state */
    const char *state;
    int         state_len;
} filling;

/* text [len] at the end of out [*used]; spaces do not double.  false: no room. */
static bool append(char out[RW_PROMPT_MAX], size_t *used, const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (text[i] == ' ' && (*used == 0 || out[*used - 1] == ' '))
            continue;
        if (*used + 1 >= RW_PROMPT_MAX)
            return false;
        out[(*used)++] = text[i];
    }
    return true;
}

/* "{state}" becomes "before state", "{words}" becomes "after".  false: too long. */
static bool fill(char out[RW_PROMPT_MAX], const char *template, int len, const filling *with)
{
    size_t used = 0;

    for (int i = 0; i < len;) {
        bool fits;

        if (strncmp(template + i, "{state}", 7) == 0) {
            fits = append(out, &used, with->before, strlen(with->before)) &&
                   append(out, &used, " ", with->before[0] != '\0' ? 1 : 0) &&
                   append(out, &used, with->state, (size_t)with->state_len);
            i += 7;
        } else if (strncmp(template + i, "{words}", 7) == 0) {
            fits = append(out, &used, with->after, strlen(with->after));
            i += 7;
        } else {
            fits = append(out, &used, template + i++, 1);
        }
        if (!fits)
            return false;
    }
    while (used > 0 && out[used - 1] == ' ')
        used--;
    out[used] = '\0';
    return true;
}

/* longest: characters of the longest word that can be drawn. */
static rwda_status check_words(const rwda_train_options *o, int longest, rwda_error *err)
{
    if (o->words_max * (longest + 1) >= RW_PROMPT_MAX / 2)
        return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "%d words of %d letters are too many; at most %d characters",
                       o->words_max, longest, RW_PROMPT_MAX / 2);
    if (o->alphabet[0] == '\0' || strlen(o->alphabet) > 95)
        return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "alphabet: 1 to 95 characters are needed");
    for (const char *c = o->alphabet; *c != '\0'; c++)
        if (*c < '!' || *c > '~')
            return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "alphabet: only printable ASCII without space");
    return RWDA_OK;
}

rwda_status rw_prompts_draw(rw_prompts *out, const rwda_train_options *options, const rw_tokenizer *tokenizer,
                            size_t context, rwda_error *err)
{
    text_list   states[2], templates;
    rw_random   random  = rw_random_init(options->seed, 0);
    int         redraws = 0;
    int32_t    *ids     = NULL;
    word_list   words   = { NULL, 0, 0 };
    rwda_status status;

    *out = (rw_prompts){ NULL, NULL, 0 };
    RW_TRY(rw_recipe_check(options, err));
    RW_TRY(read_words(&words, options->word_list, err));
    RW_TRY(check_words(options, words.start != NULL ? words.longest : options->length_max, err));
    if (!split(&states[0], options->normal_words, ',') || !split(&states[1], options->anomalous_words, ',') ||
        !split(&templates, options->templates, '|')) {
        status = rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "states and templates: lists of 1 to %d entries, none empty",
                         LIST_MAX);
        goto done;
    }
    for (uint32_t i = 0; i < templates.count; i++) {
        const char *at = strstr(templates.start[i], "{state}");

        if (at == NULL || at >= templates.start[i] + templates.len[i]) {
            status = rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "template \"%.*s\" has no {state}", templates.len[i],
                             templates.start[i]);
            goto done;
        }
    }
    RW_TRY(new_prompts(out, 2 * (size_t)options->pairs, err));
    ids = rw_new_array(context, sizeof *ids);
    if (ids == NULL) {
        status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "%zu token ids", context);
        goto done;
    }
    for (size_t pair = 0; pair < (size_t)options->pairs;) {
        uint32_t t       = rw_random_below(&random, templates.count);
        uint32_t pick[2] = { rw_random_below(&random, states[0].count), rw_random_below(&random, states[1].count) };
        int n = options->words_min + (int)rw_random_below(&random, (uint32_t)(options->words_max - options->words_min + 1));
        rwda_word_position place = options->word_position;
        char               before[RW_PROMPT_MAX], after[RW_PROMPT_MAX];
        int                ahead;
        bool               fits = true;

        if (place == RWDA_WORD_RANDOM)
            place = rw_random_below(&random, 2) == 0 ? RWDA_WORD_AFTER : RWDA_WORD_BEFORE;
        ahead = place == RWDA_WORD_BEFORE ? n : place == RWDA_WORD_BOTH ? n / 2 : 0;
        random_words(before, &random, options, &words, ahead);
        random_words(after, &random, options, &words, n - ahead);
        for (size_t side = 0; side < 2 && fits; side++) {
            filling with  = { before, after, states[side].start[pick[side]], states[side].len[pick[side]] };
            char   *text  = out->texts[2 * pair + side];
            size_t  count = 0;
            int     cut   = 0;

            fits = fill(text, templates.start[t], templates.len[t], &with);
            if (fits)
                RW_TRY(rw_tokenizer_encode(ids, &count, context, &cut, tokenizer, text, strlen(text), err));
            fits = fits && !cut;
        }
        pair += fits;
        redraws = fits ? 0 : redraws + 1;
        if (redraws > REDRAWS_MAX) {
            status =
                rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET,
                        "%d prompts in a row were longer than %zu tokens; use fewer or shorter words", REDRAWS_MAX, context);
            goto done;
        }
    }
done:
    free(ids);
    free(words.start);
    if (status != RWDA_OK)
        rw_prompts_free(out);
    return status;
}

/* ---- Zero-shot prompts ------------------------------------------------------------------------------------------------ */

static const char *const normal_states[] = {
    "%s", "flawless %s", "perfect %s", "unblemished %s", "%s without flaw", "%s without defect", "%s without damage"
};
static const char *const anomalous_states[] = { "damaged %s", "%s with flaw", "%s with defect", "%s with damage" };

static const char *const templates_22[] = {
    "a cropped photo of the ",
    "a cropped photo of a ",
    "a close-up photo of a ",
    "a close-up photo of the ",
    "a bright photo of a ",
    "a bright photo of the ",
    "a dark photo of the ",
    "a dark photo of a ",
    "a jpeg corrupted photo of a ",
    "a jpeg corrupted photo of the ",
    "a blurry photo of the ",
    "a blurry photo of a ",
    "a photo of a ",
    "a photo of the ",
    "a photo of a small ",
    "a photo of the small ",
    "a photo of a large ",
    "a photo of the large ",
    "a photo of the \0 for visual inspection",
    "a photo of a \0 for visual inspection",
    "a photo of the \0 for anomaly detection",
    "a photo of a \0 for anomaly detection",
};
#define TEMPLATES_WITH_TAIL 4 /* the last ones: what follows the NUL comes after the object */

void rw_prompt_name(char *name, rwda_names names)
{
    size_t len = strlen(name), kept = len;

    for (size_t i = 0; i < len && names != RWDA_NAMES_RAW; i++)
        if (name[i] == '_')
            name[i] = ' ';
    if (names != RWDA_NAMES_CLEAN)
        return;
    while (kept > 0 && name[kept - 1] >= '0' && name[kept - 1] <= '9')
        kept--;
    while (kept > 0 && name[kept - 1] == ' ')
        kept--;
    if (kept > 0) /* "7" stays "7" */
        name[kept] = '\0';
}

rwda_status rw_prompts_zero_shot(rw_prompts *out, bool anomalous, rwda_prompts kind, const char *object, rwda_names names,
                                 rwda_error *err)
{
    const char *const *states = anomalous ? anomalous_states : normal_states;
    size_t             n      = anomalous ? RW_COUNTOF(anomalous_states) : RW_COUNTOF(normal_states);
    char               name[RW_PROMPT_MAX / 4], thing[RW_PROMPT_MAX / 2];
    rwda_status        status;

    if (object == NULL)
        object = "object";
    if (strlen(object) >= sizeof name || object[0] == '\0')
        return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "object name of %zu bytes; 1 to %zu are taken", strlen(object),
                       sizeof name - 1);
    (void)snprintf(name, sizeof name, "%s", object);
    rw_prompt_name(name, names);
    status = new_prompts(out, kind == RWDA_PROMPTS_SINGLE ? 1 : n * RW_COUNTOF(templates_22), err);
    if (status != RWDA_OK)
        return status;
    if (kind == RWDA_PROMPTS_SINGLE) {
        (void)snprintf(out->texts[0], RW_PROMPT_MAX, "a photo of %s %s", anomalous ? "an anomalous" : "a normal", name);
        return RWDA_OK;
    }
    for (size_t s = 0; s < n; s++) {
        const char *at = strstr(states[s], "%s");

        (void)snprintf(thing, sizeof thing, "%.*s%s%s", (int)(at - states[s]), states[s], name, at + 2);
        for (size_t t = 0; t < RW_COUNTOF(templates_22); t++) {
            const char *head = templates_22[t];
            const char *tail = t >= RW_COUNTOF(templates_22) - TEMPLATES_WITH_TAIL ? head + strlen(head) + 1 : "";

            (void)snprintf(out->texts[s * RW_COUNTOF(templates_22) + t], RW_PROMPT_MAX, "%s%s%s", head, thing, tail);
        }
    }
    return RWDA_OK;
}
