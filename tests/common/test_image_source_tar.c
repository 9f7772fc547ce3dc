/* test_image_source_tar.c - which images come out of tar archives, honest and hostile, and what is said of the others? */
#include "common/image_source_tar.h"

#include "common/brace_names.h"
#include "common/tar_reader.h"
#include "tests/common/scratch.h"

#include <string.h>
#include <sys/stat.h>

/* ---- Archives, block by block ------------------------------------------------------------------------------------------------- */

static FILE *out;

static void begin(const char *name)
{
    out = fopen(in_scratch(name), "w");
    assert_non_null(out);
}

static void data(const void *bytes, size_t len)
{
    static const char zeros[512];

    assert_int_equal(fwrite(bytes, 1, len, out), len);
    assert_int_equal(fwrite(zeros, 1, (512 - len % 512) % 512, out), (512 - len % 512) % 512);
}

/* A header whose size is these 12 bytes. */
static void sized_header(const char *name, char type, const char size[12])
{
    char     block[512] = "";
    unsigned sum        = 0;

    memcpy(block, name, strlen(name) < 100 ? strlen(name) : 100);
    memcpy(block + 100, "0000644\0000001750\0000001750", 24);
    memcpy(block + 124, size, 12);
    memcpy(block + 136, "00000000000", 11);
    memset(block + 148, ' ', 8);
    block[156] = type;
    if (type == '1' || type == '2')
        memcpy(block + 157, "/etc/passwd", 11);
    memcpy(block + 257, "ustar\00000", 8);
    for (size_t i = 0; i < sizeof block; i++)
        sum += (unsigned char)block[i];
    (void)snprintf(block + 148, 8, "%06o", sum & 0777777);
    assert_int_equal(fwrite(block, 1, sizeof block, out), sizeof block);
}

static void header(const char *name, char type, unsigned long size)
{
    char text[32];

    (void)snprintf(text, sizeof text, "%011lo", size);
    sized_header(name, type, text);
}

static void file(const char *name, const char *text)
{
    header(name, '0', strlen(text));
    data(text, strlen(text));
}

/* The next member's path, as pax has it. */
static void pax(const char *key, const char *value)
{
    size_t len = strlen(key) + strlen(value) + 3, all = len + 1;
    char  *text = calloc(1, len + 32);
    int    n;

    assert_non_null(text);
    while ((size_t)(n = snprintf(text, len + 32, "%zu %s=%s\n", all, key, value)) != all)
        all = (size_t)n;
    header("PaxHeader", 'x', all);
    data(text, all);
    free(text);
}

static void end_mark(void)
{
    char zeros[1024] = "";

    data(zeros, sizeof zeros);
}

static void end(void)
{
    end_mark();
    assert_int_equal(fclose(out), 0);
}

/* ---- What comes out ------------------------------------------------------------------------------------------------------------ */

static char said[1024]; /* the last warning */

static void on_warn(void *user, const char *message)
{
    (void)user;
    (void)snprintf(said, sizeof said, "%s", message);
}

static const rwda_events events = { NULL, NULL, on_warn, NULL };
static char              path[RW_PATH_MAX];
static char             *paths[] = { path };

static rw_image_source *open_source(const char *name)
{
    rw_image_source *source;

    (void)snprintf(path, sizeof path, "%s", in_scratch(name));
    said[0] = '\0';
    source  = rw_image_source_tar(paths, 1, NULL, &events);
    assert_non_null(source);
    return source;
}

/* The next image: its member's name (NULL: the archive), its bytes, or why there is none, and what is given of it. */
static void assert_next(rw_image_source *source, const char *member, const char *bytes, const char *why, const char *given)
{
    rw_image_entry entry;
    rwda_error     err = { 0 };

    assert_ok(rw_image_source_next(source, &entry, &err), err);
    assert_non_null(entry.name);
    if (member == NULL) {
        assert_string_equal(entry.name, path);
        assert_null(entry.bytes);
    } else {
        assert_int_equal(entry.below, strlen(path) + 1);
        assert_string_equal(entry.name + entry.below, member);
        assert_int_equal(strncmp(entry.name, path, strlen(path)), 0);
    }
    if (why != NULL) {
        assert_refused(entry.name, entry.refused.code, entry.refused.code, &entry.refused, why);
        assert_int_not_equal(entry.refused.code, RWDA_OK);
        assert_int_equal(strncmp(entry.refused.message, path, strlen(path)), 0);
        assert_null(entry.bytes);
    } else {
        assert_int_equal(entry.refused.code, RWDA_OK);
        assert_int_equal(entry.len, strlen(bytes));
        assert_memory_equal(entry.bytes, bytes, entry.len);
    }
    if (given == NULL) {
        assert_null(entry.given);
    } else {
        char *text = json_dumps(entry.given, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);

        assert_non_null(text);
        assert_string_equal(text, given);
        free(text);
    }
    rw_image_entry_clear(&entry);
}

static void assert_end(rw_image_source *source)
{
    rw_image_entry entry;
    rwda_error     err = { 0 };

    for (int i = 0; i < 2; i++) {
        assert_ok(rw_image_source_next(source, &entry, &err), err);
        assert_null(entry.name);
    }
}

static void samples_have_what_stands_beside_them(void **state)
{
    rw_image_source *source;
    char             name[32];

    (void)state;
    begin("samples.tar");
    header("folder", '5', 0);
    file("folder/0.cls", "7\n");
    file("folder/0.jpg", "first");
    file("folder/0.json", "{\"a\":[1]}");
    file("folder/0.txt", "two words \r\n");
    file("./1.left.png", "left"); /* two images, one sample */
    file("./1.right.png", "right");
    file("./1.cls", "dog");
    file("./1.bin", "?");
    file("2.JPG", "alone");
    file("3.json", "[");
    file("3.webp", "broken");
    file("3.cls", "");
    file("._4.jpg", "of a Mac");
    file("5.txt", "without an image");
    file("folder.v1/6.jpg", "a dot in a folder's name");
    file("folder.v1/7.json", "1");
    for (int i = 0; i < 40; i++) { /* over what waits for its texts: those have what came before them */
        (void)snprintf(name, sizeof name, "8.%02d.png", i);
        file(name, i == 0 ? "" : "x");
    }
    file("8.cls", "8");
    end();
    source = open_source("samples.tar");
    assert_next(source, "folder/0.jpg", "first", NULL, "{\"cls\":7,\"json\":{\"a\":[1]},\"txt\":\"two words\"}");
    assert_next(source, "1.left.png", "left", NULL, "{\"cls\":\"dog\"}");
    assert_next(source, "1.right.png", "right", NULL, "{\"cls\":\"dog\"}");
    assert_next(source, "2.JPG", "alone", NULL, NULL);
    assert_next(source, "3.webp", "broken", NULL, "{\"cls\":\"\"}");
    assert_next(source, "folder.v1/6.jpg", "a dot in a folder's name", NULL, NULL);
    for (int i = 0; i < 40; i++) {
        (void)snprintf(name, sizeof name, "8.%02d.png", i);
        assert_next(source, name, i == 0 ? "" : "x", NULL, i < 32 ? NULL : "{\"cls\":8}");
    }
    assert_end(source);
    assert_int_equal(source->skipped, 2); /* 1.bin, ._4.jpg */
    assert_non_null(strstr(said, "1 texts beside images are left out"));
    rw_image_source_free(source);
}

static void hostile_members_are_refused_by_name(void **state)
{
    static const struct {
        const char *name;
        char        type;
        const char *why;
    } members[] = { { "/etc/x.jpg", '0', "an absolute path" },
                    { "../x.jpg", '0', "\"..\" in its path" },
                    { "a/../x.jpg", '0', "\"..\" in its path" },
                    { "a\nb.jpg", '0', "a control character" },
                    { "\033[31m.jpg", '0', "a control character" },
                    { "hard.jpg", '1', "a link" },
                    { "soft.jpg", '2', "a link" },
                    { "char.jpg", '3', "a device" },
                    { "block.jpg", '4', "a device" },
                    { "pipe.jpg", '6', "a device, pipe" } };
    rw_image_source *source;

    (void)state;
    begin("hostile.tar");
    file("a..x.jpg", "fine");
    for (size_t i = 0; i < RW_COUNTOF(members); i++) {
        header(members[i].name, members[i].type, members[i].type == '0' ? 5 : 0);
        if (members[i].type == '0')
            data("12345", 5);
    }
    header("../x.txt", '0', 0); /* no images: counted */
    header("link.txt", '2', 0);
    file("a..b/c.jpg", "fine too");
    end();
    source = open_source("hostile.tar");
    assert_next(source, "a..x.jpg", "fine", NULL, NULL);
    for (size_t i = 0; i < RW_COUNTOF(members); i++)
        assert_next(source, members[i].name, NULL, members[i].why, NULL);
    assert_next(source, "a..b/c.jpg", "fine too", NULL, NULL);
    assert_end(source);
    assert_int_equal(source->skipped, 2);
    rw_image_source_free(source);
}

static void long_names_are_whole(void **state)
{
    char             name[400], longest[5000];
    rw_image_source *source;

    (void)state;
    memset(name, 'n', sizeof name);
    memcpy(name + 300, ".jpg", 5);
    memset(longest, 'p', sizeof longest);
    memcpy(longest + sizeof longest - 5, ".jpg", 5);
    begin("long.tar");
    header("././@LongLink", 'L', 305);
    data(name, 305);
    file("short.jpg", "GNU");
    name[0] = 'm';
    pax("path", name);
    file("short.jpg", "pax");
    pax("path", "\303\244/\351.png"); /* UTF-8, and what is none */
    file("short.jpg", "bytes");
    pax("path", longest);
    file("short.jpg", "too long");
    file("\344.gif", "Latin-1");
    end();
    source  = open_source("long.tar");
    name[0] = 'n';
    assert_next(source, name, "GNU", NULL, NULL);
    name[0] = 'm';
    assert_next(source, name, "pax", NULL, NULL);
    assert_next(source, "\303\244/\351.png", "bytes", NULL, NULL);
    longest[RW_PATH_MAX] = '\0';
    assert_next(source, longest, NULL, "a name of 4999 bytes, which is too long", NULL);
    assert_next(source, "\344.gif", "Latin-1", NULL, NULL);
    assert_end(source);
    rw_image_source_free(source);
}

/* What ends an archive early is an entry of its own, behind what could be read. */
static void damage_is_said_and_ends_the_archive(void **state)
{
    static const char *const what[] = { "cut in a member",
                                        "cut in a header",
                                        "without an end mark",
                                        "a size that is none",
                                        "a huge size",
                                        "a negative size",
                                        "a huge name",
                                        "a huge pax header",
                                        "a bad checksum",
                                        "pax says a size",
                                        "text" };

    (void)state;
    for (size_t i = 0; i < RW_COUNTOF(what); i++) {
        rw_image_source *source;

        begin("damaged.tar");
        file("0.jpg", "good");
        if (i == 0) {
            header("1.jpg", '0', 2000);
            data("short", 5);
        } else if (i == 1) {
            assert_int_equal(fwrite("1.jpg", 1, 5, out), 5);
        } else if (i == 3) {
            sized_header("1.jpg", '0', "zzzzzzzzzzz");
            end_mark();
        } else if (i == 4) {
            header("1.jpg", '0', 077777777777);
            data("short", 5);
        } else if (i == 5) {
            sized_header("1.jpg", '0', "\377\377\377\377\377\377\377\377\377\377\377\200");
            data("short", 5);
        } else if (i == 6) {
            header("././@LongLink", 'L', 077777777777);
            data("short", 5);
        } else if (i == 7) {
            header("PaxHeader", 'x', 1UL << 31);
            data("19 path=1.jpg\n", 14);
        } else if (i == 8) {
            header("1.jpg", '0', 0);
            assert_int_equal(fseek(out, -512 + 148, SEEK_CUR), 0);
            data("000001", 6);
        } else if (i == 9) {
            pax("size", "5000");
            file("1.jpg", "short");
        }
        assert_int_equal(fclose(out), 0);
        source = open_source("damaged.tar");
        if (i == 10) {
            begin("damaged.tar");
            data("no archive at all", 17);
            assert_int_equal(fclose(out), 0);
            assert_next(source, NULL, NULL, "is not a tar archive", NULL);
        } else {
            rw_image_entry entry;
            rwda_error     err = { 0 };

            assert_next(source, "0.jpg", "good", NULL, NULL);
            assert_ok(rw_image_source_next(source, &entry, &err), err);
            assert_non_null(entry.name);
            if (strcmp(entry.name + strlen(path), "/1.jpg") == 0 && entry.refused.code == RWDA_OK) {
                assert_int_equal(i, 3); /* a member of no bytes, to libarchive */
                assert_int_equal(entry.len, 0);
            } else if (strcmp(entry.name + strlen(path), "/1.jpg") == 0) {
                assert_true(i == 0 || i == 4 || i == 9);
                assert_non_null(strstr(entry.refused.message, i == 4 ? "over the limit" : "ends within it"));
            } else {
                assert_string_equal(entry.name, path);
                assert_int_equal(entry.refused.code, RWDA_EFORMAT);
            }
            if (strcmp(entry.name, path) != 0 && i != 3)
                assert_next(source, NULL, NULL, "", NULL);
            rw_image_entry_clear(&entry);
        }
        assert_end(source);
        rw_image_source_free(source);
    }
}

static void what_is_no_archive_is_said(void **state)
{
    char            *names[] = { NULL, NULL, NULL, (char[]){ "https://user@host/x.tar?signature=secret" } };
    char             missing[RW_PATH_MAX], folder[RW_PATH_MAX], empty[RW_PATH_MAX];
    rw_image_source *source;
    rw_image_entry   entry;
    rwda_error       err = { 0 };

    (void)state;
    (void)snprintf(missing, sizeof missing, "%s", in_scratch("missing.tar"));
    (void)snprintf(folder, sizeof folder, "%s", make_folder("folder.tar"));
    begin("empty.tar");
    end();
    (void)snprintf(empty, sizeof empty, "%s", in_scratch("empty.tar"));
    names[0] = missing;
    names[1] = folder;
    names[2] = empty;
    said[0]  = '\0';
    source   = rw_image_source_tar(names, 4, NULL, &events);
    for (size_t i = 0; i < 4; i++) {
        static const char *const why[] = { "cannot open", "cannot be read", NULL, "addresses are not read here" };

        if (why[i] == NULL)
            continue;
        assert_ok(rw_image_source_next(source, &entry, &err), err);
        assert_string_equal(entry.name, i == 3 ? "https://host/x.tar" : names[i]);
        assert_non_null(strstr(entry.refused.message, why[i]));
        rw_image_entry_clear(&entry);
    }
    assert_end(source);
    assert_non_null(strstr(said, "no image in this archive"));
    rw_image_source_free(source);
}

static void a_source_may_be_freed_at_any_time(void **state)
{
    (void)state;
    begin("free.tar");
    for (int i = 0; i < 3; i++) {
        file("0.jpg", "a");
        file("0.png", "b");
        file("1.jpg", "c");
        file("1.cls", "d");
    }
    end();
    for (int taken = 0; taken < 9; taken++) {
        rw_image_source *source = open_source("free.tar");
        rw_image_entry   entry;

        for (int i = 0; i < taken; i++) {
            assert_int_equal(rw_image_source_next(source, &entry, NULL), RWDA_OK);
            rw_image_entry_clear(&entry);
        }
        rw_image_source_stop(source);
        assert_int_equal(rw_image_source_next(source, &entry, NULL), RWDA_ECANCELLED);
        rw_image_source_free(source);
    }
}

static void braces_stand_for_names(void **state)
{
    static const struct {
        const char *pattern, *names;
    } cases[] = { { "a.tar", "a.tar" },
                  { "s-{008..011}.tar", "s-008.tar s-009.tar s-010.tar s-011.tar" },
                  { "{2..0}", "2 1 0" },
                  { "{9..10}x{a,,b}", "9xa 9x 9xb 10xa 10x 10xb" },
                  { "{a{1..2},b}", "{a1,b} {a2,b}" },
                  { "{}{1}{1..}{..2}{-1..2}{1..2..3}{", "{}{1}{1..}{..2}{-1..2}{1..2..3}{" },
                  { "x{01..1}}", "x01}" },
                  { "", "" } };

    (void)state;
    for (size_t i = 0; i < RW_COUNTOF(cases); i++) {
        char     **names = NULL, all[256] = "";
        size_t     n = 0, room = 0;
        rwda_error err = { 0 };

        assert_ok(rw_brace_names(&names, &n, &room, cases[i].pattern, true, &err), err);
        for (size_t k = 0; k < n; k++)
            (void)snprintf(all + strlen(all), sizeof all - strlen(all), "%s%s", k > 0 ? " " : "", names[k]);
        assert_string_equal(all, cases[i].names);
        assert_ok(rw_brace_names(&names, &n, &room, cases[i].pattern, false, &err), err);
        assert_string_equal(names[n - 1], cases[i].pattern);
        rw_image_names_free(names, n);
    }
    for (int i = 0; i < 2; i++) {
        char     **names = NULL;
        size_t     n = 0, room = 0;
        rwda_error err = { 0 };

        assert_refused("many",
                       rw_brace_names(&names, &n, &room, i == 0 ? "{0..1000000}" : "{0..999}{0..999}{0..9}", true, &err),
                       RWDA_ELIMIT, &err, "over 1000000 names");
        rw_image_names_free(names, n);
    }
}

static void archives_are_known_by_name(void **state)
{
    static const char *const are[] = { "a.tar", "A.TAR", "x/a.tar.gz", "a.tgz", "a.tar.zst", "https://h/a?b", "HTTP://h" },
                             *const not [] = { ".tar", "tar", "a.tar.xz", "a.gz", "httpx://a", "a.zip" };
    char shown[RW_PATH_MAX];

    (void)state;
    for (size_t i = 0; i < RW_COUNTOF(are); i++)
        assert_true(rw_tar_named(are[i]));
    for (size_t i = 0; i < RW_COUNTOF(not ); i++)
        assert_false(rw_tar_named(not [i]));
    rw_tar_shown(shown, "https://h/a.tar?X-Amz-Signature=secret");
    assert_string_equal(shown, "https://h/a.tar");
    rw_tar_shown(shown, "HTTPS://me:se@cret@h/a.tar?user=me@home");
    assert_string_equal(shown, "HTTPS://h/a.tar");
    rw_tar_shown(shown, "http://h/a@b.tar");
    assert_string_equal(shown, "http://h/a@b.tar");
    rw_tar_shown(shown, "https://me:secret@h#x");
    assert_string_equal(shown, "https://h");
    rw_tar_shown(shown, "me@home?.tar");
    assert_string_equal(shown, "me@home?.tar");
    rw_tar_shown(shown, "what?.tar");
    assert_string_equal(shown, "what?.tar");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(samples_have_what_stands_beside_them),
        cmocka_unit_test(hostile_members_are_refused_by_name),
        cmocka_unit_test(long_names_are_whole),
        cmocka_unit_test(damage_is_said_and_ends_the_archive),
        cmocka_unit_test(what_is_no_archive_is_said),
        cmocka_unit_test(a_source_may_be_freed_at_any_time),
        cmocka_unit_test(braces_stand_for_names),
        cmocka_unit_test(archives_are_known_by_name),
    };

    if (!rw_tar_built()) {
        print_message("this build reads no archives\n");
        return 0;
    }
    return cmocka_run_group_tests(tests, scratch_new, scratch_free);
}
