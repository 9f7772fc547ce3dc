/* verb_data.c - what does a data set hold, as rwda sees it? */
#include "cli/cli.h"

#include "eval/dataset.h"
#include "common/json_text.h"

#include <jansson.h>
#include <string.h>

static const char *layout = "auto";
static bool        json;

static const cli_option options[] = {
    { "layout", "NAME", "auto, mvtec, btad, visa, sewerml, realiad, tiles, folder or list (auto)", &layout, NULL, 0 },
    { "json", NULL, "as one JSON object", NULL, &json, 0 },
};

static const cli_verb verb = {
    "data",
    "ls: which layout this is, how many pictures of which category and kind it holds, and what is broken about it.",
    "ls [OPTIONS] DIR|LIST",
    "  rwda data ls mvtec_anomaly_detection/\n"
    "  rwda data ls --layout visa VisA/ --json\n",
    options,
    sizeof options / sizeof options[0],
};

static json_t *count(const dataset *data)
{
    json_t *categories = json_object();

    for (size_t i = 0; i < data->count; i++) {
        const dataset_item *item     = &data->items[i];
        json_t             *category = json_object_get(categories, item->category), *kinds;

        if (category == NULL) {
            category = json_pack("{s:i, s:i, s:i, s:{}}", "normal", 0, "anomalous", 0, "masks", 0, "kinds");
            json_object_set_new(categories, item->category, category);
        }
        json_integer_set(json_object_get(category, item->anomalous ? "anomalous" : "normal"),
                         json_integer_value(json_object_get(category, item->anomalous ? "anomalous" : "normal")) + 1);
        json_integer_set(json_object_get(category, "masks"),
                         json_integer_value(json_object_get(category, "masks")) + (item->mask != NULL));
        kinds = json_object_get(category, "kinds");
        json_object_set_new(kinds, item->kind, json_integer(json_integer_value(json_object_get(kinds, item->kind)) + 1));
    }
    return categories;
}

static void print_table(const dataset *data, const json_t *categories)
{
    const char *name, *kind;
    json_t     *category, *n;
    json_int_t  normal = 0, anomalous = 0;

    printf("layout %s\n%-24s %8s %10s %6s  kinds\n", data->layout, "category", "normal", "anomalous", "masks");
    json_object_foreach((json_t *)(uintptr_t)categories, name, category)
    {
        normal += json_integer_value(json_object_get(category, "normal"));
        anomalous += json_integer_value(json_object_get(category, "anomalous"));
        printf("%-24s %8lld %10lld %6lld ", name, (long long)json_integer_value(json_object_get(category, "normal")),
               (long long)json_integer_value(json_object_get(category, "anomalous")),
               (long long)json_integer_value(json_object_get(category, "masks")));
        json_object_foreach(json_object_get(category, "kinds"), kind, n)
        {
            if (strcmp(kind, "good") != 0)
                printf(" %s %lld", kind, (long long)json_integer_value(n));
        }
        putchar('\n');
    }
    printf("%-24s %8lld %10lld\n", "all", (long long)normal, (long long)anomalous);
}

int verb_data(int argc, char **argv)
{
    dataset data;
    json_t *categories;
    int     first, code = cli_parse(&verb, argc, argv, &first);

    if (code >= 0)
        return code;
    if (first + 2 != argc || strcmp(argv[first], "ls") != 0) {
        cli_error("data needs 'ls' and one directory or list; 'rwda data --help' shows examples");
        return EXIT_USAGE;
    }
    if (!cli_is_one_of("layout", layout, dataset_layouts))
        return EXIT_USAGE;
    code = dataset_read(&data, argv[first + 1], layout);
    if (code != 0)
        return code;
    categories = count(&data);
    if (json) {
        json_t *problems = json_array(), *root;

        for (size_t i = 0; i < data.n_problems; i++)
            json_array_append_new(problems, json_text(data.problems[i]));
        root = json_pack("{s:s, s:s, s:o, s:o}", "schema", "rwda.data/1", "layout", data.layout, "categories", categories,
                         "problems", problems);
        json_dumpf(root, stdout, JSON_COMPACT);
        putchar('\n');
        json_decref(root);
    } else {
        print_table(&data, categories);
        json_decref(categories);
        for (size_t i = 0; i < data.n_problems; i++)
            cli_error("%s", data.problems[i]);
    }
    code = data.n_problems > 0 ? EXIT_SOME_FAILED : EXIT_DONE;
    dataset_free(&data);
    return code;
}
