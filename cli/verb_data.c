/* verb_data.c - rwda data: what a data set holds. */
#include "cli/layout_option.h"

#include "common/text.h"

#include <jansson.h>
#include <string.h>

static const char *layout = "auto";
static bool        json;

static const cli_option options[] = {
    LAYOUT_OPTION(layout),
    { "json", NULL, "as one JSON object", NULL, &json, 0 },
};

static const cli_verb verb = {
    "data",
    "ls: which layout this is, how many images of which category and defect type it holds, and what is broken about it.",
    "ls [OPTIONS] DIR|LIST",
    "  rwda data ls mvtec_anomaly_detection/\n"
    "  rwda data ls --layout visa VisA/ --json\n",
    options,
    sizeof options / sizeof options[0],
    "ls",
};

static void add_one(json_t *counts, const char *key)
{
    json_object_set_new(counts, key, json_integer(json_integer_value(json_object_get(counts, key)) + 1));
}

/* {category: {normal, anomalous, masks, kinds: {defect type: images}}} */
static json_t *count(const rwda_dataset *data)
{
    json_t *categories = json_object();

    for (size_t i = 0; i < data->count; i++) {
        const rwda_dataset_item *item     = &data->items[i];
        json_t                  *category = json_object_get(categories, item->category);

        if (category == NULL) {
            category = json_pack("{s:i, s:i, s:i, s:{}}", "normal", 0, "anomalous", 0, "masks", 0, "kinds");
            json_object_set_new(categories, item->category, category);
        }
        add_one(category, item->anomalous ? "anomalous" : "normal");
        if (item->mask != NULL)
            add_one(category, "masks");
        add_one(json_object_get(category, "kinds"), item->defect_type);
    }
    return categories;
}

static long long number_of(const json_t *counts, const char *key)
{
    return (long long)json_integer_value(json_object_get(counts, key));
}

static void print_table(const rwda_dataset *data, json_t *categories)
{
    const char *name, *defect_type;
    json_t     *category, *n;
    long long   normal = 0, anomalous = 0;

    printf("layout %s\n%-24s %8s %10s %6s  defect types\n", data->layout, "category", "normal", "anomalous", "masks");
    json_object_foreach(categories, name, category)
    {
        normal += number_of(category, "normal");
        anomalous += number_of(category, "anomalous");
        printf("%-24s %8lld %10lld %6lld ", name, number_of(category, "normal"), number_of(category, "anomalous"),
               number_of(category, "masks"));
        json_object_foreach(json_object_get(category, "kinds"), defect_type, n)
        {
            if (strcmp(defect_type, "good") != 0)
                printf(" %s %lld", defect_type, (long long)json_integer_value(n));
        }
        putchar('\n');
    }
    printf("%-24s %8lld %10lld\n", "all", normal, anomalous);
    if (data->skipped > 0)
        printf("left out: %zu files and folders of the system (._*, .DS_Store, Thumbs.db, ...) or met before\n",
               data->skipped);
    for (size_t i = 0; i < data->n_problems; i++)
        cli_error("%s", data->problems[i]);
}

static void print_json(const rwda_dataset *data, json_t *categories)
{
    json_t *problems = json_array(), *root;

    for (size_t i = 0; i < data->n_problems; i++)
        json_array_append_new(problems, rw_json_text(data->problems[i]));
    root = json_pack("{s:s, s:s, s:O, s:I, s:o}", "schema", "rwda.data/1", "layout", data->layout, "categories", categories,
                     "skipped", (json_int_t)data->skipped, "problems", problems);
    (void)cli_put_json(root, JSON_COMPACT);
}

int verb_data(int argc, char **argv)
{
    rwda_dataset *data = NULL;
    json_t       *categories;
    int           first, code;

    layout_option_prepare();
    code = cli_parse(&verb, argc, argv, &first);
    if (code >= 0)
        return code;
    if (first + 2 != argc || strcmp(argv[first], "ls") != 0) {
        cli_error("data needs 'ls' and one directory or list; 'rwda data --help' shows examples");
        return EXIT_USAGE;
    }
    if (!layout_option_check(layout))
        return EXIT_USAGE;
    code = layout_option_open(&data, argv[first + 1], layout);
    if (code != 0)
        return code;
    categories = count(data);
    (json ? print_json : print_table)(data, categories);
    json_decref(categories);
    code = data->n_problems > 0 ? EXIT_SOME_FAILED : EXIT_DONE;
    rwda_dataset_free(data);
    return code;
}
