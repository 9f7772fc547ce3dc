#include "clip/family.h"

#include <string.h>

static const rw_family *const families[] = {
    &rw_family_clip,
    &rw_family_metaclip,
    &rw_family_perception_encoder,
    &rw_family_siglip,
};

const rw_trunk *rw_trunk_find(const rw_family **family, const char *timm_model_name)
{
    for (size_t f = 0; f < RW_COUNTOF(families); f++)
        for (size_t i = 0; i < families[f]->n_trunks; i++)
            if (strcmp(families[f]->trunks[i].name, timm_model_name) == 0) {
                *family = families[f];
                return &families[f]->trunks[i];
            }
    return NULL;
}

const rw_model_type *rw_model_type_find(const rw_family **family, const char *model_type)
{
    for (size_t f = 0; f < RW_COUNTOF(families); f++)
        for (size_t i = 0; i < families[f]->n_types; i++)
            if (strcmp(families[f]->types[i].name, model_type) == 0) {
                *family = families[f];
                return &families[f]->types[i];
            }
    return NULL;
}

/* By the beginning of the name; the last row is for all others. */
const char *rw_refusal_of(const char *timm_model_name_or_model_type)
{
    static const struct {
        const char *begins, *says;
    } refusals[] = {
        { "siglip2", "(SigLIP 2 NaFlex) is not supported; use a SigLIP 2 of fixed size such as ViT-B-16-SigLIP2-256" },
        { "naflexvit", "(NaFlex) is not supported; use a SigLIP 2 of fixed size such as ViT-B-16-SigLIP2-256" },
        { "convnext", "(ConvNeXt) is not supported; use a ViT such as ViT-L-14 or PE-Core-L-14-336" },
        { "vitamin", "(ViTamin) is not supported; use a ViT such as ViT-L-14 or PE-Core-L-14-336" },
        { "fastvit", "(MobileCLIP's FastViT) is not supported; use a small ViT such as PE-Core-S-16-384" },
        { "vit_base_mci",
          "(MobileCLIP's ViT with convolutions) is not supported; use a small ViT such as PE-Core-S-16-384" },
        { "eva", "(EVA) is not supported; use a ViT such as PE-Core-B-16 or ViT-SO400M-14-SigLIP-384" },
        { "swin", "(Swin) is not supported; use a ViT such as ViT-B-16" },
        { "coca", "(CoCa) is not supported; use a CLIP such as ViT-L-14" },
        { "", "is not supported; use CLIP, SigLIP, SigLIP 2, PE-Core or MetaCLIP 2" },
    };
    size_t i = 0;

    while (strncmp(timm_model_name_or_model_type, refusals[i].begins, strlen(refusals[i].begins)) != 0)
        i++;
    return refusals[i].says;
}
