/* published.c - published results to compare with.
 *
 * Image AUROC / AUPR or AP / F1-max in percent.  Sources:
 *   [1] M. Tamura, BMVC 2023, arXiv:2308.11119
 *   [2] J. Jeong et al., CVPR 2023, arXiv:2303.14814; its AUPR stands in the column AP
 *   [3] https://github.com/zqhang/Accurate-WinCLIP-pytorch, README: ViT-B-16-plus-240 laion400m_e31, squashed to 240 px
 *   [4] Q. Zhou et al. (AnomalyCLIP), ICLR 2024, arXiv:2310.18961: CLIP and CLIP-AC with ViT-L/14@336
 *   [5] github.com/xrli-U/MuSc (MuSc, ICLR 2024): scores a whole test set at once; a peer of "mutual" alone
 *   [6] S. Damm et al. (AnomalyDINO), WACV 2025, arXiv:2405.14529, abstract
 * PatchCore with few images (WideResNet-50) is what the authors of WinCLIP measured.
 * Means are the sources' own, not ours of their categories. */
#include "base/status.h"

#include <rwda_eval.h>

#include <stdbool.h>
#include <string.h>

static const char *const mvtec_names[] = { "bottle",   "cable",      "capsule",    "carpet", "grid",
                                           "hazelnut", "leather",    "metal_nut",  "pill",   "screw",
                                           "tile",     "toothbrush", "transistor", "wood",   "zipper" };
static const char *const visa_names[]  = { "candle",    "capsules", "cashew", "chewinggum", "fryum", "macaroni1",
                                           "macaroni2", "pcb1",     "pcb2",   "pcb3",       "pcb4",  "pipe_fryum" };
#define N_MVTEC RW_COUNTOF(mvtec_names)
#define N_VISA  RW_COUNTOF(visa_names)

static const double mvtec_winclip[N_MVTEC] = { 99.2, 86.5, 72.9,  100.0, 98.8, 93.9, 100.0, 97.1,
                                               79.1, 83.3, 100.0, 87.5,  88.0, 99.4, 91.5 };
static const double mvtec_again[N_MVTEC]   = { 98.6, 85.0, 68.7, 99.3, 99.2, 92.3, 100.0, 96.2,
                                               81.5, 71.7, 99.9, 85.3, 89.1, 97.6, 91.2 };
static const double visa_winclip[N_VISA]   = { 95.4, 85.0, 92.1, 96.5, 80.3, 76.2, 63.7, 73.6, 51.2, 73.4, 79.6, 69.7 };
static const double visa_again[N_VISA]     = { 94.9, 79.4, 91.2, 95.5, 73.6, 79.0, 67.1, 72.1, 47.0, 63.9, 74.2, 67.8 };

#define PLUS_240 "ViT-B-16-plus-240"
#define L_336    "ViT-L-14-336"
#define L_518    "ViT-L-14 at 518 px"
#define RESNET   "WideResNet-50" /* this and the next are no CLIP */
#define DINO     "DINOv2 ViT-S"

static const rwda_published_row mvtec_rows[] = {
    { "RWDA", "[1]", "not known", RWDA_EVAL_OBJECT_UNKNOWN, 91.0, 0, 0, NULL },
    { "WinCLIP", "[2]", PLUS_240, RWDA_EVAL_OBJECT_KNOWN, 91.8, 96.5, 92.9, mvtec_winclip },
    { "WinCLIP, re-implemented", "[3]", PLUS_240, RWDA_EVAL_OBJECT_KNOWN, 90.4, 95.6, 92.7, mvtec_again },
    { "CLIP-AC", "[2]", PLUS_240, RWDA_EVAL_OBJECT_KNOWN, 74.0, 0, 0, NULL },
    { "CLIP, two prompts", "[4]", L_336, RWDA_EVAL_OBJECT_KNOWN, 74.1, 87.6, 0, NULL },
    { "CLIP-AC", "[4]", L_336, RWDA_EVAL_OBJECT_KNOWN, 71.5, 86.4, 0, NULL },
    { "WinCLIP+ (1 normal image)", "[2]", PLUS_240, RWDA_EVAL_OBJECT_KNOWN, 93.1, 0, 0, NULL, 1, 0 },
    { "WinCLIP+ (2 normal images)", "[2]", PLUS_240, RWDA_EVAL_OBJECT_KNOWN, 94.4, 0, 0, NULL, 2, 0 },
    { "WinCLIP+ (4 normal images)", "[2]", PLUS_240, RWDA_EVAL_OBJECT_KNOWN, 95.2, 0, 0, NULL, 4, 0 },
    { "PatchCore (1 normal image)", "[2]", RESNET, RWDA_EVAL_OBJECT_UNKNOWN, 83.4, 0, 0, NULL, 1, 0 },
    { "PatchCore (2 normal images)", "[2]", RESNET, RWDA_EVAL_OBJECT_UNKNOWN, 86.3, 0, 0, NULL, 2, 0 },
    { "PatchCore (4 normal images)", "[2]", RESNET, RWDA_EVAL_OBJECT_UNKNOWN, 88.8, 0, 0, NULL, 4, 0 },
    { "AnomalyDINO (1 normal image)", "[6]", DINO, RWDA_EVAL_OBJECT_UNKNOWN, 96.6, 0, 0, NULL, 1, 0 },
    { "MuSc (whole test set at once)", "[5]", PLUS_240, RWDA_EVAL_OBJECT_UNKNOWN, 94.8, 0, 0, NULL, 0, 1 },
    { "MuSc (whole test set at once)", "[5]", L_518, RWDA_EVAL_OBJECT_UNKNOWN, 97.8, 0, 0, NULL, 0, 1 },
};
static const rwda_published_row visa_rows[] = {
    { "RWDA", "[1]", "not known", RWDA_EVAL_OBJECT_UNKNOWN, 78.1, 0, 0, NULL },
    { "WinCLIP", "[2]", PLUS_240, RWDA_EVAL_OBJECT_KNOWN, 78.1, 81.2, 79.0, visa_winclip },
    { "WinCLIP, re-implemented", "[3]", PLUS_240, RWDA_EVAL_OBJECT_KNOWN, 75.5, 78.7, 78.2, visa_again },
    { "CLIP, two prompts", "[4]", L_336, RWDA_EVAL_OBJECT_KNOWN, 66.4, 71.5, 0, NULL },
    { "CLIP-AC", "[4]", L_336, RWDA_EVAL_OBJECT_KNOWN, 65.0, 70.1, 0, NULL },
    { "WinCLIP+ (1 normal image)", "[2]", PLUS_240, RWDA_EVAL_OBJECT_KNOWN, 83.8, 0, 0, NULL, 1, 0 },
    { "WinCLIP+ (2 normal images)", "[2]", PLUS_240, RWDA_EVAL_OBJECT_KNOWN, 84.6, 0, 0, NULL, 2, 0 },
    { "WinCLIP+ (4 normal images)", "[2]", PLUS_240, RWDA_EVAL_OBJECT_KNOWN, 87.3, 0, 0, NULL, 4, 0 },
    { "PatchCore (1 normal image)", "[2]", RESNET, RWDA_EVAL_OBJECT_UNKNOWN, 79.9, 0, 0, NULL, 1, 0 },
    { "PatchCore (2 normal images)", "[2]", RESNET, RWDA_EVAL_OBJECT_UNKNOWN, 81.6, 0, 0, NULL, 2, 0 },
    { "PatchCore (4 normal images)", "[2]", RESNET, RWDA_EVAL_OBJECT_UNKNOWN, 85.3, 0, 0, NULL, 4, 0 },
    { "MuSc (whole test set at once)", "[5]", PLUS_240, RWDA_EVAL_OBJECT_UNKNOWN, 82.6, 0, 0, NULL, 0, 1 },
};

static const rwda_published_set sets[] = {
    { "MVTec AD", mvtec_names, N_MVTEC, mvtec_rows, RW_COUNTOF(mvtec_rows) },
    { "VisA", visa_names, N_VISA, visa_rows, RW_COUNTOF(visa_rows) },
};

static int place_of(const rwda_published_set *set, const char *category)
{
    for (size_t i = 0; i < set->n_categories; i++)
        if (strcmp(set->categories[i], category) == 0)
            return (int)i;
    return -1;
}

const rwda_published_set *rwda_published_find(const rwda_evaluation *e)
{
    for (size_t s = 0; s < RW_COUNTOF(sets); s++) {
        bool all = e->n_categories == sets[s].n_categories;

        for (size_t c = 0; all && c < e->n_categories; c++)
            all = place_of(&sets[s], e->categories[c].name) >= 0;
        if (all)
            return &sets[s];
    }
    return NULL;
}

double rwda_published_auroc(const rwda_published_set *set, const rwda_published_row *row, const char *category)
{
    int place = place_of(set, category);

    return row->categories != NULL && place >= 0 ? row->categories[place] : 0.0;
}

const char *rwda_published_same_model(const rwda_published_row *row, const rwda_model_info *model)
{
    static const struct {
        const char *name;
        int         width, layers, patch, side;
    } shapes[] = { { PLUS_240, 896, 12, 16, 240 },
                   { L_336, 1024, 24, 14, 336 },
                   { L_518, 1024, 24, 14, 518 },
                   { RESNET, 0, 0, 0, 0 },
                   { DINO, 0, 0, 0, 0 } };

    for (size_t i = 0; i < RW_COUNTOF(shapes); i++)
        if (strcmp(row->model, shapes[i].name) == 0)
            return model->vision_width == shapes[i].width && model->vision_layers == shapes[i].layers &&
                           model->patch_size == shapes[i].patch && model->image_size == shapes[i].side
                       ? "yes"
                       : "no";
    return "?";
}
