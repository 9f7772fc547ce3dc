/* test_signature.c - webhooks' signatures, and the addresses that records are sent to. */
#include "watch/mqtt.h"
#include "watch/signature.h"

#include "tests/common/scratch.h"

/* Made with the package standardwebhooks 1.1.0 of PyPI. */
static void test_known_answer(void **state)
{
    signature_key key;
    rwda_error    err;
    char          made[SIGNATURE_TEXT];

    (void)state;
    assert_ok(signature_key_read(&key, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "secret", &err), err);
    assert_int_equal(key.len, 24);
    signature_make(made, &key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, "{\"test\": 2432232314}");
    assert_string_equal(made, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

static void test_plain_secret_is_its_bytes(void **state)
{
    signature_key key, file;
    rwda_error    err;

    (void)state;
    assert_ok(signature_key_read(&key, "sixteen bytes it", "secret", &err), err);
    assert_int_equal(key.len, 16);
    assert_ok(signature_key_load(&file, make_text("secret", "sixteen bytes it\r\nmore\n"), &err), err);
    assert_int_equal(file.len, 16);
    assert_memory_equal(file.bytes, key.bytes, 16);
}

static void test_secrets_refused(void **state)
{
    static const struct {
        const char *secret, *says;
    } rows[] = { { "", "0 bytes" },
                 { "short", "5 bytes" },
                 { "whsec_", "0 bytes" },
                 { "whsec_c2hvcnQ=", "5 bytes" },
                 { "whsec_***", "not base64" },
                 { "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS", "not base64" } };
    signature_key key;
    rwda_error    err;
    char          longest[SIGNATURE_KEY_MAX + 2];

    (void)state;
    for (size_t i = 0; i < RW_COUNTOF(rows); i++) {
        assert_int_equal(signature_key_read(&key, rows[i].secret, "secret", &err), RWDA_EINVAL);
        assert_non_null(strstr(err.message, rows[i].says));
    }
    memset(longest, 'x', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    assert_int_equal(signature_key_read(&key, longest, "secret", &err), RWDA_EINVAL);
    assert_int_equal(signature_key_load(&key, in_scratch("missing"), &err), RWDA_ENOTFOUND);
}

static void test_addresses(void **state)
{
    static const struct {
        const char *url, *host, *topic;
        int         port;
        bool        tls;
    } rows[] = { { "mqtts://broker.example.org/a/b", "broker.example.org", "a/b", 8883, true },
                 { "mqtts://10.0.0.1:1234/t", "10.0.0.1", "t", 1234, true },
                 { "mqtt://localhost/t", "localhost", "t", 1883, false },
                 { "mqtt://127.8.9.1:18830/t", "127.8.9.1", "t", 18830, false },
                 { "mqtt://[::1]/t", "::1", "t", 1883, false },
                 { "mqtts://[2001:db8::2]:1/t", "2001:db8::2", "t", 1, true } };
    mqtt_address address;
    rwda_error   err;

    (void)state;
    for (size_t i = 0; i < RW_COUNTOF(rows); i++) {
        assert_ok(mqtt_address_read(&address, rows[i].url, false, &err), err);
        assert_string_equal(address.host, rows[i].host);
        assert_string_equal(address.topic, rows[i].topic);
        assert_int_equal(address.port, rows[i].port);
        assert_int_equal(address.tls, rows[i].tls);
    }
    assert_ok(mqtt_address_read(&address, "mqtt://broker/t", true, &err), err);
}

static void test_addresses_refused(void **state)
{
    static const char *const rows[] = {
        "",
        "broker/t",
        "http://localhost/t",
        "mqtt://localhost",
        "mqtt://localhost/",
        "mqtt:///t",
        "mqtt://localhost:/t",
        "mqtt://localhost:0/t",
        "mqtt://localhost:65536/t",
        "mqtt://localhost:1x/t",
        "mqtt://[::1/t",
        "mqtt://[::1]x/t",
        "mqtt://me:secret@localhost/t",
        "mqtts://localhost/a/#",
        "mqtts://localhost/+",
        "mqtt://broker/t",                /* others could read it */
        "mqtt://127.0.0.1.example.org/t", /* no address of this machine */
        "mqtt://128.0.0.1/t",
    };
    mqtt_address address;
    rwda_error   err;

    (void)state;
    for (size_t i = 0; i < RW_COUNTOF(rows); i++)
        if (mqtt_address_read(&address, rows[i], false, &err) != RWDA_EINVAL)
            fail_msg("\"%s\" was taken", rows[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_answer),      cmocka_unit_test(test_plain_secret_is_its_bytes),
        cmocka_unit_test(test_secrets_refused),   cmocka_unit_test(test_addresses),
        cmocka_unit_test(test_addresses_refused),
    };

    return cmocka_run_group_tests(tests, scratch_new, scratch_free);
}
