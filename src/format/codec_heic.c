/* codec_heic.c - HEIC decoder: libheif, primary image, turned as it says
 *
 * libheif trusts a file: it ends the process at an image made of one that is not there, decodes a tile as often as a grid names it, and writes
 * beside images whose alpha is of another size.  So it gets one picture at a time, in a file made here; grids, turns and crops are ours.
 *
 * Memory: 6 bytes a pixel, and the planes of YUV: at most 6; and the bytes of a picture twice.  Of a grid 3, and that of a tile; turned 6. */
#include "format/codec.h"

#include "format/heic_items.h"
#include "format/hevc_picture.h"
#include "format/item_boxes.h"

#include <libheif/heif.h>
#include <stdlib.h>

#define DEPTH_MAX 4 /* images made of others */

typedef struct {
    rw_heic_items    items;
    const rw_limits *limits;
    uint64_t         work; /* pixels decoded so far */
} reader;

/* A file of one item, and what is written into it: the item's length in bytes, sides, hvcC, nclx, the length of mdat. */
enum { AT_LENGTH = 144, AT_SIDES = 176, AT_CONFIG = 192, AT_COLOUR = 219, AT_MDAT = 256, COLOUR = 11 };
static const char file_head[] = "\0\0\0\030ftypheic\0\0\0\0mif1heic"
                                "\0\0\0\350meta\0\0\0\0"
                                "\0\0\0\041hdlr\0\0\0\0\0\0\0\0pict\0\0\0\0\0\0\0\0\0\0\0\0\0"
                                "\0\0\0\016pitm\0\0\0\0\0\1"
                                "\0\0\0\043iinf\0\0\0\0\0\1\0\0\0\025infe\2\0\0\0\0\1\0\0hvc1\0"
                                "\0\0\0\036iloc\0\0\0\0\104\0\0\1\0\1\0\0\0\1\0\0\1\10\0\0\0\0"
                                "\0\0\0\154iprp\0\0\0\116ipco"
                                "\0\0\0\024ispe\0\0\0\0\0\0\0\0\0\0\0\0"
                                "\0\0\0\037hvcC\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
                                "\0\0\0\023free\0\0\0\0\0\0\0\0\0\0\0"
                                "\0\0\0\026ipma\0\0\0\0\0\0\0\1\0\1\3\1\202\3"
                                "\0\0\0\0mdat";
_Static_assert(sizeof file_head - 1 == RW_HEVC_ROOM, "iloc says where the data begin");

static void put(uint8_t *to, uint64_t value)
{
    for (size_t i = 0; i < 4; i++)
        to[i] = (uint8_t)(value >> 8 * (3 - i));
}

static void write_head(rw_hevc_picture *p, const rw_box *config, const rw_box *colour)
{
    memcpy(p->bytes, file_head, RW_HEVC_ROOM);
    put(p->bytes + AT_LENGTH, p->len - RW_HEVC_ROOM);
    put(p->bytes + AT_SIDES, p->width);
    put(p->bytes + AT_SIDES + 4, p->height);
    memcpy(p->bytes + AT_CONFIG, config->content, RW_HEVC_CONFIG - 1); /* its parameter sets lie in the data */
    p->bytes[AT_CONFIG + RW_HEVC_CONFIG - 2] |= 3;                     /* lengths of 4 bytes, whatever the file's own have */
    if (colour != NULL) {
        memcpy(p->bytes + AT_COLOUR, colour->type, 4);
        memcpy(p->bytes + AT_COLOUR + 4, colour->content, COLOUR);
    }
    put(p->bytes + AT_MDAT, p->len - AT_MDAT);
}

static rwda_status failed(struct heif_error error, rwda_error *err)
{
    rwda_status status = error.code == heif_error_Memory_allocation_error ? RWDA_ENOMEM
                         : error.code == heif_error_Unsupported_feature || error.code == heif_error_Unsupported_filetype
                             ? RWDA_EUNSUPPORTED
                             : RWDA_EFORMAT;

    return rw_fail(err, status, RWDA_NO_OFFSET, "HEIC: %.200s", error.message);
}

static rwda_status differs(int width, int height, uint64_t said_width, uint64_t said_height, rwda_error *err)
{
    return rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET, "HEIC: an image of %d x %d pixels, announced as %llu x %llu", width,
                   height, (unsigned long long)said_width, (unsigned long long)said_height);
}

/* out: made for the picture already. */
static rwda_status decode(rw_pixels *out, const rw_hevc_picture *p, rwda_error *err)
{
    struct heif_context      *context = heif_context_alloc();
    struct heif_image_handle *handle  = NULL;
    struct heif_image        *image   = NULL;
    struct heif_error         error;
    const uint8_t            *plane;
    int                       stride = 0, width, height;
    rwda_status               status = RWDA_OK;

    if (context == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "HEIC: no memory for a decoder");
    heif_context_set_max_decoding_threads(context, 0);
    error = heif_context_read_from_memory_without_copy(context, p->bytes, p->len, NULL);
    if (error.code == heif_error_Ok)
        error = heif_context_get_primary_image_handle(context, &handle);
    if (error.code == heif_error_Ok)
        error = heif_decode_image(handle, &image, heif_colorspace_RGB, heif_chroma_interleaved_RGB, NULL);
    if (error.code != heif_error_Ok)
        RW_TRY(failed(error, err));
    out->bits = heif_image_handle_get_luma_bits_per_pixel(handle);
    width     = heif_image_get_width(image, heif_channel_interleaved);
    height    = heif_image_get_height(image, heif_channel_interleaved);
    plane     = heif_image_get_plane_readonly(image, heif_channel_interleaved, &stride);
    if (plane == NULL || width != out->width || height != out->height)
        RW_TRY(differs(width, height, p->width, p->height, err));
    for (int y = 0; y < height; y++)
        memcpy(out->rgb + 3 * (size_t)y * (size_t)width, plane + (size_t)y * (size_t)stride, 3 * (size_t)width);
done:
    heif_image_release(image);
    heif_image_handle_release(handle);
    heif_context_free(context);
    return status;
}

static rwda_status add_work(reader *r, uint64_t pixels, rwda_error *err)
{
    const uint64_t most = RW_WORK * (uint64_t)r->limits->max_pixels;

    r->work += pixels;
    if (r->work <= most)
        return RWDA_OK;
    return rw_fail(err, RWDA_ELIMIT, RWDA_NO_OFFSET, "HEIC: %llu pixels and more to decode are over the limit of %llu",
                   (unsigned long long)r->work, (unsigned long long)most);
}

static rwda_status read_coded(rw_pixels *out, reader *r, const rw_heic_item *item, rwda_error *err)
{
    const rw_box   *config  = rw_heic_property(item, "hvcC", RW_HEVC_CONFIG, "");
    rw_hevc_picture picture = { .bytes = NULL };
    rwda_status     status  = RWDA_OK;

    if (config == NULL)
        return rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET, "HEIC: item %lu has no parameters", (unsigned long)item->id);
    RW_TRY(rw_hevc_picture_read(&picture, config->content, config->size, item->data, item->size, err));
    RW_TRY(rw_pixels_new(out, picture.width, picture.height, r->limits, err));
    RW_TRY(add_work(r, picture.work, err));
    if (rw_is_cancelled(r->limits))
        RW_TRY(rw_cancelled(err));
    write_head(&picture, config, rw_heic_property(item, "colr", COLOUR, "nclx"));
    RW_TRY(decode(out, &picture, err));
done:
    free(picture.bytes);
    return status;
}

static rwda_status read_item(rw_pixels *out, reader *r, uint32_t id, int deeper, rwda_error *err);

/* Tiles of one size, row by row, which end where the image does or behind it. */
static rwda_status read_grid(rw_pixels *out, reader *r, const rw_heic_item *item, rwda_error *err)
{
    size_t      side  = item->size >= 4 && (item->data[1] & 1) != 0 ? 4 : 2, columns, rows;
    rw_pixels   tile  = { 0 };
    int         width = 0, height = 0;
    rwda_status status = RWDA_OK;

    if (item->size < 4 + 2 * side)
        return rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET, "HEIC: item %lu: its grid is cut", (unsigned long)item->id);
    rows    = (size_t)item->data[2] + 1;
    columns = (size_t)item->data[3] + 1;
    if (item->parts.n != rows * columns)
        return rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET, "HEIC: item %lu: a grid of %zu x %zu tiles, made of %zu",
                       (unsigned long)item->id, columns, rows, item->parts.n);
    RW_TRY(
        rw_pixels_new(out, rw_big_endian(item->data + 4, side), rw_big_endian(item->data + 4 + side, side), r->limits, err));
    for (size_t i = 0; i < item->parts.n; i++) {
        int64_t left = (int64_t)(i % columns) * width, top = (int64_t)(i / columns) * height;

        free(tile.rgb);
        tile = (rw_pixels){ 0 };
        RW_TRY(read_item(&tile, r, rw_heic_part(&item->parts, i), 0, err));
        if (i == 0) {
            width     = tile.width;
            height    = tile.height;
            out->bits = tile.bits;
        }
        if (tile.width != width || tile.height != height)
            RW_TRY(differs(tile.width, tile.height, (uint64_t)width, (uint64_t)height, err));
        if ((int64_t)columns * width < out->width || (int64_t)rows * height < out->height || left >= out->width ||
            top >= out->height)
            RW_TRY(rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET,
                           "HEIC: %zu x %zu tiles of %d x %d pixels do not make an image of %d x %d", columns, rows, width,
                           height, out->width, out->height));
        for (int64_t y = top; y < top + height && y < out->height; y++)
            memcpy(out->rgb + 3 * (y * out->width + left), tile.rgb + 3 * (y - top) * width,
                   3 * (size_t)(left + width < out->width ? width : out->width - left));
    }
done:
    free(tile.rgb);
    return status;
}

/* clap: width, height and how far its centre lies from the image's, right and down; each a number over another.  Rounded as libheif does. */
static rwda_status crop(rw_pixels *out, const rw_box *clap, rwda_error *err)
{
    double  v[4], left, top;
    int64_t width, height, x, y;
    bool    whole = true;

    for (size_t i = 0; i < 4; i++) {
        uint32_t above = (uint32_t)rw_big_endian(clap->content + 8 * i, 4);
        uint64_t below = rw_big_endian(clap->content + 8 * i + 4, 4);

        whole = whole && below > 0;
        v[i]  = (i < 2 ? (double)above : (double)(int32_t)above) / (double)(below > 0 ? below : 1);
    }
    left   = v[2] + (out->width - 1) / 2.0 - (v[0] - 1) / 2;
    top    = v[3] + (out->height - 1) / 2.0 - (v[1] - 1) / 2;
    width  = (int64_t)(v[0] + 0.5);
    height = (int64_t)(v[1] + 0.5);
    x      = (int64_t)left;
    y      = (int64_t)(top + 0.5);
    if (!whole || width < 1 || height < 1 || x < 0 || y < 0 || x + width > out->width || y + height > out->height)
        return rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET, "HEIC: %.1f x %.1f pixels at %.1f, %.1f are cut out of %d x %d",
                       v[0], v[1], left, top, out->width, out->height);
    for (int64_t row = 0; row < height; row++)
        memmove(out->rgb + 3 * row * width, out->rgb + 3 * ((y + row) * out->width + x), 3 * (size_t)width);
    out->width  = (int)width;
    out->height = (int)height;
    return RWDA_OK;
}

static rwda_status transform(rw_pixels *out, reader *r, const rw_box *b, rwda_error *err)
{
    static const int turned[4] = { 1, 8, 3, 6 }; /* to the left */
    bool             turn = rw_box_is(b, "irot"), mirror = rw_box_is(b, "imir"), cut = rw_box_is(b, "clap");
    rwda_status      status;

    if (!(turn || mirror || cut) || b->size < (cut ? 32 : 1))
        return RWDA_OK;
    status = add_work(r, (uint64_t)out->width * (uint64_t)out->height, err);
    if (status != RWDA_OK)
        return status;
    return cut ? crop(out, b, err)
               : rw_pixels_turn(out,
                                turn                     ? turned[b->content[0] & 3]
                                : b->content[0] % 2 != 0 ? 2
                                                         : 4,
                                err);
}

/* deeper: so many images made of others may come. */
static rwda_status read_item(rw_pixels *out, reader *r, uint32_t id, int deeper, rwda_error *err)
{
    rw_heic_item  item;
    const rw_box *size;
    uint64_t      width, height;
    bool          grid;
    rwda_status   status = RWDA_OK;

    RW_TRY(rw_heic_item_read(&item, &r->items, id, err));
    grid = memcmp(item.type, "grid", 4) == 0;
    if (memcmp(item.type, "hvc1", 4) == 0)
        RW_TRY(read_coded(out, r, &item, err));
    else if (!grid && (memcmp(item.type, "iden", 4) != 0 || item.parts.n != 1))
        RW_TRY(rw_fail(err, RWDA_EUNSUPPORTED, RWDA_NO_OFFSET, "HEIC: item %lu is neither an HEVC image nor a grid of them",
                       (unsigned long)id));
    else if (deeper == 0)
        RW_TRY(rw_fail(err, RWDA_ELIMIT, RWDA_NO_OFFSET, "HEIC: item %lu: a grid of grids, or an image of itself",
                       (unsigned long)id));
    else if (grid)
        RW_TRY(read_grid(out, r, &item, err));
    else
        RW_TRY(read_item(out, r, rw_heic_part(&item.parts, 0), deeper - 1, err));
    size   = rw_heic_property(&item, "ispe", 12, "");
    width  = size != NULL ? rw_big_endian(size->content + 4, 4) : 0;
    height = size != NULL ? rw_big_endian(size->content + 8, 4) : 0;
    if (width != (uint64_t)out->width || height != (uint64_t)out->height)
        RW_TRY(differs(out->width, out->height, width, height, err));
    for (size_t i = 0; i < item.n_properties; i++)
        RW_TRY(transform(out, r, &item.properties[i], err));
done:
    free(item.data);
    return status;
}

rwda_status rw_codec_heic(rw_pixels *out, const uint8_t *bytes, size_t len, const rw_limits *limits, rwda_error *err)
{
    reader      r      = { .limits = limits };
    rwda_status status = RWDA_OK;

    RW_TRY(rw_check_items(bytes, len, "HEIC", err));
    RW_TRY(rw_heic_items_find(&r.items, bytes, len, limits, err));
    RW_TRY(read_item(out, &r, r.items.primary, DEPTH_MAX, err));
    out->pages       = r.items.pages;
    out->orientation = 1;
    if (rw_is_cancelled(limits))
        RW_TRY(rw_cancelled(err));
done:
    free(r.items.properties);
    return status;
}
