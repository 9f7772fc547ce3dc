/* jbig_none.c - libjbig's functions as libtiff calls them, which say no.
 *
 * libjbig is under the GPL, which a wheel under MIT does not carry: `make wheel` puts this in its place.  A TIFF that is compressed by JBIG
 * (old fax archives) is then refused as damaged by libtiff's own error; all others do not call it. */
#include <stddef.h>

void        jbg_dec_init(void *decoder);
int         jbg_dec_in(void *decoder, unsigned char *data, size_t len, size_t *count);
size_t      jbg_dec_getsize(const void *decoder);
const void *jbg_dec_getimage(const void *decoder, int plane);
void        jbg_dec_free(void *decoder);
int         jbg_newlen(unsigned char *data, size_t len);
const char *jbg_strerror(int code);
void        jbg_enc_init(void *encoder);
void        jbg_enc_out(void *encoder);
void        jbg_enc_free(void *encoder);

#define NOT_SUPPORTED 0x50 /* any value but JBG_EOK, 0 */

void jbg_dec_init(void *decoder)
{
    (void)decoder;
}

int jbg_dec_in(void *decoder, unsigned char *data, size_t len, size_t *count)
{
    (void)decoder, (void)data, (void)len, (void)count;
    return NOT_SUPPORTED;
}

size_t jbg_dec_getsize(const void *decoder)
{
    (void)decoder;
    return 0;
}

const void *jbg_dec_getimage(const void *decoder, int plane)
{
    (void)decoder, (void)plane;
    return NULL;
}

void jbg_dec_free(void *decoder)
{
    (void)decoder;
}

int jbg_newlen(unsigned char *data, size_t len)
{
    (void)data, (void)len;
    return 0;
}

const char *jbg_strerror(int code)
{
    (void)code;
    return "JBIG is not supported by this build";
}

void jbg_enc_init(void *encoder)
{
    (void)encoder;
}

void jbg_enc_out(void *encoder)
{
    (void)encoder;
}

void jbg_enc_free(void *encoder)
{
    (void)encoder;
}
