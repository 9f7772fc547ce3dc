#include "hub/catalog.h"

#include "base/status.h"

#include <string.h>
#include <strings.h>

/* Repositories are those of open_clip 3.3.0's table of pretrained weights, TinyCLIP's that of its authors.  Bytes are four times the
 * parameters where the file's own size was not seen.  A sha256 stands here only where it was seen for that file of that repository. */
#define PLAIN    "CLIP"
#define SIGLIP   "SigLIP"
#define SIGLIP2  "SigLIP 2"
#define PE       "PE-Core"
#define METACLIP "MetaCLIP 2"
#define MAIN     "main"
#define OPENCLIP "open_clip_model.safetensors"

#define RESEARCH "the card calls any deployed use out of scope"
#define APPLE    "research only"
#define NONE     "none stated"
#define UNSEEN   "?" /* a licence: pull reads the card */
#define CARD     "see its card"

/* clang-format off: one row a checkpoint */
static const rw_hub_model models[] = {
    { "ViT-B-16-plus-240", "timm/vit_base_patch16_plus_clip_240.laion400m_e31", MAIN, OPENCLIP, NULL, 833510000, PLAIN,
      "MIT", RESEARCH, "the backbone of WinCLIP and of most published comparisons; 240 pixels", true },
    { "ViT-B-32.openai", "timm/vit_base_patch32_clip_224.openai", MAIN, OPENCLIP, NULL, 605110000, PLAIN, "Apache-2.0",
      RESEARCH, "fast: a quarter of the time of a B-16", true },
    { "ViT-B-16.openai", "timm/vit_base_patch16_clip_224.openai", MAIN, OPENCLIP, NULL, 598480000, PLAIN, "Apache-2.0",
      RESEARCH, "OpenAI's original, for comparison with papers", true },
    { "ViT-L-14.openai", "timm/vit_large_patch14_clip_224.openai", MAIN, OPENCLIP, NULL, 1710470000, PLAIN, "Apache-2.0",
      RESEARCH, "OpenAI's large one", true },
    { "ViT-L-14-336.openai", "timm/vit_large_patch14_clip_336.openai", MAIN, OPENCLIP, NULL, 1711780000, PLAIN, "Apache-2.0",
      RESEARCH, "the backbone of AnomalyCLIP and its followers; 336 pixels", true },
    { "clip-vit-large-patch14", "openai/clip-vit-large-patch14", MAIN, "model.safetensors",
      "a2bf730a0c7debf160f7a6b50b3aaf3703e7e88ac73de7a314903141db026dcb", 1710000000, PLAIN, "MIT (code)", RESEARCH,
      "the same in Hugging Face's layout, which other tools may have fetched", true },
    { "ViT-B-32.laion2b", "laion/CLIP-ViT-B-32-laion2B-s34B-b79K", MAIN, NULL, NULL, 605110000, PLAIN, "MIT", RESEARCH,
      "fast, open data", true },
    { "ViT-B-32-256.datacomp", "laion/CLIP-ViT-B-32-256x256-DataComp-s34B-b86K", MAIN, NULL, NULL, 605160000, PLAIN, "MIT",
      RESEARCH, "much quality for little time; 256 pixels", true },
    { "ViT-B-16.laion2b", "laion/CLIP-ViT-B-16-laion2B-s34B-b88K", MAIN, OPENCLIP,
      "3f25d29d3cc74e1d25d47e0593b4dd0864ced1e9b4d8e486a247ca4502f227f1", 598516980, PLAIN, "MIT", RESEARCH,
      "open data, middle size", true },
    { "ViT-B-16.datacomp", "laion/CLIP-ViT-B-16-DataComp.XL-s13B-b90K", MAIN, NULL, NULL, 598480000, PLAIN, "MIT", RESEARCH,
      "open data, better filtered", true },
    { "ViT-L-14.laion2b", "laion/CLIP-ViT-L-14-laion2B-s32B-b82K", MAIN, "open_clip_pytorch_model.safetensors", NULL,
      1710470000, PLAIN, "MIT", RESEARCH, "open data, large", true },
    { "ViT-L-14.datacomp", "laion/CLIP-ViT-L-14-DataComp.XL-s13B-b90K", MAIN, NULL, NULL, 1710470000, PLAIN, "MIT", RESEARCH,
      "open data, large, better filtered", true },
    { "ViT-H-14.laion2b", "laion/CLIP-ViT-H-14-laion2B-s32B-b79K", MAIN, NULL, NULL, 3944440000, PLAIN, "MIT", RESEARCH,
      "very large", true },
    { "ViT-L-14.dfn2b", "apple/DFN2B-CLIP-ViT-L-14", MAIN, NULL, NULL, 1710470000, PLAIN, "apple-amlr", APPLE,
      "large, filtered by a network", true },
    { "ViT-B-16.metaclip", "timm/vit_base_patch16_clip_224.metaclip_2pt5b", MAIN, NULL, NULL, 598480000, PLAIN,
      "CC-BY-NC-4.0", "no commercial use", "OpenAI's way of choosing data, rebuilt", true },
    { "TinyCLIP-ViT-8M-16", "wkcn/TinyCLIP-ViT-8M-16-Text-3M-YFCC15M", MAIN, "model.safetensors", NULL, 93780000, PLAIN,
      "MIT", NONE, "the smallest real one: for tests and small machines", true },
    { "ViT-B-16-SigLIP-256", "timm/ViT-B-16-SigLIP-256", MAIN, OPENCLIP, NULL, 812800000, SIGLIP, "Apache-2.0", NONE,
      "sigmoid loss, middle size", true },
    { "ViT-SO400M-14-SigLIP-384", "timm/ViT-SO400M-14-SigLIP-384", MAIN, OPENCLIP, NULL, 3511840000, SIGLIP, "Apache-2.0",
      NONE, "sigmoid loss, very large; 384 pixels", true },
    { "ViT-B-16-SigLIP2-256", "timm/ViT-B-16-SigLIP2-256", MAIN, OPENCLIP, NULL, 0, SIGLIP2, "Apache-2.0", NONE,
      "many languages, dense features", true },
    { "ViT-SO400M-16-SigLIP2-384", "timm/ViT-SO400M-16-SigLIP2-384", MAIN, OPENCLIP, NULL, 0, SIGLIP2, "Apache-2.0", NONE,
      "many languages, very large; 384 pixels", true },
    { "PE-Core-S-16-384", "timm/PE-Core-S-16-384", MAIN, OPENCLIP, NULL, 349000000, PE, "Apache-2.0", NONE,
      "small; 384 pixels", true },
    { "PE-Core-B-16", "timm/PE-Core-B-16", MAIN, OPENCLIP, NULL, 0, PE, "Apache-2.0", NONE, "middle size", true },
    { "PE-Core-L-14-336", "timm/PE-Core-L-14-336", MAIN, OPENCLIP, NULL, 0, PE, "Apache-2.0", NONE, "large; 336 pixels",
      true },
    { "ViT-H-14-worldwide", "timm/vit_huge_patch14_clip_224.metaclip2_worldwide", MAIN, OPENCLIP, NULL, 0, METACLIP, UNSEEN,
      CARD, "many languages, very large", true },
    { "ViT-H-14-worldwide-378", "timm/vit_huge_patch14_clip_378.metaclip2_worldwide", MAIN, OPENCLIP, NULL, 0, METACLIP,
      UNSEEN, CARD, "many languages, very large; 378 pixels", true },
    { "ViT-bigG-14-worldwide", "timm/vit_gigantic_patch14_clip_224.metaclip2_worldwide", MAIN, OPENCLIP, NULL, 0, METACLIP,
      UNSEEN, CARD, "many languages, the largest", true },
    { "ViT-bigG-14-worldwide-378", "timm/vit_gigantic_patch14_clip_378.metaclip2_worldwide", MAIN, OPENCLIP, NULL, 0,
      METACLIP, UNSEEN, CARD, "many languages, the largest; 378 pixels", true },
};
/* clang-format on */

const rw_hub_model *rw_hub_catalog(size_t *n)
{
    *n = RW_COUNTOF(models);
    return models;
}

const rw_hub_model *rw_hub_catalog_find(const char *name)
{
    for (size_t i = 0; i < RW_COUNTOF(models); i++)
        if (strcasecmp(models[i].name, name) == 0 || strcmp(models[i].repository, name) == 0)
            return &models[i];
    return NULL;
}

const char *rw_hub_catalog_licence(const rw_hub_model *model)
{
    return strcmp(model->licence, UNSEEN) != 0 ? model->licence : NULL;
}
