/* codec_gif.c - GIF decoder: giflib, first frame
 *
 * Source: CompuServe's GIF89a specification.  Memory: 3 bytes a pixel and a row. */
#include "format/codec.h"

#include <gif_lib.h>
#include <stdlib.h>
#include <string.h>

enum { HEADER = 13, EXTENSION = 0x21, IMAGE = 0x2c, TRANSPARENCY = 0xf9 };

typedef struct {
    const uint8_t *bytes;
    size_t         len, at;
} gif_source;

static int read_bytes(GifFileType *gif, GifByteType *to, int count)
{
    gif_source *source = gif->UserData;
    size_t      left   = source->len - source->at;
    size_t      take   = (size_t)count < left ? (size_t)count : left;

    memcpy(to, source->bytes + source->at, take);
    source->at += take;
    return (int)take;
}

static size_t colours_of(uint8_t flags)
{
    return (flags & 0x80) != 0 ? (size_t)3 << ((flags & 7) + 1) : 0;
}

/* Sub-blocks, each after its length, to the empty one. */
static size_t skip_blocks(const uint8_t *bytes, size_t len, size_t at)
{
    while (at < len && bytes[at] != 0)
        at += 1 + (size_t)bytes[at];
    return at + 1;
}

static int count_frames(const uint8_t *bytes, size_t len)
{
    size_t at     = len > HEADER ? HEADER + colours_of(bytes[10]) : len;
    int    frames = 0;

    while (at < len) {
        if (bytes[at] == IMAGE && len - at > 10 && frames < INT32_MAX) {
            at = skip_blocks(bytes, len, at + 11 + colours_of(bytes[at + 9]));
            frames++;
        } else if (bytes[at] == EXTENSION) {
            at = skip_blocks(bytes, len, at + 2);
        } else {
            break;
        }
    }
    return frames;
}

static rwda_status failed(const GifFileType *gif, int code, rwda_error *err)
{
    const char *text = GifErrorString(gif != NULL ? gif->Error : code);

    return rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET, "GIF: %.160s", text != NULL ? text : "damaged or truncated data");
}

/* To the first image; *clear: the index that stands for no colour, or -1. */
static rwda_status find_image(GifFileType *gif, int *clear, rwda_error *err)
{
    for (;;) {
        GifRecordType type;
        GifByteType  *block;
        int           code;

        if (DGifGetRecordType(gif, &type) == GIF_ERROR)
            return failed(gif, 0, err);
        if (type == IMAGE_DESC_RECORD_TYPE)
            return DGifGetImageDesc(gif) == GIF_ERROR ? failed(gif, 0, err) : RWDA_OK;
        if (type != EXTENSION_RECORD_TYPE)
            return rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET, "GIF: no image in it");
        if (DGifGetExtension(gif, &code, &block) == GIF_ERROR)
            return failed(gif, 0, err);
        if (code == TRANSPARENCY && block != NULL && block[0] >= 4)
            *clear = (block[1] & 1) != 0 ? block[4] : -1;
        while (block != NULL)
            if (DGifGetExtensionNext(gif, &block) == GIF_ERROR)
                return failed(gif, 0, err);
    }
}

/* Grey of the index where no palette says otherwise, as in Pillow. */
static void put(uint8_t *rgb, const ColorMapObject *map, int index)
{
    if (map != NULL && index < map->ColorCount) {
        rgb[0] = map->Colors[index].Red;
        rgb[1] = map->Colors[index].Green;
        rgb[2] = map->Colors[index].Blue;
    } else {
        rgb[0] = rgb[1] = rgb[2] = (uint8_t)index;
    }
}

static rwda_status read_rows(rw_pixels *out, GifFileType *gif, int clear, uint8_t *line, const rw_limits *limits,
                             rwda_error *err)
{
    static const int      first[] = { 0, 4, 2, 1 }, step[] = { 8, 8, 4, 2 };
    const GifImageDesc   *image  = &gif->Image;
    const ColorMapObject *map    = image->ColorMap != NULL ? image->ColorMap : gif->SColorMap;
    int                   passes = image->Interlace ? 4 : 1;

    for (size_t i = 0, n = (size_t)out->width * (size_t)out->height; i < n; i++) /* what the frame leaves free */
        put(out->rgb + 3 * i, map, clear >= 0 ? clear : 0);
    for (int pass = 0; pass < passes; pass++)
        for (int y = passes == 1 ? 0 : first[pass]; y < image->Height; y += passes == 1 ? 1 : step[pass]) {
            uint8_t *rgb = out->rgb + 3 * ((size_t)(image->Top + y) * (size_t)out->width + (size_t)image->Left);

            if (rw_is_cancelled(limits))
                return rw_cancelled(err);
            if (DGifGetLine(gif, line, image->Width) == GIF_ERROR)
                return failed(gif, 0, err);
            for (int x = 0; x < image->Width; x++)
                put(rgb + 3 * x, map, line[x]);
        }
    return RWDA_OK;
}

rwda_status rw_codec_gif(rw_pixels *out, const uint8_t *bytes, size_t len, const rw_limits *limits, rwda_error *err)
{
    gif_source          source = { bytes, len, 0 };
    int                 code = 0, clear = -1;
    GifFileType        *gif  = DGifOpen(&source, read_bytes, &code);
    uint8_t            *line = NULL;
    const GifImageDesc *image;
    uint64_t            width, height;
    rwda_status         status = RWDA_OK;

    if (gif == NULL)
        return failed(NULL, code, err);
    RW_TRY(find_image(gif, &clear, err));
    image  = &gif->Image;
    width  = (uint64_t)image->Left + (uint64_t)image->Width;
    height = (uint64_t)image->Top + (uint64_t)image->Height;
    if (image->Width < 1 || image->Height < 1) {
        status = rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET, "GIF: a frame of %d x %d pixels", image->Width, image->Height);
        goto done;
    }
    RW_TRY(rw_pixels_new(out, width > (uint64_t)gif->SWidth ? width : (uint64_t)gif->SWidth,
                         height > (uint64_t)gif->SHeight ? height : (uint64_t)gif->SHeight, limits, err));
    out->pages = count_frames(bytes, len);
    line       = malloc((size_t)image->Width);
    if (line == NULL)
        status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "GIF: a row of %d pixels", image->Width);
    else
        status = read_rows(out, gif, clear, line, limits, err);
done:
    free(line);
    (void)DGifCloseFile(gif, &code);
    return status;
}
