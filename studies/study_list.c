#include "studies/study_list.h"

#include "base/status.h"

const study_entry studies_list[] = {
    { "pairs", study_pairs },
    { "states", study_states },
    { "words-count", study_words_count },
    { "words-length", study_words_length },
    { "words-kind", study_words_kind },
    { "words-position", study_words_position },
    { "crops", study_crops },
    { "fusion", study_fusion },
    { "models", study_models },
    { "robustness", study_robustness },
    { "kinds", study_defect_types },
    { "cost", study_cost },
    { "shots", study_shots },
    { "contaminated", study_contaminated },
    { "batch", study_batch },
    { "memory-view", study_memory_view },
};
const size_t studies_count = RW_COUNTOF(studies_list);
