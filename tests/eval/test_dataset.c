/* test_dataset.c - which images, labels and masks does each layout find, and what does it say about a broken one? */
#include "tests/eval/tree.h"

/* Opens the scratch folder, or `name` in it. */
static rwda_dataset *opened(const char *name, const char *layout)
{
    rwda_dataset *data = NULL;
    rwda_error    err  = { 0 };

    assert_ok(rwda_dataset_open(&data, name[0] != '\0' ? in_scratch(name) : scratch, layout, NULL, &err), err);
    return data;
}

/* One line an item: "category defect_type path mask", paths without the folder; "!" before an anomalous one. */
static void assert_items(const rwda_dataset *data, const char *wanted)
{
    char   text[4096] = "";
    size_t used = 0, root = strlen(scratch) + 1;

    for (size_t i = 0; i < data->count; i++) {
        const rwda_dataset_item *item = &data->items[i];

        assert_memory_equal(item->path, scratch, root - 1);
        used +=
            (size_t)snprintf(text + used, sizeof text - used, "%s%s %s %s %s\n", item->anomalous ? "!" : "", item->category,
                             item->defect_type, item->path + root, item->mask != NULL ? item->mask + root : "-");
    }
    assert_string_equal(text, wanted);
}

/* One line a normal training image: "category path". */
static void assert_normals(const rwda_dataset *data, const char *wanted)
{
    char   text[4096] = "";
    size_t used = 0, root = strlen(scratch) + 1;

    for (size_t i = 0; i < data->n_normals; i++) {
        const rwda_dataset_item *item = &data->normals[i];

        assert_int_equal(item->anomalous, 0);
        assert_string_equal(item->defect_type, "good");
        assert_null(item->mask);
        used += (size_t)snprintf(text + used, sizeof text - used, "%s %s\n", item->category, item->path + root);
    }
    assert_string_equal(text, wanted);
}

static void assert_problem(const rwda_dataset *data, const char *says)
{
    for (size_t i = 0; i < data->n_problems; i++)
        if (strstr(data->problems[i], says) != NULL)
            return;
    fail_msg("no problem says \"%s\"; there are %zu", says, data->n_problems);
}

/* ---- The layouts ----------------------------------------------------------------------------------------------------- */

static void mvtec(void **state)
{
    rwda_dataset *data;

    (void)state;
    TREE("nut/test/good/001.png", "nut/test/bent/000.png", "nut/test/bent/notes.txt", "nut/ground_truth/bent/000_mask.png",
         "nut/train/good/9.png", "nut/train/good/10.png", "nut/train/good/notes.txt", "nut/train/bent/1.png",
         "bolt/train/ok/c.jpg", "bolt/test/OK/a.jpg", "bolt/test/ko/b.jpg", "bolt/ground_truth/ko/b.bmp",
         "pipe/test_public/good/1.png", "pipe/test_public/bad/2.png", "pipe/test_public/ground_truth/bad/2_mask.png");
    data = opened("", NULL);
    assert_string_equal(data->layout, "mvtec");
    assert_string_equal(data->path, scratch);
    assert_items(data, "bolt good bolt/test/OK/a.jpg -\n"
                       "!bolt ko bolt/test/ko/b.jpg bolt/ground_truth/ko/b.bmp\n"
                       "nut good nut/test/good/001.png -\n"
                       "!nut bent nut/test/bent/000.png nut/ground_truth/bent/000_mask.png\n"
                       "pipe good pipe/test_public/good/1.png -\n"
                       "!pipe bad pipe/test_public/bad/2.png pipe/test_public/ground_truth/bad/2_mask.png\n");
    assert_normals(data, "bolt bolt/train/ok/c.jpg\nnut nut/train/good/10.png\nnut nut/train/good/9.png\n");
    assert_int_equal(data->n_problems, 0);
    rwda_dataset_free(data);
    data = opened("", "btad"); /* another name of the same */
    assert_string_equal(data->layout, "mvtec");
    rwda_dataset_free(data);
    data = opened("nut", "auto"); /* one category alone has its folder's name */
    assert_int_equal(data->count, 2);
    assert_string_equal(data->items[0].category, "nut");
    assert_normals(data, "nut nut/train/good/10.png\nnut nut/train/good/9.png\n");
    rwda_dataset_free(data);
}

static void broken_mvtec(void **state)
{
    rwda_dataset *data;

    (void)state;
    TREE("a/test/good/1.png", "a/test/hole/1.png", "a/test/cut/1.png", "a/ground_truth/hole/2.png", "b/train/good/1.png");
    data = opened("", "mvtec");
    assert_int_equal(data->count, 3);
    assert_int_equal(data->n_problems, 3);
    assert_problem(data, "a/test/hole/1.png: no mask for it in");
    assert_problem(data, "a/ground_truth/cut: there are masks, but none of this defect type");
    assert_problem(data, "b: neither test nor test_public in this category; left out");
    for (size_t i = 0; i < data->count; i++)
        assert_null(data->items[i].mask);
    rwda_dataset_free(data);
}

static void visa(void **state)
{
    rwda_dataset *data;

    (void)state;
    TREE("pcb/Data/Images/Normal/1.JPG", "pcb/Data/Images/Anomaly/2.JPG", "pcb/Data/Masks/Anomaly/2.png",
         "fryum/Data/Images/Anomaly/3.JPG", "fryum/Data/Masks/Anomaly/3.png", "pcb/Data/Images/Normal/train.JPG");
    tree_text("split_csv/1cls.csv", "object,split,label,image,mask\r\n"
                                    "pcb,test,normal,pcb/Data/Images/Normal/1.JPG,\r\n"
                                    "pcb,train,normal,pcb/Data/Images/Normal/train.JPG,\r\n"
                                    "pcb,train,normal,pcb/Data/Images/Normal/train.JPG,\r\n"
                                    "pcb,train,normal,pcb/Data/Images/Normal/1.JPG,\r\n"
                                    "pcb,train,normal,pcb/Data/Images/Normal/not-copied.JPG,\r\n"
                                    "pcb,train,anomaly,pcb/Data/Images/Anomaly/2.JPG,\r\n"
                                    "pcb,test,anomaly,pcb/Data/Images/Anomaly/2.JPG,pcb/Data/Masks/Anomaly/2.png\r\n"
                                    "fryum,test,anomaly,fryum/Data/Images/Anomaly/3.JPG,fryum/Data/Masks/Anomaly/3.png\r\n"
                                    "fryum,test,odd,fryum/Data/Images/Anomaly/3.JPG,\r\n"
                                    "fryum,test,normal,fryum/Data/Images/Normal/4.JPG,\r\n");
    tree_text("pcb/image_anno.csv", "image,label,mask\npcb/Data/Images/Anomaly/2.JPG,\"bent,melt\",\n");
    tree_text("fryum/image_anno.csv", "only,these\n"); /* broken: a problem, and the type is not known */
    data = opened("", "auto");
    assert_string_equal(data->layout, "visa");
    assert_items(data, "!fryum anomaly fryum/Data/Images/Anomaly/3.JPG fryum/Data/Masks/Anomaly/3.png\n"
                       "pcb good pcb/Data/Images/Normal/1.JPG -\n"
                       "!pcb bent+melt pcb/Data/Images/Anomaly/2.JPG pcb/Data/Masks/Anomaly/2.png\n");
    assert_normals(data, "pcb pcb/Data/Images/Normal/train.JPG\n"); /* once; not what is tested, not what is not there */
    assert_int_equal(data->n_problems, 3);
    assert_problem(data, "row 10: label \"odd\" is neither normal nor anomaly; left out");
    assert_problem(data, "fryum/Data/Images/Normal/4.JPG: listed, but there is no such file");
    assert_problem(data, "fryum/image_anno.csv: expected the columns image, label");
    rwda_dataset_free(data);
}

static void sewerml(void **state)
{
    rwda_dataset *data;
    rwda_error    err;

    (void)state;
    TREE("1.png", "Val/2.jpg", "images/3.png", "4.png");
    tree_text("SewerML_Val.csv", "Filename,WaterLevel,RB,OB,ND,Defect\n1.png,0,0,0,1,0\n2.png,0,1,1,0,1\n3.png,0,0,0,0,1\n"
                                 "4.png,0,0,0,0,2\n5.png,0,0,0,0,0\n");
    data = opened("", "auto");
    assert_string_equal(data->layout, "sewerml");
    assert_items(data, "sewer good 1.png -\n!sewer RB+OB Val/2.jpg -\n!sewer defect images/3.png -\n");
    assert_int_equal(data->n_problems, 3);
    assert_problem(data, "row 4: Defect is 1, its classes are \"\"");
    assert_problem(data, "row 5: Defect is \"2\", neither 0 nor 1; left out");
    assert_problem(data, "row 6: no file 5.png");
    rwda_dataset_free(data);
    tree_text("SewerML_Val.csv", "Filename\n1.png\n");
    assert_refused("labels withheld", rwda_dataset_open(&data, scratch, NULL, NULL, &err), RWDA_EFORMAT, &err,
                   "found Filename; labels are needed");
    assert_null(data);
}

static void realiad(void **state)
{
    rwda_dataset *data;

    (void)state;
    TREE("realiad_256/toy/OK/1.jpg", "realiad_1024/toy/OK/1.jpg", "realiad_1024/toy/NG/2.jpg", "realiad_1024/toy/NG/2.png",
         "realiad_1024/toy/OK/5.jpg");
    tree_text(
        "realiad_jsons/toy.json",
        "{\"meta\": {}, \"test\": ["
        "{\"category\": \"toy\", \"image_path\": \"OK/1.jpg\", \"mask_path\": null, \"anomaly_class\": \"OK\"},"
        "{\"category\": \"toy\", \"image_path\": \"NG/2.jpg\", \"mask_path\": \"NG/2.png\", \"anomaly_class\": \"AK\"},"
        "{\"category\": \"toy\", \"image_path\": 5}], \"train\": [{\"image_path\": \"OK/5.jpg\", \"anomaly_class\": \"OK\"},"
        "{\"image_path\": \"NG/2.jpg\", \"anomaly_class\": \"AK\"}, {\"image_path\": \"OK/6.jpg\", \"anomaly_class\": "
        "\"OK\"}, 7]}");
    tree_text("realiad_jsons/bad.json", "{\"test\": 1}");
    tree_text("realiad_jsons/notes.txt", "");
    data = opened("", "auto");
    assert_string_equal(data->layout, "realiad");
    assert_items(data,
                 "toy good realiad_1024/toy/OK/1.jpg -\n!toy AK realiad_1024/toy/NG/2.jpg realiad_1024/toy/NG/2.png\n");
    assert_normals(data, "toy realiad_1024/toy/OK/5.jpg\n");
    assert_int_equal(data->n_problems, 2);
    assert_problem(data, "entry 2 of \"test\" lacks image_path or anomaly_class; left out");
    assert_problem(data, "bad.json: no list \"test\"");
    rwda_dataset_free(data);
}

static void magnetic_tiles(void **state)
{
    rwda_dataset *data;

    (void)state;
    TREE("MT_Free/Imgs/1.jpg", "MT_Free/Imgs/1.png", "MT_Crack/Imgs/2.jpg", "MT_Crack/Imgs/2.png", "MT_Break/Imgs/3.jpg");
    data = opened("", "auto");
    assert_string_equal(data->layout, "tiles");
    assert_items(data, "magnetic tile good MT_Free/Imgs/1.jpg -\n"
                       "!magnetic tile Break MT_Break/Imgs/3.jpg -\n"
                       "!magnetic tile Crack MT_Crack/Imgs/2.jpg MT_Crack/Imgs/2.png\n");
    assert_int_equal(data->n_problems, 1);
    assert_problem(data, "MT_Break/Imgs/3.jpg: mask");
    rwda_dataset_free(data);
}

static void folder(void **state)
{
    rwda_dataset *data;

    (void)state;
    TREE("parts/Normal/1.png", "parts/scratch/2.png", "parts/scratch/3.png", "parts/masks/scratch/2.png",
         "parts/masks/scratch/3_mask.png", "parts/empty/readme.txt");
    data = opened("parts/", "auto");
    assert_string_equal(data->layout, "folder");
    assert_int_equal(data->count, 3);
    assert_string_equal(data->items[0].category, "parts"); /* whatever the path ends in */
    assert_string_equal(data->items[0].defect_type, "good");
    assert_true(rw_path_ends_in(data->items[1].mask, "masks/scratch/2.png"));
    assert_true(rw_path_ends_in(data->items[2].mask, "masks/scratch/3_mask.png"));
    assert_int_equal(data->n_problems, 1);
    assert_problem(data, "empty: no image in this folder");
    rwda_dataset_free(data);
}

static void list_as_csv(void **state)
{
    rwda_dataset *data;

    (void)state;
    TREE("x/1.png", "x/2.png", "x/2m.png", "x/3.png");
    tree_text("x/list.csv",
              "Path,LABEL,category,kind,mask\n1.png,good,left,,2m.png\n2.png,1,right,dent,2m.png\n3.png,NG,,,\n"
              "4.png,0,,,\n1.png,maybe,,,\n");
    data = opened("x/list.csv", "auto");
    assert_string_equal(data->layout, "list");
    assert_items(data, "!all anomaly x/3.png -\nleft good x/1.png -\n!right dent x/2.png x/2m.png\n");
    assert_int_equal(data->n_problems, 2);
    assert_problem(data, "row 6: path \"1.png\", label \"maybe\": left out");
    rwda_dataset_free(data);
}

static void list_as_jsonl(void **state)
{
    rwda_dataset *data;

    (void)state;
    TREE("1.png", "2.png", "3.png");
    tree_text("list.jsonl", "{\"path\": \"1.png\", \"label\": 0}\n\n"
                            "{\"path\": \"2.png\", \"label\": true, \"kind\": \"dent\", \"category\": \"c\"}\n"
                            "{\"path\": \"3.png\", \"label\": \"defect\"}\n"
                            "{\"path\": \"3.png\", \"label\": 2}\n[1]\n{\"path\"\n");
    data = opened("list.jsonl", "list");
    assert_items(data, "all good 1.png -\n!all anomaly 3.png -\n!c dent 2.png -\n");
    assert_int_equal(data->n_problems, 3);
    assert_problem(data, "row 5: path \"3.png\", label \"2\": left out");
    assert_problem(data, "line 6 is not a JSON object (another value); left out");
    assert_problem(data, "line 7 is not a JSON object");
    rwda_dataset_free(data);
}

/* ---- What all layouts share ---------------------------------------------------------------------------------------------- */

static void layouts_are_countable(void **state)
{
    size_t n = rwda_dataset_layout_count();

    (void)state;
    assert_true(n >= 8);
    assert_null(rwda_dataset_layout_at(n));
    for (size_t i = 0; i < n; i++) {
        const rwda_dataset_layout *one = rwda_dataset_layout_at(i);

        assert_true(strlen(one->name) > 0 && strlen(one->expects) > 0);
        assert_int_equal(one->alias_of != NULL, strcmp(one->name, "btad") == 0);
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(one->name, rwda_dataset_layout_at(k)->name);
    }
}

static void a_layout_that_does_not_fit_says_what_would(void **state)
{
    rwda_dataset *data = POISON;
    rwda_error    err;

    (void)state;
    TREE("deep/er/nut/test/good/1.png", "deep/other/x.txt");
    assert_refused("any", rwda_dataset_open(&data, in_scratch("deep"), NULL, NULL, &err), RWDA_EMISMATCH, &err,
                   "/deep: no layout fits; found: er other; ");
    assert_says(err.message, "/deep/er would fit the layout mvtec");
    assert_null(data);
    assert_refused("one", rwda_dataset_open(&data, in_scratch("deep"), "visa", NULL, &err), RWDA_EMISMATCH, &err,
                   "/deep: no visa layout; expected split_csv/1cls.csv with the columns object, split, label, image, mask; "
                   "found: er other");
    assert_says(err.message, "would fit the layout mvtec");
    (void)make_folder("empty");
    assert_refused("empty", rwda_dataset_open(&data, in_scratch("empty"), NULL, NULL, &err), RWDA_EMISMATCH, &err,
                   "found an empty directory");
    assert_refused("missing", rwda_dataset_open(&data, in_scratch("missing"), NULL, NULL, &err), RWDA_EMISMATCH, &err,
                   "found nothing that can be read as a directory");
    assert_refused("no such layout", rwda_dataset_open(&data, scratch, "zip", NULL, &err), RWDA_ENOTFOUND, &err, "\"zip\"");
}

/* Names as long as names get: the message ends in time, and still has its suggestion. */
static void a_message_has_room_for_long_names(void **state)
{
    rwda_dataset *data;
    rwda_error    err;
    char          name[300];

    (void)state;
    for (int i = 0; i < 12; i++) {
        (void)snprintf(name, sizeof name, "top/%c%0200d/nut/test/good/1.png", 'a' + i, 0);
        tree_text(name, "x");
    }
    assert_refused("long", rwda_dataset_open(&data, in_scratch("top"), "realiad", NULL, &err), RWDA_EMISMATCH, &err,
                   " ...; ");
    assert_says(err.message, "would fit the layout mvtec");
    assert_true(strlen(err.message) < sizeof err.message - 1);
}

static void no_image_left(void **state)
{
    rwda_dataset *data;
    rwda_error    err;
    heard         h      = { 0 };
    rwda_events   events = hear(&h);

    (void)state;
    tree_text("list.csv", "path,label\n1,0\n2,0\n3,0\n4,0\n5,0\n6,0\n7,0\n8,0\n9,0\n");
    assert_refused("empty", rwda_dataset_open(&data, in_scratch("list.csv"), NULL, &events, &err), RWDA_ENOTFOUND, &err,
                   "list layout, but no test image in it (problems: 9)");
    assert_int_equal(h.warnings, 8);
    assert_says(h.warning, "/8: listed, but there is no such file");
}

static void an_image_counts_once(void **state)
{
    rwda_dataset *data;

    (void)state;
    TREE("1.png", "2.png", "3.png");
    tree_text("list.csv", "path,label\n1.png,0\n1.png,0\n1.png,0\n2.png,0\n2.png,1\n3.png,1\n");
    data = opened("list.csv", "auto");
    assert_items(data, "all good 1.png -\n!all anomaly 3.png -\n");
    assert_problem(data, "1.png: listed 3 times; counted once");
    assert_problem(data, "2.png: listed 2 times; as normal and as anomalous: left out");
    rwda_dataset_free(data);
}

/* STEM.*, STEM_mask.*, else the only name with the stem in it: not inside a longer number or word, and not one of two. */
static void masks_belong_to_stems(void **state)
{
    rwda_dataset *data;

    (void)state;
    TREE("good/0.png", "bad/1.png", "bad/2.png", "bad/3.png", "bad/4.png", "bad/5.png", "ground_truth/bad/1.tif",
         "ground_truth/bad/1_mask.png", "ground_truth/bad/2_mask.png", "ground_truth/bad/x_2_y.png",
         "ground_truth/bad/of-3.png", "ground_truth/bad/34.png", "ground_truth/bad/4a.png", "ground_truth/bad/5-a.png",
         "ground_truth/bad/5-b.png");
    data = opened("", "folder");
    assert_int_equal(data->count, 6);
    assert_true(rw_path_ends_in(data->items[1].mask, "/1.tif"));
    assert_true(rw_path_ends_in(data->items[2].mask, "/2_mask.png"));
    assert_true(rw_path_ends_in(data->items[3].mask, "/of-3.png"));
    assert_null(data->items[4].mask);
    assert_null(data->items[5].mask);
    assert_int_equal(data->n_problems, 2);
    rwda_dataset_free(data);
}

static void names_are_clean(void **state)
{
    rwda_dataset *data;

    (void)state;
    TREE("1.png", "2.png");
    tree_text("list.csv", "path,label,category,kind\n1.png,0,a\xff\x01\xc3\xa4,\n2.png,1,na\xc3\xafve,b\x7f\n");
    data = opened("list.csv", "auto");
    assert_string_equal(data->items[0].category, "a\\xff\\x01\xc3\xa4");
    assert_string_equal(data->items[1].category, "na\xc3\xafve");
    assert_string_equal(data->items[1].defect_type, "b\\x7f");
    rwda_dataset_free(data);
}

/* ---- Limit and description ------------------------------------------------------------------------------------------------ */

static void a_limit_is_evenly_spaced(void **state)
{
    rwda_dataset *data;
    char          text[4096] = "path,label,category,kind\n", name[16];
    size_t        used       = strlen(text);

    (void)state;
    for (int i = 0; i < 40; i++) { /* 10 normal ones of a; 10 of type p and 20 of type q */
        (void)snprintf(name, sizeof name, "%02d.png", i);
        tree_text(name, "x");
        used += (size_t)snprintf(text + used, sizeof text - used, "%s,%d,a,%s\n", name, i >= 10,
                                 i < 10   ? ""
                                 : i < 20 ? "p"
                                          : "q");
    }
    tree_text("list.csv", text);
    data = opened("list.csv", "auto");
    rwda_dataset_limit(data, 50);
    assert_int_equal(data->count, 40);
    rwda_dataset_limit(data, 6);
    assert_items(data,
                 "a good 00.png -\na good 01.png -\na good 03.png -\na good 05.png -\na good 06.png -\na good 08.png -\n"
                 "!a p 10.png -\n!a p 15.png -\n!a q 20.png -\n!a q 25.png -\n!a q 30.png -\n!a q 35.png -\n");
    rwda_dataset_limit(data, 1);
    assert_items(data, "a good 00.png -\n!a p 10.png -\n");
    rwda_dataset_free(data);
}

static int is_wanted(void *wanted, const char *category)
{
    return strstr(wanted, category) != NULL;
}

static void some_categories_are_kept(void **state)
{
    rwda_dataset *data;
    char          some[] = "a c", one[] = "a", none[] = "";

    (void)state;
    TREE("1.png", "2.png", "3.png", "4.png", "5.png");
    tree_text("list.csv", "path,label,category,kind\n1.png,0,a,\n2.png,1,a,p\n3.png,0,b,\n4.png,1,b,q\n5.png,0,c,\n");
    data = opened("list.csv", "auto");
    rwda_dataset_keep(data, is_wanted, some);
    assert_items(data, "a good 1.png -\n!a p 2.png -\nc good 5.png -\n");
    rwda_dataset_keep(data, is_wanted, one);
    assert_items(data, "a good 1.png -\n!a p 2.png -\n");
    rwda_dataset_keep(data, is_wanted, none);
    assert_int_equal(data->count, 0);
    rwda_dataset_free(data);
}

static void a_description_has_the_first_problems(void **state)
{
    rwda_dataset *data;
    char          text[4096] = "path,label,category\n1.png,0,a\n2.png,1,b\n";
    size_t        used       = strlen(text);
    heard         h          = { 0 };
    rwda_events   events     = hear(&h);

    (void)state;
    TREE("1.png", "2.png");
    for (int i = 0; i < 25; i++)
        used += (size_t)snprintf(text + used, sizeof text - used, "missing%d.png,0,a\n", i);
    tree_text("list.csv", text);
    data = opened("list.csv", "auto");
    rwda_dataset_describe(data, &events);
    assert_int_equal(h.notes, 1);
    assert_says(h.note, ": layout list, 1 normal and 1 anomalous images in 2 categories, 25 problems");
    assert_int_equal(h.warnings, 21);
    assert_string_equal(h.warning, "... and 5 more; 'rwda data ls' lists them all");
    rwda_dataset_describe(data, NULL);
    rwda_dataset_free(data);
    rwda_dataset_free(NULL);
}

#define ONE(test) cmocka_unit_test_setup_teardown(test, scratch_new, scratch_free)

/* ---- What people's copies look like ------------------------------------------------------------------------------------------- */

/* Folders as MVTec 3D, LOCO and AD 2 have them, and folders by days. */
static void nested_folders_are_read(void **state)
{
    rwda_dataset *data;

    (void)state;
    TREE("bagel/train/good/rgb/000.png", "bagel/train/good/xyz/000.tiff", "bagel/test/good/rgb/000.png",
         "bagel/test/good/gt/000.png", "bagel/test/good/xyz/000.tiff", "bagel/test/hole/rgb/000.png",
         "bagel/test/hole/gt/000.png", "bagel/test/hole/xyz/000.tiff", "box/test/good/0.png",
         "box/test/logical_anomalies/000.png", "box/test/logical_anomalies/001.png",
         "box/ground_truth/logical_anomalies/000/000.png", "box/ground_truth/logical_anomalies/000/001.png",
         "box/ground_truth/logical_anomalies/001/000.png", "can/test_public/good/0.png", "can/test_public/bad/1.png",
         "can/test_public/ground_truth/bad/1_mask.png", "can/test_private/2.png", "can/validation/good/3.png",
         "can/train/good/4.png");
    data = opened("", "auto");
    assert_string_equal(data->layout, "mvtec");
    assert_items(data, "bagel good bagel/test/good/rgb/000.png -\n"
                       "!bagel hole bagel/test/hole/rgb/000.png bagel/test/hole/gt/000.png\n"
                       "box good box/test/good/0.png -\n"
                       "!box logical_anomalies box/test/logical_anomalies/000.png box/ground_truth/logical_anomalies/000\n"
                       "!box logical_anomalies box/test/logical_anomalies/001.png box/ground_truth/logical_anomalies/001\n"
                       "can good can/test_public/good/0.png -\n"
                       "!can bad can/test_public/bad/1.png can/test_public/ground_truth/bad/1_mask.png\n");
    assert_normals(data, "bagel bagel/train/good/rgb/000.png\ncan can/train/good/4.png\n");
    assert_int_equal(data->n_problems, 0);
    assert_int_equal(data->skipped, 0);
    rwda_dataset_free(data);
}

static void folders_of_days_are_read(void **state)
{
    rwda_dataset *data;

    (void)state;
    TREE("p/good/day1/1.png", "p/good/day2/shift1/1.png", "p/good/2.png", "p/bent/day1/1.png", "p/bent/day2/1.png",
         "p/bent/3.png", "p/masks/bent/day1/1.png", "p/masks/bent/1_mask.png", "p/masks/bent/3.png");
    data = opened("p", "auto");
    assert_string_equal(data->layout, "folder");
    assert_items(data, "p good p/good/2.png -\np good p/good/day1/1.png -\np good p/good/day2/shift1/1.png -\n"
                       "!p bent p/bent/3.png p/masks/bent/3.png\n"
                       "!p bent p/bent/day1/1.png p/masks/bent/day1/1.png\n"
                       "!p bent p/bent/day2/1.png p/masks/bent/1_mask.png\n"); /* no such folder of masks */
    assert_int_equal(data->n_problems, 0);
    rwda_dataset_free(data);
}

static void debris_is_counted_and_links_are_followed(void **state)
{
    rwda_dataset *data;

    (void)state;
    TREE("real/1.png", "nut/test/good/1.png", "nut/test/good/._1.png", "nut/test/good/Thumbs.db", "nut/test/.DS_Store",
         "nut/test/bent/1.png", "nut/test/bent/._1.png", "nut/ground_truth/bent/1_mask.png",
         "nut/ground_truth/bent/._1_mask.png", "__MACOSX/nut/test/good/._1.png", ".git/x", "nut/train/good/.DS_Store");
    assert_int_equal(symlink("../../../real", in_scratch("nut/test/good/more")), 0);
    assert_int_equal(symlink("..", in_scratch("nut/test/good/back")), 0);
    assert_int_equal(symlink("../../real", in_scratch("nut/test/cut")), 0); /* a defect type's folder */
    data = opened("", "auto");
    assert_items(data, "nut good nut/test/good/1.png -\nnut good nut/test/good/more/1.png -\n"
                       "!nut bent nut/test/bent/1.png nut/ground_truth/bent/1_mask.png\n!nut cut nut/test/cut/1.png -\n");
    assert_int_equal(data->n_problems, 1);                      /* no masks of cut */
    assert_int_equal(data->skipped, 2 + 1 + 2 + 1 + 1 + 1 + 1); /* top, test, good, back, bent, its masks, train */
    rwda_dataset_free(data);
}

static void a_link_takes_nothing_from_the_real_class(void **state)
{
    rwda_dataset *data;

    (void)state;
    TREE("p/good/1.png", "p/hole/2.png", "far/3.png");
    assert_int_equal(symlink("good", in_scratch("p/alias")), 0);
    assert_int_equal(symlink("../hole", in_scratch("p/good/a")), 0);
    assert_int_equal(symlink("../far", in_scratch("p/dent")), 0); /* a class of its own */
    data = opened("p", "folder");
    assert_items(data, "p good p/good/1.png -\n!p dent p/dent/3.png -\n!p hole p/hole/2.png -\n");
    assert_int_equal(data->n_problems, 0);
    assert_int_equal(data->skipped, 2);
    rwda_dataset_free(data);
}

static void a_link_takes_nothing_from_the_real_category(void **state)
{
    rwda_dataset *data;

    (void)state;
    TREE("far/test/good/1.png", "set/b/test/good/1.png", "set/b/test/cut/2.png", "set/b/train/good/3.png",
         "set/c/test/good/4.png", "set/c/test/dent/5.png");
    assert_int_equal(symlink("b", in_scratch("set/a")), 0);
    assert_int_equal(symlink("../../c/test/dent", in_scratch("set/b/test/bad")), 0);
    assert_int_equal(symlink("../train/good", in_scratch("set/b/test/worse")), 0); /* known as normal */
    assert_int_equal(symlink("../far", in_scratch("set/d")), 0);                   /* a category of its own */
    data = opened("set", "mvtec");
    assert_items(data, "b good set/b/test/good/1.png -\n!b cut set/b/test/cut/2.png -\n"
                       "c good set/c/test/good/4.png -\n!c dent set/c/test/dent/5.png -\nd good set/d/test/good/1.png -\n");
    assert_normals(data, "b set/b/train/good/3.png\n");
    assert_int_equal(data->n_problems, 0);
    assert_int_equal(data->skipped, 5 + 2); /* a: four classes, training images; bad, worse */
    rwda_dataset_free(data);
}

static void a_link_takes_nothing_from_the_real_tiles(void **state)
{
    rwda_dataset *data;

    (void)state;
    TREE("MT_Free/Imgs/1.jpg", "MT_Free/Imgs/1.png", "MT_Tear/Imgs/2.jpg", "MT_Tear/Imgs/2.png", "MT_README");
    assert_int_equal(symlink("MT_Free", in_scratch("MT_Crack")), 0);
    data = opened("", "tiles");
    assert_items(data, "magnetic tile good MT_Free/Imgs/1.jpg -\n"
                       "!magnetic tile Tear MT_Tear/Imgs/2.jpg MT_Tear/Imgs/2.png\n");
    assert_int_equal(data->n_problems, 0);
    assert_int_equal(data->skipped, 1);
    rwda_dataset_free(data);
}

static void a_set_without_one_kind_says_so(void **state)
{
    rwda_dataset *data;

    (void)state;
    TREE("nut/test/good/1.png", "nut/test/good/2.png", "x/good/notes.txt", "x/bent/1.png");
    data = opened("nut", "auto");
    assert_int_equal(data->n_problems, 1);
    assert_problem(data, "nut: no anomalous image in this data set, 2 normal");
    rwda_dataset_free(data);
    data = opened("x", "auto");
    assert_problem(data, "x: no normal image in this data set, 1 anomalous");
    rwda_dataset_free(data);
}

static void labels_of_lists_are_read_or_refused(void **state)
{
    rwda_dataset *data;
    rwda_error    err;
    heard         h      = { 0 };
    rwda_events   events = hear(&h);

    (void)state;
    TREE("1.png", "2.png", "3.png");
    tree_text("list.csv", "path;label\r\n1.png;0,0\r\n2.png;1,0\r\n3.png;nok\r\n");
    data = opened("list.csv", "auto");
    assert_items(data, "all good 1.png -\n!all anomaly 2.png -\n!all anomaly 3.png -\n");
    assert_int_equal(data->n_problems, 0);
    rwda_dataset_free(data);
    tree_text("list.jsonl", "\xef\xbb\xbf{\"path\": \"1.png\", \"label\": 0.0}\r\n{\"path\": \"2.png\", \"label\": 1.0}\r\n"
                            "{\"path\": \"3.png\", \"label\": false}\r\n");
    data = opened("list.jsonl", "auto");
    assert_items(data, "all good 1.png -\nall good 3.png -\n!all anomaly 2.png -\n");
    assert_int_equal(data->n_problems, 0);
    rwda_dataset_free(data);
    tree_text("list.jsonl", "{\"path\": \"1.png\", \"label\": 1}\n{\"path\": \"2.png\", \"label\": -1}\n");
    assert_ok(rwda_dataset_open(&data, in_scratch("list.jsonl"), NULL, &events, &err), err);
    assert_items(data, "all good 1.png -\n!all anomaly 2.png -\n");
    assert_int_equal(h.notes, 1);
    assert_says(h.note, "list.jsonl: labels are read as scikit-learn writes them: -1 is anomalous, 1 is normal");
    rwda_dataset_free(data);
    tree_text("list.csv", "path,label\n1.png,0\n2.png,1\n3.png,-1\n");
    assert_refused("-1", rwda_dataset_open(&data, in_scratch("list.csv"), NULL, NULL, &err), RWDA_EFORMAT, &err,
                   "list.csv: row 4: label -1 beside 0 and 1");
}

/* Lists from Windows and macOS, read where the files are. */
static void names_of_lists_are_spelt_as_files(void **state)
{
    rwda_dataset *data;

    (void)state;
    TREE("im/gr\xc3\xbc"
         "n/a.png",
         "im/u\xcc\x88.png", "im/masks/u\xcc\x88.png", "bad/\xc3\xbc.png", "ground_truth/bad/u\xcc\x88_mask.png",
         "good/1.png");
    tree_text("list.csv", "path,label,mask\r\nim\\gru\xcc\x88n\\a.png,0,\r\nim\\\xc3\xbc.png,1,im\\masks\\\xc3\xbc.png\r\n");
    data = opened("list.csv", "auto");
    assert_items(data, "all good im/gr\xc3\xbcn/a.png -\n"
                       "!all anomaly im/u\xcc\x88.png im/masks/u\xcc\x88.png\n");
    assert_int_equal(data->n_problems, 0);
    rwda_dataset_free(data);
    assert_int_equal(rename(in_scratch("im"), in_scratch("ground_truth/im")), 0);
    data = opened("", "folder"); /* an image's name and its mask's */
    assert_true(rw_path_ends_in(data->items[1].mask, "/u\xcc\x88_mask.png"));
    assert_int_equal(data->n_problems, 0);
    rwda_dataset_free(data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ONE(mvtec),
        ONE(broken_mvtec),
        ONE(visa),
        ONE(sewerml),
        ONE(realiad),
        ONE(magnetic_tiles),
        ONE(folder),
        ONE(list_as_csv),
        ONE(list_as_jsonl),
        ONE(layouts_are_countable),
        ONE(a_layout_that_does_not_fit_says_what_would),
        ONE(a_message_has_room_for_long_names),
        ONE(no_image_left),
        ONE(an_image_counts_once),
        ONE(masks_belong_to_stems),
        ONE(names_are_clean),
        ONE(a_limit_is_evenly_spaced),
        ONE(some_categories_are_kept),
        ONE(a_description_has_the_first_problems),
        ONE(nested_folders_are_read),
        ONE(folders_of_days_are_read),
        ONE(debris_is_counted_and_links_are_followed),
        ONE(a_link_takes_nothing_from_the_real_class),
        ONE(a_link_takes_nothing_from_the_real_category),
        ONE(a_link_takes_nothing_from_the_real_tiles),
        ONE(a_set_without_one_kind_says_so),
        ONE(labels_of_lists_are_read_or_refused),
        ONE(names_of_lists_are_spelt_as_files),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
