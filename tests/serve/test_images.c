/* test_images.c - which images and options does a request have, sent as bytes, as a form, or in JSON? */
#include "serve/images.h"

#include "tests/serve/fixture.h"

#include <microhttpd.h>

/* ---- A form without a connection: lines "NAME=VALUE" or "NAME@FILE=VALUE" in the place of libmicrohttpd's parser ----------------------- */

struct MHD_PostProcessor {
    MHD_PostDataIterator take;
    void                *user;
    bool                 whole;
};

struct MHD_PostProcessor *MHD_create_post_processor(struct MHD_Connection *http, size_t room, MHD_PostDataIterator take,
                                                    void *user)
{
    struct MHD_PostProcessor *form = calloc(1, sizeof *form);

    (void)http;
    (void)room;
    assert_non_null(form);
    *form = (struct MHD_PostProcessor){ take, user, true };
    return form;
}

enum MHD_Result MHD_post_process(struct MHD_PostProcessor *form, const char *data, size_t size)
{
    char name[40], file[40];

    for (const char *end = data + size, *value, *line_end; data < end; data = line_end + 1) {
        line_end = memchr(data, '\n', (size_t)(end - data));
        value    = strchr(data, '=') + 1;
        assert_non_null(line_end);
        file[0]     = '\0';
        form->whole = strncmp(data, "cut", 3) != 0;
        (void)sscanf(data, "%39[^@=]@%39[^=]", name, file);
        /* in two pieces, as long fields come */
        for (size_t at = 0, n = (size_t)(line_end - value); at < n || at == 0; at += n / 2 + 1)
            if (form->take(form->user, MHD_POSTDATA_KIND, name, file[0] != '\0' ? file : NULL, NULL, NULL, value + at, at,
                           n - at < n / 2 + 1 ? n - at : n / 2 + 1) != MHD_YES)
                return MHD_NO;
    }
    return MHD_YES;
}

enum MHD_Result MHD_destroy_post_processor(struct MHD_PostProcessor *form)
{
    bool whole = form->whole;

    free(form);
    return whole ? MHD_YES : MHD_NO;
}

/* ---- Cases ---------------------------------------------------------------------------------------------------------------------------- */

static service_context service;

static request *post(const char *type, const char *text)
{
    service = fixture_context(1 << 20);
    return fixture_post(&service, "/v1/score", type, text, strlen(text));
}

static void assert_item(const request *r, size_t i, const char *name, const char *bytes)
{
    const item *found = &r->work.items[i];

    assert_true(i < r->work.n_items);
    assert_ptr_equal(found->request, r);
    if (name != NULL)
        assert_string_equal(found->name, name);
    else
        assert_null(found->name);
    assert_int_equal(found->len, strlen(bytes));
    assert_memory_equal(found->bytes, bytes, strlen(bytes));
}

static const char *option(const request *r, const char *name)
{
    return json_string_value(json_object_get(r->options, name));
}

static void a_body_is_one_image(void **state)
{
    static const char *const types[] = { NULL, "image/png", "application/octet-stream",
                                         "application/x-www-form-urlencoded" };

    (void)state;
    for (size_t i = 0; i < RW_COUNTOF(types); i++) {
        request *r = post(types[i], "bytes");

        assert_int_equal(json_object_set_new(r->options, "name", json_string("n")), 0);
        assert_true(request_read_images(r));
        assert_int_equal(r->work.n_items, 1);
        assert_item(r, 0, "n", "bytes");
        request_free(r);
    }
}

static void json_holds_one_or_many(void **state)
{
    request *r = post("application/json", "{\"image\":\"YWJj\",\"name\":\"a\",\"method\":\"clip\",\"threshold\":0.5}");

    (void)state;
    assert_true(request_read_images(r));
    assert_int_equal(r->work.n_items, 1);
    assert_item(r, 0, "a", "abc");
    assert_string_equal(option(r, "method"), "clip");
    assert_int_equal(json_object_size(r->options), 2);
    request_free(r);
    r = post("application/json; charset=utf-8", "{\"images\":[{\"image\":\"YQ==\"},{\"image\":\"YWI=\",\"name\":\"b\"}]}");
    assert_true(request_read_images(r));
    assert_int_equal(r->work.n_items, 2);
    assert_item(r, 0, NULL, "a");
    assert_item(r, 1, "b", "ab");
    assert_int_equal(json_object_size(r->options), 0);
    request_free(r);
    r = post("application/json", "{\"images\":[{\"image\":\"YQ==\"}],\"name\":\"of all\"}");
    assert_true(request_read_images(r));
    assert_item(r, 0, NULL, "a");
    assert_string_equal(option(r, "name"), "of all");
    request_free(r);
}

static void a_form_holds_images_and_options(void **state)
{
    request *r = post("multipart/form-data; boundary=x", "image=first\ncrops=2x2\nany@second.png=2nd\nfile=third\n");

    (void)state;
    assert_true(request_read_images(r));
    assert_int_equal(r->work.n_items, 3);
    assert_item(r, 0, NULL, "first");
    assert_item(r, 1, "second.png", "2nd");
    assert_item(r, 2, NULL, "third");
    assert_string_equal(option(r, "crops"), "2x2");
    assert_null(r->body.form);
    request_free(r);
}

static void what_is_wrong_is_said(void **state)
{
    static const struct {
        const char *type, *text, *says;
        unsigned    status;
    } cases[] = {
        { "text/plain", "abc", "Content-Type text/plain is not an image", 415 },
        { NULL, "", "the body is empty", 422 },
        { "application/json", "{}", "the body: \"image\" is the image in base64", 422 },
        { "application/json", "{\"image\":7}", "the body: \"image\" is the image in base64", 422 },
        { "application/json", "{\"image\":\"YQ==\",\"name\":7}", "the body: \"image\"", 422 },
        { "application/json", "{\"image\":\"no base64!\"}", "the body: \"image\" is not base64", 422 },
        { "application/json", "{\"images\":{}}", "\"images\" is not a list", 422 },
        { "application/json", "{\"images\":[]}", "there is no image", 422 },
        { "application/json", "{\"images\":[null]}", "images[0]: \"image\"", 422 },
        { "application/json", "{\"images\":[{\"image\":\"YQ==\"},{\"image\":\"?\"}]}", "images[1]: \"image\" is not base64",
          422 },
        { "application/json", "{\"images\":[1,2,3,4]}", "4 images in one request; the most is 3", 413 },
        { "multipart/form-data", "method=clip\n", "there is no image", 422 },
        { "multipart/form-data", "image=x\nmethod=\xff\n", "UTF-8", 400 },
        { "multipart/form-data", "image=x\ncut=\n", "cut off", 400 },
    };

    (void)state;
    for (size_t i = 0; i < RW_COUNTOF(cases); i++) {
        request *r = post(cases[i].type, cases[i].text);

        assert_false(request_read_images(r));
        assert_problem(&r->reply, cases[i].status, cases[i].says);
        request_free(r);
        assert_int_equal(service.budget.held, 0);
    }
}

static void a_form_has_a_limit_of_fields(void **state)
{
    char     text[36 * 4 + 1] = "";
    request *r;

    (void)state;
    for (size_t i = 0; i < 36; i++) /* 3 images and 32 others */
        memcpy(text + 4 * i, "a=b\n", 4);
    r = post("multipart/form-data", text);
    assert_problem(&r->reply, 413, "over 35 fields");
    request_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_body_is_one_image),
        cmocka_unit_test(json_holds_one_or_many),
        cmocka_unit_test(a_form_holds_images_and_options),
        cmocka_unit_test(what_is_wrong_is_said),
        cmocka_unit_test(a_form_has_a_limit_of_fields),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
