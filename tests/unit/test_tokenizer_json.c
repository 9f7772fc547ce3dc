/* test_tokenizer_json.c - does a tokenizer.json give the ids of `tokenizers`, and is what is not read refused?  The complete comparison is
 * tools/reference/compare_tokenizers.py. */
#include "base/file.h"
#include "clip/tokenizer.h"
#include "clip/tokenizer_rules.h"
#include "clip/unicode.h"
#include "tests/common/scratch.h"

#include <time.h>

static rw_json_tokenizer *read_golden(const char *name)
{
    char               path[RW_PATH_MAX];
    uint8_t           *bytes = NULL;
    size_t             len   = 0;
    rwda_error         err;
    guarded            text;
    rw_json_tokenizer *tokenizer = NULL;

    snprintf(path, sizeof path, RWDA_TEST_DIR "/golden/tokenizers/%s.json", name);
    assert_ok(rw_file_read(&bytes, &len, path, 1 << 20, &err), err);
    text = guarded_copy(bytes, len); /* nothing is read past the end, nothing of it is kept */
    free(bytes);
    assert_ok(rw_json_tokenizer_read(&tokenizer, (const char *)text.bytes, text.len, name, &err), err);
    guarded_free(&text);
    return tokenizer;
}

/* "file hex ids...": tests/golden/tokenizers/ids.txt. */
static void gives_the_references_ids(void **state)
{
    FILE         *file      = fopen(RWDA_TEST_DIR "/golden/tokenizers/ids.txt", "r");
    rw_tokenizer *tokenizer = NULL;
    char          line[4096], before[32] = "";
    size_t        lines = 0;

    (void)state;
    assert_non_null(file);
    while (fgets(line, sizeof line, file) != NULL) {
        char      *save, *name = strtok_r(line, " \n", &save), *hex = strtok_r(NULL, " \n", &save), *number;
        char       text[1024];
        int32_t    ids[1024];
        size_t     len, n, i = 0;
        rwda_error err;

        if (*name == '#')
            continue;
        if (strcmp(name, before) != 0) {
            rw_tokenizer_free(tokenizer);
            assert_ok(rw_tokenizer_take_json(&tokenizer, read_golden(name), NULL, &err), err);
            snprintf(before, sizeof before, "%s", name);
        }
        len = strcmp(hex, "-") == 0 ? 0 : strlen(hex) / 2;
        for (size_t k = 0; k < len; k++)
            text[k] = (char)strtol((char[]){ hex[2 * k], hex[2 * k + 1], 0 }, NULL, 16);
        assert_ok(rw_tokenizer_encode(ids, &n, 1024, NULL, tokenizer, text, len, &err), err);
        assert_ok(rw_tokenizer_pad(ids, &n, 1024, tokenizer, &err), err);
        for (; (number = strtok_r(NULL, " \n", &save)) != NULL; i++)
            if (i >= n || ids[i] != atoi(number))
                fail_msg("%s: \"%.*s\": id %zu is %d, not %s", name, (int)len, text, i, i < n ? ids[i] : -1, number);
        if (i != n)
            fail_msg("%s: \"%.*s\": %zu ids, not %zu", name, (int)len, text, n, i);
        lines++;
    }
    assert_true(lines > 60);
    rw_tokenizer_free(tokenizer);
    fclose(file);
}

static void keeps_to_the_context_and_pads(void **state)
{
    rw_tokenizer_rules rules = { .context = 8, .pads = true, .pads_left = true, .pad_id = 1 };
    rw_tokenizer      *tokenizer;
    int32_t            ids[8];
    size_t             n;
    int                cut;
    rwda_error         err;

    (void)state;
    assert_ok(rw_tokenizer_take_json(&tokenizer, read_golden("unigram"), &rules, &err), err);
    assert_ok(rw_tokenizer_encode(ids, &n, 8, &cut, tokenizer, "ab", 2, &err), err);
    assert_int_equal(cut, 0);
    assert_true(n < 8);
    assert_ok(rw_tokenizer_pad(ids, &n, 8, tokenizer, &err), err);
    assert_int_equal(n, 8);
    assert_int_equal(ids[0], 1); /* a pad on the left, the end token last */
    assert_int_equal(ids[7], 2);
    assert_ok(rw_tokenizer_encode(ids, &n, 8, &cut, tokenizer, "a photo of the normal metal nut", 31, &err), err);
    assert_int_equal(cut, 1);
    assert_int_equal(n, 8);
    assert_int_equal(ids[0], 0);
    assert_int_equal(ids[7], 2);
    assert_refused("no room", rw_tokenizer_encode(ids, &n, 1, &cut, tokenizer, "ab", 2, &err), RWDA_EINVAL, &err,
                   "special tokens alone take 2");
    assert_ok(rw_tokenizer_encode(ids, &n, 7, &cut, tokenizer, "ab", 2, &err), err);
    assert_ok(rw_tokenizer_pad(ids, &n, 7, tokenizer, &err), err);
    assert_int_equal(n, 7); /* to the room there is */
    rw_tokenizer_free(tokenizer);
    assert_ok(rw_tokenizer_take_json(&tokenizer, read_golden("byte_fallback"), NULL, &err), err);
    assert_ok(rw_tokenizer_encode(ids, &n, 8, &cut, tokenizer, "ab", 2, &err), err);
    assert_refused("no room for pads", rw_tokenizer_pad(ids, &n, 8, tokenizer, &err), RWDA_ELIMIT, &err, "pads to 16");
    rw_tokenizer_free(tokenizer);
}

#define MODEL   "\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":0,\"b\":1,\"ab\":2},\"merges\":[\"a b\"]}"
#define UNIGRAM "\"model\":{\"type\":\"Unigram\",\"unk_id\":0,\"vocab\":[[\"a\",0],[\"b\",-1.5]]}"
#define ADDED(content, flags)                                                                                               \
    "{\"id\":9,\"content\":\"" content "\",\"single_word\":false,\"lstrip\":false,\"rstrip\":false,\"special\":true," flags \
    "}"

static const struct {
    const char *json;
    rwda_status code;
    const char *says;
} bad[] = {
    { "", RWDA_EFORMAT, "not JSON: the end of the file at byte 0" },
    { "{} {}", RWDA_EFORMAT, "more after its value" },
    { "{\"a\":[1,2}", RWDA_EFORMAT, "neither a comma nor an end at byte 9" },
    { "{\"a\":\"\xff\"}", RWDA_EFORMAT, "not UTF-8 at byte 6" },
    { "{\"a\":\"\\ud800\"}", RWDA_EFORMAT, "half a surrogate pair" },
    { "{\"a\":\"\\q\"}", RWDA_EFORMAT, "an unknown escape" },
    { "{\"a\":\"\n\"}", RWDA_EFORMAT, "a control character in a string" },
    { "{\"a\":01}", RWDA_EFORMAT, "neither a comma nor an end" },
    { "{\"a\":1.}", RWDA_EFORMAT, "a number without digits" },
    { "{\"a\"", RWDA_EFORMAT, "a name without a colon" },
    { "{a:1}", RWDA_EFORMAT, "a member without a name" },
    { "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", RWDA_ELIMIT, "nested deeper than 64" },
    { "{}", RWDA_EFORMAT, "no model; is this a tokenizer.json?" },
    { "{\"version\":\"2.0\"," MODEL "}", RWDA_EUNSUPPORTED, "version \"2.0\" is not supported" },
    { "{\"model\":{\"type\":\"WordPiece\",\"vocab\":{}}}", RWDA_EUNSUPPORTED, "model \"WordPiece\" is not supported" },
    { "{\"model\":{\"type\":\"BPE\",\"vocab\":{}}}", RWDA_EFORMAT, "model.merges of BPE is no list" },
    { "{\"model\":{\"type\":\"BPE\",\"vocab\":[],\"merges\":[]}}", RWDA_EFORMAT, "model.vocab of BPE is no object" },
    { "{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":-1},\"merges\":[]}}", RWDA_EFORMAT,
      "token \"a\" has no id in 0..2147483647" },
    { "{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":4294967295},\"merges\":[]}}", RWDA_EFORMAT, "token \"a\" has no id" },
    { "{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":0},\"merges\":[\"a b\"]}}", RWDA_EFORMAT,
      "merge 0 has a token that is not" },
    { "{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":0},\"merges\":[\"a\"]}}", RWDA_EFORMAT,
      "merge 0 is no pair of tokens" },
    { "{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":0},\"merges\":[[\"a\",\"a\",\"a\"]]}}", RWDA_EFORMAT,
      "merge 0 is no pair" },
    { "{\"model\":{\"type\":\"BPE\",\"dropout\":0.1,\"vocab\":{},\"merges\":[]}}", RWDA_EUNSUPPORTED, "makes ids random" },
    { "{\"model\":{\"type\":\"BPE\",\"fuse_unk\":1,\"vocab\":{},\"merges\":[]}}", RWDA_EFORMAT,
      "model.fuse_unk is neither" },
    { "{\"model\":{\"type\":\"Unigram\",\"unk_id\":2,\"vocab\":[[\"a\",0]]}}", RWDA_EFORMAT,
      "unk_id is none of the 1 tokens" },
    { "{\"model\":{\"type\":\"Unigram\",\"vocab\":[[\"a\",1e999]]}}", RWDA_EFORMAT,
      "token 0 is no pair of a text and a score" },
    { "{\"model\":{\"type\":\"Unigram\",\"vocab\":[[\"a\"]]}}", RWDA_EFORMAT, "token 0 is no pair of a text and a score" },
    { "{\"normalizer\":{\"type\":\"Cyrillic\"}," MODEL "}", RWDA_EUNSUPPORTED, "normalizer \"Cyrillic\" is not supported" },
    { "{\"normalizer\":{\"type\":\"Sequence\",\"normalizers\":[{\"type\":\"NFC\"},{\"type\":\"X\"}]}," MODEL "}",
      RWDA_EUNSUPPORTED, "normalizer \"X\" is not" },
    { "{\"normalizer\":{\"type\":\"Strip\",\"strip_left\":true}," MODEL "}", RWDA_EFORMAT,
      "strip_right of Strip is neither" },
    { "{\"normalizer\":{\"type\":\"Precompiled\",\"precompiled_charsmap\":\"AAA\"}," MODEL "}", RWDA_EFORMAT,
      "is no base64 of rules" },
    { "{\"normalizer\":{\"type\":\"Precompiled\",\"precompiled_charsmap\":\"/////w==\"}," MODEL "}", RWDA_EFORMAT,
      "a trie of 4294967295 bytes in 4" },
    { "{\"normalizer\":{\"type\":\"Replace\",\"pattern\":{\"Regex\":\"(?<=a)b\"},\"content\":\"\"}," MODEL "}",
      RWDA_EUNSUPPORTED, "pattern \"(?<=a)b\": a kind of group that is not read" },
    { "{\"pre_tokenizer\":{\"type\":\"UnicodeScripts\"}," MODEL "}", RWDA_EUNSUPPORTED,
      "pre-tokenizer \"UnicodeScripts\" is not" },
    { "{\"pre_tokenizer\":{\"type\":\"Metaspace\",\"replacement\":\"ab\"}," MODEL "}", RWDA_EFORMAT,
      "has 2 characters, not 1" },
    { "{\"pre_tokenizer\":{\"type\":\"Metaspace\",\"replacement\":\"_\",\"prepend_scheme\":\"x\"}," MODEL "}",
      RWDA_EUNSUPPORTED, "prepend_scheme \"x\"" },
    { "{\"pre_tokenizer\":{\"type\":\"Split\",\"pattern\":{\"String\":\" \"},\"behavior\":\"Cut\",\"invert\":false}," MODEL
      "}",
      RWDA_EUNSUPPORTED, "behavior \"Cut\"" },
    { "{\"post_processor\":{\"type\":\"Magic\"}," MODEL "}", RWDA_EUNSUPPORTED,
      "post-processor \"Magic\" is not supported" },
    { "{\"post_processor\":{\"type\":\"TemplateProcessing\",\"single\":[{\"SpecialToken\":{\"id\":\"x\"}}],\"special_"
      "tokens\":{}}," MODEL "}",
      RWDA_EFORMAT, "piece 0 of TemplateProcessing" },
    { "{\"truncation\":{\"strategy\":\"OnlySecond\",\"max_length\":5,\"stride\":0}," MODEL "}", RWDA_EUNSUPPORTED,
      "\"OnlySecond\"" },
    { "{\"truncation\":{\"strategy\":\"OnlyFirst\",\"max_length\":0,\"stride\":0}," MODEL "}", RWDA_EUNSUPPORTED,
      "leaves no room" },
    { "{\"padding\":{\"strategy\":{\"Fixed\":99999999},\"pad_id\":0}," MODEL "}", RWDA_EFORMAT, "Fixed is no whole number" },
    { "{\"added_tokens\":{}," MODEL "}", RWDA_EFORMAT, "added_tokens is no list" },
    { "{\"added_tokens\":[{\"id\":1,\"content\":\"x\"}]," MODEL "}", RWDA_EFORMAT, "single_word of" },
    { "{\"normalizer\":{\"type\":\"Lowercase\"},\"added_tokens\":[" ADDED("X", "\"normalized\":true") "," ADDED(
          "x", "\"normalized\":true") "]," MODEL "}",
      RWDA_EFORMAT, "the same as another one" },
};

static void refuses_what_it_cannot_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < RW_COUNTOF(bad); i++) {
        rw_json_tokenizer *tokenizer = POISON;
        rwda_error         err;
        guarded            text = guarded_copy(bad[i].json, strlen(bad[i].json));

        assert_refused(bad[i].json, rw_json_tokenizer_read(&tokenizer, (const char *)text.bytes, text.len, "x", &err),
                       bad[i].code, &err, bad[i].says);
        assert_null(tokenizer);
        guarded_free(&text);
    }
}

/* Appends to *text [*len], which has room. */
static void put(char *text, size_t *len, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    *len += (size_t)vsnprintf(text + *len, 128, format, arguments);
    va_end(arguments);
}

static double seconds_to_read(const char *text, size_t len)
{
    rw_json_tokenizer *tokenizer;
    rwda_error         err;
    clock_t            before = clock();

    assert_ok(rw_json_tokenizer_read(&tokenizer, text, len, "x", &err), err);
    rw_json_tokenizer_free(tokenizer);
    return (double)(clock() - before) / CLOCKS_PER_SEC;
}

/* Tokens and merges that a fixed hash (FNV-1a of the bytes, the golden ratio times the pair) puts into 1/256 of a table: with it either file
 * takes seconds, as the time grows with the square. */
static void chosen_tokens_take_no_longer(void **state)
{
    const size_t count = 60000, slots = 131072;
    size_t       len = 0, got = 0;
    char        *text = malloc(count * 48 + 256), *at = NULL;

    (void)state;
    put(text, &len, "{\"model\":{\"type\":\"Unigram\",\"unk_id\":0,\"vocab\":[[\"<unk>\",0]");
    for (uint32_t i = 0; got < count; i++) {
        char     token[9];
        uint64_t h = 0xcbf29ce484222325u;

        snprintf(token, sizeof token, "%08x", i);
        for (at = token; *at != '\0'; at++)
            h = (h ^ (unsigned char)*at) * 0x100000001b3u;
        if (((h ^ h >> 32) & (slots - 1)) < slots / 256 && ++got > 0)
            put(text, &len, ",[\"%s\",-5]", token);
    }
    put(text, &len, "]}}");
    assert_true(seconds_to_read(text, len) < 1.0);
    len = 0;
    put(text, &len, "{\"model\":{\"type\":\"BPE\",\"vocab\":{\"\":0");
    got = 0;
    for (uint32_t id = 1; got < count; id++) /* pairs (id, 0) */
        if ((id * 0x7f4a7c15u & (slots - 1)) < slots / 256)
            put(text, &len, ",\"%05zx\":%u", got++, id);
    put(text, &len, "},\"merges\":[[\"\",\"\"]");
    for (size_t i = 0; i < count; i++)
        put(text, &len, ",[\"%05zx\",\"\"]", i);
    put(text, &len, "]}}");
    assert_true(seconds_to_read(text, len) < 1.0);
    free(text);
}

static void bounds_hostile_rules(void **state)
{
    static const char *const grows = "{\"normalizer\":{\"type\":\"Sequence\",\"normalizers\":["
                                     "{\"type\":\"Replace\",\"pattern\":{\"Regex\":\"[^b]\"},\"content\":"
                                     "\"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\"}]}," UNIGRAM "}";
    static const char *const slow =
        "{\"pre_tokenizer\":{\"type\":\"Split\",\"pattern\":{\"Regex\":\"(?:a?a?a?a?a?a?){90}c\"},\"behavior\":\"Isolated\","
        "\"invert\":false}," UNIGRAM "}";
    rw_json_tokenizer *tokenizer;
    rw_ids             ids = { 0 };
    rwda_error         err;
    char              *text = malloc(65537);

    (void)state;
    memset(text, 'a', 65537);
    assert_ok(rw_json_tokenizer_read(&tokenizer, grows, strlen(grows), "x", &err), err);
    assert_refused("growth", rw_json_tokenizer_encode(&ids, tokenizer, 0, false, NULL, RW_CLEAN_NONE, text, 65536, &err),
                   RWDA_ELIMIT, &err, "make over 1048576 characters");
    assert_refused("length", rw_json_tokenizer_encode(&ids, tokenizer, 0, false, NULL, RW_CLEAN_NONE, text, 65537, &err),
                   RWDA_ELIMIT, &err, "65537 bytes is over the limit of 65536");
    rw_json_tokenizer_free(tokenizer);
    assert_ok(rw_json_tokenizer_read(&tokenizer, slow, strlen(slow), "x", &err), err);
    assert_refused("steps", rw_json_tokenizer_encode(&ids, tokenizer, 0, false, NULL, RW_CLEAN_NONE, text, 2000, &err),
                   RWDA_ELIMIT, &err, "the tokenizer's patterns take over 9240576 steps on 2000 bytes of text");
    rw_json_tokenizer_free(tokenizer);
    free(ids.ids);
    free(text);
}

#define SPLIT(regex) "{\"type\":\"Split\",\"pattern\":{\"Regex\":\"" regex "\"},\"behavior\":\"Isolated\",\"invert\":false}"
#define SLOW         SPLIT("(?:[^!]|[^!]){14}!") /* half a million steps on 23 characters */

/* Each pattern by itself is cheap enough. */
static void bounds_patterns_together(void **state)
{
    static const char *const one  = "{\"pre_tokenizer\":" SLOW "," UNIGRAM "}";
    static const char *const many = "{\"pre_tokenizer\":{\"type\":\"Sequence\",\"pretokenizers\":[" SLOW "," SLOW "," SLOW
                                    "," SLOW "," SLOW "," SLOW "," SLOW "," SLOW "]}," UNIGRAM "}";
    static const char *const text = "a photo of a normal nut";
    rw_json_tokenizer       *tokenizer;
    rw_ids                   ids  = { 0 };
    char                    *json = malloc(1 << 18);
    size_t                   len  = 0;
    rwda_error               err;

    (void)state;
    assert_ok(rw_json_tokenizer_read(&tokenizer, one, strlen(one), "x", &err), err);
    assert_ok(rw_json_tokenizer_encode(&ids, tokenizer, 0, false, NULL, RW_CLEAN_NONE, text, strlen(text), &err), err);
    rw_json_tokenizer_free(tokenizer);
    assert_ok(rw_json_tokenizer_read(&tokenizer, many, strlen(many), "x", &err), err);
    assert_refused("many patterns",
                   rw_json_tokenizer_encode(&ids, tokenizer, 0, false, NULL, RW_CLEAN_NONE, text, strlen(text), &err),
                   RWDA_ELIMIT, &err, "the tokenizer's patterns take over 1142784 steps on 23 bytes of text");
    rw_json_tokenizer_free(tokenizer);
    put(json, &len,
        "{\"normalizer\":{\"type\":\"Replace\",\"pattern\":{\"Regex\":\"(?:[^!]|[^!]){14}!\"},\"content\":\"\"},");
    put(json, &len, "\"added_tokens\":[");
    for (int i = 0; i < 200; i++)
        len += (size_t)sprintf(json + len, "%s" ADDED("abcdefghijklmnopqrstuvwxyz%03d", "\"normalized\":true"),
                               i > 0 ? "," : "", i);
    put(json, &len, "]," UNIGRAM "}");
    assert_refused("added tokens", rw_json_tokenizer_read(&tokenizer, json, len, "x", &err), RWDA_ELIMIT, &err,
                   "the tokenizer's patterns take over 24805376 steps on 5800 bytes of text");
    len = 0;
    put(json, &len, "{\"pre_tokenizer\":{\"type\":\"Split\",\"pattern\":{\"Regex\":\"(?:[");
    for (int i = 0; i < 3000; i++) /* none of them is in the text */
        put(json, &len, "\\u%04x", 0x1000 + 2 * i);
    put(json, &len, "\\u00e9]){20}!\"},\"behavior\":\"Isolated\",\"invert\":false}," UNIGRAM "}");
    assert_ok(rw_json_tokenizer_read(&tokenizer, json, len, "x", &err), err);
    len = 0;
    for (int i = 0; i < 30000; i++)
        put(json, &len, "\xc3\xa9");
    assert_refused("a class of thousands",
                   rw_json_tokenizer_encode(&ids, tokenizer, 0, false, NULL, RW_CLEAN_NONE, json, len, &err), RWDA_ELIMIT,
                   &err, "the tokenizer's patterns take over 67108864 steps on 60000 bytes of text");
    rw_json_tokenizer_free(tokenizer);
    free(ids.ids);
    free(json);
}

/* A tree of empty lists takes a hundred times the bytes of its text. */
static void bounds_trees(void **state)
{
    static const char *const keys[] = { "normalizer", "pre_tokenizer" };
    const size_t             lists  = 140000; /* one part's are few enough */
    char                    *json   = malloc(2 * lists * 3 + 512);
    rw_json_tokenizer       *tokenizer;
    rwda_error               err;

    (void)state;
    for (size_t parts = 1; parts <= 2; parts++) {
        size_t len = 0;

        put(json, &len, "{");
        for (size_t p = 0; p < parts; p++) {
            put(json, &len, "\"%s\":{\"type\":\"%s\",\"x\":[\"[,{\"", keys[p], p == 0 ? "NFC" : "Whitespace");
            for (size_t i = 0; i < lists; i++)
                put(json, &len, ",[]");
            put(json, &len, "]},");
        }
        put(json, &len, "%s}", UNIGRAM);
        if (parts == 1) {
            assert_ok(rw_json_tokenizer_read(&tokenizer, json, len, "x", &err), err);
            rw_json_tokenizer_free(tokenizer);
        } else {
            assert_refused("two trees", rw_json_tokenizer_read(&tokenizer, json, len, "x", &err), RWDA_ELIMIT, &err,
                           "values to pre_tokenizer are over the limit of 262144");
        }
    }
    free(json);
}

static int32_t only_id_of(const char *json, const char *text)
{
    rw_json_tokenizer *tokenizer;
    rw_ids             ids = { 0 };
    rwda_error         err;
    int32_t            id;

    assert_ok(rw_json_tokenizer_read(&tokenizer, json, strlen(json), "x", &err), err);
    assert_ok(rw_json_tokenizer_encode(&ids, tokenizer, 0, false, NULL, RW_CLEAN_NONE, text, strlen(text), &err), err);
    assert_int_equal(ids.n, 1);
    id = ids.ids[0];
    rw_json_tokenizer_free(tokenizer);
    free(ids.ids);
    return id;
}

static void reads_every_member(void **state)
{
    char               json[2048] = "";
    size_t             len        = 0;
    rw_json_tokenizer *tokenizer;
    rwda_error         err;

    (void)state;
    assert_int_equal(only_id_of("{" UNIGRAM "}", "B"), 0); /* unknown */
    assert_int_equal(only_id_of("{\"normali\\u007Aer\":{\"type\":\"Lowercase\"}," UNIGRAM "}", "B"), 1);
    assert_int_equal(only_id_of("{\"m\\u006fdel\":{\"typ\\u0065\":\"Uni\\u0067ram\",\"unk_id\":0,\"v\\u006fcab\":"
                                "[[\"a\",0],[\"b\",-1.5]]}}",
                                "b"),
                     1);
    for (int extra = 62; extra <= 63; extra++) { /* and two of its own */
        len = 0;
        put(json, &len, "{");
        for (int i = 0; i < extra; i++)
            put(json, &len, "\"x%d\":0,", i);
        put(json, &len, UNIGRAM ",");
        put(json, &len, "\"normalizer\":{\"type\":\"Lowercase\"}}");
        if (extra == 62)
            assert_int_equal(only_id_of(json, "B"), 1);
        else
            assert_refused("members", rw_json_tokenizer_read(&tokenizer, json, len, "x", &err), RWDA_ELIMIT, &err,
                           "x: the file has over 64 members");
    }
    len = 0;
    put(json, &len, "{\"model\":{\"type\":\"BPE\",\"vocab\":{},\"merges\":[]");
    for (int i = 0; i < 62; i++)
        put(json, &len, ",\"x%d\":0", i);
    put(json, &len, "}}");
    assert_refused("members of the model", rw_json_tokenizer_read(&tokenizer, json, len, "x", &err), RWDA_ELIMIT, &err,
                   "x: model has over 64 members");
}

/* text_config_dict, an old name, replaces text_config for the tower; so for its tokenizer. */
static void rules_are_those_of_the_tower(void **state)
{
    static const struct {
        const char *config;
        size_t      context;
        int32_t     end;
    } cases[] = {
        { "{\"model_type\":\"metaclip_2\",\"text_config\":{\"eos_token_id\":7,\"max_position_embeddings\":40}}", 40, 7 },
        { "{\"model_type\":\"metaclip_2\",\"text_config\":{\"eos_token_id\":7,\"max_position_embeddings\":40},"
          "\"text_config_dict\":{\"eos_token_id\":2,\"max_position_embeddings\":16}}",
          16, 2 },
        { "{\"model_type\":\"metaclip_2\",\"text_config\":{\"eos_token_id\":7,\"max_position_embeddings\":40},"
          "\"text_config_dict\":null}",
          40, 7 },
        { "{\"model_type\":\"metaclip_2_text_model\",\"eos_token_id\":5,\"max_position_embeddings\":12}", 12, 5 },
    };
    uint8_t   *bytes = NULL;
    size_t     len   = 0;
    rwda_error err;

    (void)state;
    assert_ok(rw_file_read(&bytes, &len, RWDA_TEST_DIR "/golden/tokenizers/unigram.json", 1 << 20, &err), err);
    (void)make_file("tokenizer.json", bytes, len);
    free(bytes);
    for (size_t i = 0; i < RW_COUNTOF(cases); i++) {
        rw_tokenizer *tokenizer;

        (void)make_text("config.json", cases[i].config);
        assert_ok(rw_tokenizer_open(&tokenizer, scratch, &err), err);
        assert_int_equal(rw_tokenizer_get_rules(tokenizer)->context, cases[i].context);
        assert_int_equal(rw_tokenizer_get_rules(tokenizer)->end_id, cases[i].end);
        rw_tokenizer_free(tokenizer);
    }
}

static void cleans_as_the_references_do(void **state)
{
    static const struct {
        rw_text_cleaning cleaning;
        const char      *text, *cleaned;
    } cases[] = {
        { RW_CLEAN_NONE, " A_b&amp;c ", " A_b&amp;c " },
        { RW_CLEAN_WHITESPACE, "  A_b &amp;amp;\tc ", "A_b & c" },
        { RW_CLEAN_LOWER, "A_B &amp;amp; C", "a_b & c" },
        { RW_CLEAN_CANONICALIZE, " A_B &amp;amp; C, (d-e)... ", "a b c de" },
        { RW_CLEAN_PUNCTUATION, " A_B & C, (d-e)...  ", "ab c de" },
        { RW_CLEAN_LOWERCASE, " A_B  \xce\xa3", " a_b  \xcf\x83" },
    };

    (void)state;
    for (size_t i = 0; i < RW_COUNTOF(cases); i++) {
        int32_t    points[128];
        char       out[128];
        size_t     n = 0, len = 0;
        rwda_error err;

        n = rw_utf8_decode(points, (const uint8_t *)cases[i].text, strlen(cases[i].text));
        assert_ok(rw_text_clean(points, &n, strlen(cases[i].text), cases[i].cleaning, &err), err);
        for (size_t k = 0; k < n; k++)
            len += rw_utf8_encode((uint8_t *)out + len, points[k]);
        out[len] = '\0';
        assert_string_equal(out, cases[i].cleaned);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_the_references_ids),
        cmocka_unit_test(keeps_to_the_context_and_pads),
        cmocka_unit_test(refuses_what_it_cannot_read),
        cmocka_unit_test(bounds_hostile_rules),
        cmocka_unit_test(bounds_trees),
        cmocka_unit_test(reads_every_member),
        cmocka_unit_test_setup_teardown(rules_are_those_of_the_tower, scratch_new, scratch_free),
        cmocka_unit_test(bounds_patterns_together),
        cmocka_unit_test(chosen_tokens_take_no_longer),
        cmocka_unit_test(cleans_as_the_references_do),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
