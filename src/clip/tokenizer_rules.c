#include "clip/tokenizer_rules.h"

#include "base/file.h"
#include "base/memory.h"
#include "clip/checkpoint.h"
#include "clip/clip_config.h"
#include "clip/tokenizer_part.h"

#include <jansson.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* *out is NULL when the directory has no such file; sha256 (optional) is then "".  flags: jansson's. */
static rwda_status read_config(json_t **out, char sha256[65], const char *dir, const char *name, size_t flags,
                               rwda_error *err)
{
    char         file[RW_PATH_MAX];
    char        *text = NULL;
    size_t       len  = 0;
    json_error_t where;
    rwda_status  status = rw_checkpoint_config(&text, &len, file, dir, name, err);

    *out = NULL;
    if (sha256 != NULL)
        sha256[0] = '\0';
    if (text == NULL)
        return status;
    if (sha256 != NULL)
        rw_sha256_hex(sha256, text, len);
    *out = json_loadb(text, len, flags, &where);
    if (*out == NULL)
        status =
            rw_fail(err, RWDA_EFORMAT, where.position, "%.200s: not JSON: %.160s (line %d)", file, where.text, where.line);
    free(text);
    return status;
}

static rwda_status read_context(size_t *out, const json_t *text_config, const char *key, int fallback, const char *dir,
                                rwda_error *err)
{
    const json_t *value = json_object_get(text_config, key);

    *out = (size_t)fallback;
    if (value == NULL || json_is_null(value))
        return RWDA_OK;
    if (!json_is_integer(value) || json_integer_value(value) < 2 || json_integer_value(value) > RW_CLIP_CONTEXT_MAX)
        return rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET, "%.200s: %s is not a whole number in 2..%d", dir, key,
                       RW_CLIP_CONTEXT_MAX);
    *out = (size_t)json_integer_value(value);
    return RWDA_OK;
}

/* OpenCLIP: text_cfg.tokenizer_kwargs. */
static rwda_status read_cleaning(rw_text_cleaning *out, const json_t *kwargs, rw_text_cleaning fallback, const char *dir,
                                 rwda_error *err)
{
    static const struct {
        const char      *name;
        rw_text_cleaning cleaning;
    } kinds[] = {
        { "whitespace", RW_CLEAN_WHITESPACE },
        { "lower", RW_CLEAN_LOWER },
        { "canonicalize", RW_CLEAN_CANONICALIZE },
    };
    const char *key;
    json_t     *value;

    *out = fallback;
    json_object_foreach((json_t *)(uintptr_t)kwargs, key, value)
    {
        const char *text = json_string_value(value);
        size_t      i    = 0;

        if (strcmp(key, "clean") != 0) {
            if (json_is_null(value) || json_is_false(value))
                continue;
            return rw_part_refuse("tokenizer_kwargs", key, dir, err);
        }
        while (text != NULL && i < RW_COUNTOF(kinds) && strcmp(text, kinds[i].name) != 0)
            i++;
        if (text == NULL || i == RW_COUNTOF(kinds))
            return rw_part_refuse("tokenizer_kwargs.clean", text != NULL ? text : "", dir, err);
        *out = kinds[i].cleaning;
    }
    return RWDA_OK;
}

/* The token at which causal texts are read; the reader of configs has checked it in CLIP's. */
static void read_end(rw_tokenizer_rules *rules, const json_t *value, int fallback, bool reads)
{
    json_int_t id = json_is_integer(value) ? json_integer_value(value) : fallback;

    rules->ends   = reads && id >= 0 && id <= INT32_MAX;
    rules->end_id = rules->ends ? (int32_t)id : 0;
}

static rwda_status rules_of_openclip(rw_tokenizer_rules *rules, bool *own, const json_t *config, const char *dir,
                                     rwda_error *err)
{
    const json_t *text   = json_object_get(json_object_get(config, "model_cfg"), "text_cfg");
    const json_t *kwargs = json_object_get(text, "tokenizer_kwargs");
    const char   *pool   = json_string_value(json_object_get(text, "pool_type"));
    rwda_status   status;

    *own = !json_is_string(json_object_get(text, "hf_tokenizer_name"));
    read_end(rules, json_object_get(text, "eos_id"), 2, pool != NULL && strcmp(pool, "eos") == 0);
    RW_TRY(read_context(&rules->context, text, "context_length", 77, dir, err));
    RW_TRY(read_cleaning(&rules->cleaning, kwargs, *own ? RW_CLEAN_LOWER : RW_CLEAN_WHITESPACE, dir, err));
    if (*own && rules->cleaning != RW_CLEAN_LOWER)
        status = rw_part_refuse("CLIP's tokenizer with tokenizer_kwargs.clean", "other than lower", dir, err);
done:
    return status;
}

static rwda_status rules_of_huggingface(rw_tokenizer_rules *rules, bool *own, const json_t *config, const char *dir,
                                        rwda_error *err)
{
    static const struct {
        const char      *type;
        bool             own;
        int              context;
        rw_text_cleaning cleaning;
    } types[] = {
        { "clip", true, 77, RW_CLEAN_LOWER },          { "clip_text_model", true, 77, RW_CLEAN_LOWER },
        { "siglip", false, 64, RW_CLEAN_PUNCTUATION }, { "siglip_text_model", false, 64, RW_CLEAN_PUNCTUATION },
        { "siglip2", false, 64, RW_CLEAN_LOWERCASE },  { "siglip2_text_model", false, 64, RW_CLEAN_LOWERCASE },
        { "metaclip_2", false, 77, RW_CLEAN_NONE },    { "metaclip_2_text_model", false, 77, RW_CLEAN_NONE },
    };
    const char   *type = json_string_value(json_object_get(config, "model_type"));
    const json_t *text = rw_clip_config_text(config);
    size_t        i    = 0;

    while (type != NULL && i < RW_COUNTOF(types) && strcmp(type, types[i].type) != 0)
        i++;
    if (type == NULL || i == RW_COUNTOF(types))
        return rw_part_refuse("the tokenizer of model_type", type != NULL ? type : "", dir, err);
    *own            = types[i].own;
    rules->cleaning = types[i].cleaning;
    read_end(rules, json_object_get(text, "eos_token_id"), RW_CLIP_EOT, true);
    return read_context(&rules->context, text, "max_position_embeddings", types[i].context, dir, err);
}

/* What a class of Hugging Face does before its file's normalizer; a file without one leaves it to the model's type. */
static void cleaning_of_class(rw_tokenizer_rules *rules, const json_t *config)
{
    const char *class = json_string_value(json_object_get(config, "tokenizer_class"));

    if (class == NULL)
        return;
    rules->cleaning = strncmp(class, "Siglip2", 7) == 0  ? RW_CLEAN_LOWERCASE
                      : strncmp(class, "Siglip", 6) == 0 ? RW_CLEAN_PUNCTUATION
                                                         : RW_CLEAN_NONE;
}

/* The pad token and its side, from tokenizer_config.json where there is one, else as the classes of Hugging Face have them. */
static rwda_status read_pad(rw_tokenizer_rules *rules, const json_t *config, const rw_json_tokenizer *tokenizer,
                            const char *dir, rwda_error *err)
{
    const json_t *token = json_object_get(config, "pad_token");
    const char   *side  = json_string_value(json_object_get(config, "padding_side"));
    const char *class   = json_string_value(json_object_get(config, "tokenizer_class"));
    const char *cuts    = json_string_value(json_object_get(config, "truncation_side"));
    const char *text    = json_string_value(json_is_object(token) ? json_object_get(token, "content") : token);
    uint32_t    id;

    rules->pads      = true;
    rules->cuts_left = cuts != NULL && strcmp(cuts, "left") == 0;
    rules->pads_left = side != NULL
                           ? strcmp(side, "left") == 0
                           : class != NULL && (strncmp(class, "Gemma", 5) == 0 || strncmp(class, "Siglip2", 7) == 0);
    if (text == NULL && rw_json_tokenizer_limits(tokenizer)->pads) {
        rules->pad_id = (int32_t)rw_json_tokenizer_limits(tokenizer)->pad_id;
        return RWDA_OK;
    }
    text = text != NULL ? text : "<pad>";
    id   = rw_json_tokenizer_find(tokenizer, text, strlen(text));
    if (id == RW_NO_TOKEN)
        return rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET, "%.200s: the pad token \"%.60s\" is none of the tokenizer's", dir,
                       text);
    rules->pad_id = (int32_t)id;
    return RWDA_OK;
}

/* out NULL: the bytes are only summed. */
static rwda_status read_file(rw_json_tokenizer **out, char sha256[65], const char *path, rwda_error *err)
{
    uint8_t    *bytes  = NULL;
    size_t      len    = 0;
    rwda_status status = rw_file_read(&bytes, &len, path, RW_TOKENIZER_BYTES_MAX, err);

    if (out != NULL)
        *out = NULL;
    if (status == RWDA_OK && sha256 != NULL)
        rw_sha256_hex(sha256, bytes, len);
    if (status == RWDA_OK && out != NULL)
        status = rw_json_tokenizer_read(out, (const char *)bytes, len, path, err);
    free(bytes);
    return status;
}

/* openclip or huggingface: the config.  id (optional) and out as in rw_tokenizer_of_model(). */
static rwda_status open_with(rw_tokenizer **out, char id[65], const char *dir, const json_t *openclip,
                             const json_t *huggingface, rwda_error *err)
{
    json_t            *tokenizer = NULL;
    rw_json_tokenizer *json      = NULL;
    rw_tokenizer_rules rules     = { 0 };
    bool               own       = false;
    char               file[RW_PATH_MAX], sums[2][65], all[256];
    rwda_status        status;

    /* its model_max_length may be 10^30, transformers' number for none */
    RW_TRY(read_config(&tokenizer, sums[1], dir, "tokenizer_config.json", JSON_DECODE_INT_AS_REAL, err));
    if (openclip != NULL)
        RW_TRY(rules_of_openclip(&rules, &own, openclip, dir, err));
    else
        RW_TRY(rules_of_huggingface(&rules, &own, huggingface, dir, err));
    if (openclip == NULL && !own)
        cleaning_of_class(&rules, tokenizer);
    if (own) {
        if (out != NULL)
            RW_TRY(rw_tokenizer_new_clip(out, rules.context, err));
        goto done;
    }
    if (!rw_path_join(file, sizeof file, dir, "tokenizer.json")) {
        status = rw_fail(err, RWDA_ELIMIT, RWDA_NO_OFFSET, "%.200s: path of over %d bytes", dir, RW_PATH_MAX - 1);
        goto done;
    }
    RW_TRY(read_file(out != NULL ? &json : NULL, sums[0], file, err));
    if (id != NULL) { /* sides and pads follow from the second file */
        int used = snprintf(all, sizeof all, "%s %s %d %zu %d %d\n", sums[0], sums[1], (int)rules.cleaning, rules.context,
                            (int)rules.ends, rules.end_id);

        rw_sha256_hex(id, all, (size_t)used);
    }
    if (out == NULL)
        goto done;
    RW_TRY(read_pad(&rules, tokenizer, json, dir, err));
    status = rw_tokenizer_take_json(out, json, &rules, err);
    json   = NULL;
done:
    rw_json_tokenizer_free(json);
    json_decref(tokenizer);
    return status;
}

static rwda_status open_directory(rw_tokenizer **out, const char *dir, rwda_error *err)
{
    json_t     *openclip = NULL, *huggingface = NULL;
    rwda_status status;

    RW_TRY(read_config(&openclip, NULL, dir, "open_clip_config.json", 0, err));
    if (openclip == NULL)
        RW_TRY(read_config(&huggingface, NULL, dir, "config.json", 0, err));
    if (openclip == NULL && huggingface == NULL) {
        status = rw_fail(err, RWDA_ENOTFOUND, RWDA_NO_OFFSET, "%.200s: neither open_clip_config.json nor config.json", dir);
        goto done;
    }
    RW_TRY(open_with(out, NULL, dir, openclip, huggingface, err));
done:
    json_decref(openclip);
    json_decref(huggingface);
    return status;
}

rwda_status rw_tokenizer_open(rw_tokenizer **out, const char *path, rwda_error *err)
{
    rw_json_tokenizer *json = NULL;
    rwda_status        status;

    *out = NULL;
    if (rw_is_directory(path))
        return open_directory(out, path, err);
    status = read_file(&json, NULL, path, err);
    return status == RWDA_OK ? rw_tokenizer_take_json(out, json, NULL, err) : status;
}

rwda_status rw_tokenizer_of_model(rw_tokenizer **out, char id[65], const char *path, const rw_clip_config *config,
                                  const char *text, size_t len, rwda_error *err)
{
    bool        openclip = config->layout == RW_LAYOUT_OPENCLIP;
    json_t     *root     = NULL;
    char        dir[RW_PATH_MAX];
    rwda_status status = RWDA_OK;

    id[0] = '\0';
    (void)snprintf(dir, sizeof dir, "%s", path);
    if (text == NULL) {
        RW_TRY(read_config(&root, NULL, dir, openclip ? "open_clip_config.json" : "config.json", 0, err));
    } else {
        rw_path_to_folder(dir);
        root = json_loadb(text, len, 0, NULL);
    }
    if (root == NULL) { /* it was read a moment ago */
        status = rw_fail(err, RWDA_ENOTFOUND, RWDA_NO_OFFSET, "%.200s: its config is gone", path);
        goto done;
    }
    RW_TRY(open_with(out, id, dir, openclip ? root : NULL, root, err));
    if (out != NULL && config->text_parts.causal &&
        (!rw_tokenizer_get_rules(*out)->ends || rw_tokenizer_get_rules(*out)->pads_left)) {
        status = rw_part_refuse(
            "a causal text tower",
            rw_tokenizer_get_rules(*out)->pads_left ? "with pads on the left" : "not read at its end token", dir, err);
        rw_tokenizer_free(*out);
        *out = NULL;
    }
done:
    json_decref(root);
    return status;
}
