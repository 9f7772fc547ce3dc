/* program.cpp MODEL_DIR SAMPLES_DIR NORMAL_DIR SCRATCH_DIR - does rwda.hpp answer what the C interface answers, to the bit?
 * And are failures exceptions, are objects moved and given back?  (run.sh, which also looks for leaks) */
#include <rwda.hpp>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

#define CHECK(condition)                                                                                                    \
    do {                                                                                                                    \
        if (!(condition)) {                                                                                                 \
            std::fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);                                            \
            std::exit(1);                                                                                                   \
        }                                                                                                                   \
    } while (0)

template <class T>
constexpr bool moves_only = !std::is_copy_constructible_v<T> && !std::is_copy_assignable_v<T> &&
                            std::is_nothrow_move_constructible_v<T> && std::is_nothrow_move_assignable_v<T>;
static_assert(moves_only<rwda::image> && moves_only<rwda::model> && moves_only<rwda::session> && moves_only<rwda::detector>);
static_assert(moves_only<rwda::memory> && moves_only<rwda::memory_builder> && moves_only<rwda::scorer>);
static_assert(moves_only<rwda::thresholds> && moves_only<rwda::drift> && moves_only<rwda::kinds>);

/* What must outlive an object may not be a temporary. */
static_assert(!std::is_constructible_v<rwda::session, rwda::model>);
static_assert(!std::is_constructible_v<rwda::scorer, rwda::session &, rwda::detector>);
static_assert(!std::is_constructible_v<rwda::scorer, rwda::session &, rwda::memory>);
static_assert(!std::is_constructible_v<rwda::drift, rwda::thresholds>);
static_assert(std::is_constructible_v<rwda::scorer, rwda::session &, rwda::detector &>);

/* The code of the rwda::error that this throws; RWDA_OK: it throws none. */
template <class Call> static rwda_status thrown(Call call)
{
    try {
        call();
    } catch (const rwda::error &error) {
        CHECK(std::strlen(error.what()) > 0 && std::strcmp(error.name(), rwda_status_name(error.code())) == 0);
        return error.code();
    }
    return RWDA_OK;
}

/* Whether this throws std::invalid_argument. */
template <class Call> static bool mistaken(Call call)
{
    try {
        call();
    } catch (const std::invalid_argument &) {
        return true;
    }
    return false;
}

/* Bits, except that a NaN is a NaN. */
static bool same(float a, float b)
{
    return std::memcmp(&a, &b, sizeof a) == 0 || (std::isnan(a) && std::isnan(b));
}

static bool same(const rwda_score &a, const rwda_score &b)
{
    return same(a.score, b.score) && same(a.score_fnn, b.score_fnn) && same(a.score_clip, b.score_clip) &&
           a.crops == b.crops && same(a.logit, b.logit) && same(a.score_memory, b.score_memory);
}

static bool same(const std::vector<float> &a, const std::vector<float> &b)
{
    return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof a[0]) == 0;
}

static std::vector<std::string> images_in(const char *folder)
{
    std::vector<std::string> paths;

    for (const auto &entry : std::filesystem::directory_iterator(folder))
        if (rwda_image_named(entry.path().c_str()))
            paths.push_back(entry.path());
    std::sort(paths.begin(), paths.end());
    CHECK(paths.size() >= 2);
    return paths;
}

/* ---- What the C interface says --------------------------------------------------------------------------------------- */

struct expected {
    std::vector<rwda_score> by_words, by_memory;
    std::vector<float>      map, texts, images, half; /* half: the upper one of the first image, which is not square */
    std::vector<uint8_t>    detector;
};

static void must(rwda_status status, const rwda_error &err)
{
    if (status != RWDA_OK) {
        std::fprintf(stderr, "%s\n", err.message);
        std::exit(1);
    }
}

static const char *const texts[] = { "a photo of a normal nut", "", "a photo of a broken nut" };

static expected ask_c(const char *model_dir, const std::vector<std::string> &paths, const std::vector<std::string> &normal)
{
    expected                  all;
    rwda_error                err;
    rwda_model               *model   = nullptr;
    rwda_session             *session = nullptr;
    rwda_detector            *detector = nullptr;
    rwda_scorer              *scorer = nullptr, *near = nullptr;
    rwda_memory_builder      *builder = nullptr;
    rwda_memory              *memory  = nullptr;
    rwda_train_options        recipe;
    rwda_scorer_options       options = RWDA_SCORER_OPTIONS_INIT;
    std::vector<rwda_image *> images;
    size_t                    len;

    rwda_train_options_default(&recipe, sizeof recipe);
    recipe.pairs  = 50;
    recipe.epochs = 1;
    recipe.hidden = 4;
    must(rwda_model_open(&model, model_dir, nullptr, &err), err);
    must(rwda_session_new(&session, model, nullptr, &err), err);
    must(rwda_detector_train(&detector, session, &recipe, nullptr, nullptr, &err), err);
    const void *bytes = rwda_detector_bytes(detector, &len);
    all.detector.assign(static_cast<const uint8_t *>(bytes), static_cast<const uint8_t *>(bytes) + len);
    must(rwda_scorer_new(&scorer, session, detector, nullptr, &err), err);

    must(rwda_memory_builder_new(&builder, session, nullptr, nullptr, &err), err);
    for (const std::string &path : normal) {
        rwda_image *image = nullptr;
        const char *name  = path.c_str();
        must(rwda_image_load(&image, name, nullptr, &err), err);
        must(rwda_memory_builder_add(builder, &image, &name, nullptr, 1, &err), err);
        rwda_image_free(image);
    }
    must(rwda_memory_builder_finish(&memory, builder, nullptr, nullptr, &err), err);
    options.memory = memory;
    must(rwda_scorer_new(&near, session, nullptr, &options, &err), err);

    for (const std::string &path : paths) {
        images.push_back(nullptr);
        must(rwda_image_load(&images.back(), path.c_str(), nullptr, &err), err);
    }
    all.by_words.resize(images.size());
    all.by_memory.resize(images.size());
    must(rwda_scorer_score_images(all.by_words.data(), session, scorer, images.data(), images.size(), &err), err);
    must(rwda_scorer_score_images(all.by_memory.data(), session, near, images.data(), images.size(), &err), err);
    all.map.resize(static_cast<size_t>(images[0]->width) * static_cast<size_t>(images[0]->height));
    must(rwda_map_compute(all.map.data(), session, scorer, images[0], nullptr, &err), err);
    size_t dim = static_cast<size_t>(rwda_model_get_info(model)->embed_dim);
    all.texts.resize(3 * dim);
    must(rwda_session_embed_texts(all.texts.data(), session, texts, nullptr, 3, &err), err);
    all.images.resize(images.size() * dim);
    must(rwda_session_embed_images(all.images.data(), session, images.data(), images.size(), RWDA_RESIZE_CONFIG,
                                   RWDA_CROPS_ONE, &err), err);
    rwda_image        half   = *images[0];
    const rwda_image *halves = &half;
    half.height /= 2;
    all.half.resize(dim);
    must(rwda_session_embed_images(all.half.data(), session, &halves, 1, RWDA_RESIZE_CONFIG, RWDA_CROPS_ONE, &err), err);

    for (rwda_image *image : images)
        rwda_image_free(image);
    rwda_scorer_free(near);
    rwda_scorer_free(scorer);
    rwda_memory_free(memory);
    rwda_memory_builder_free(builder);
    rwda_detector_free(detector);
    rwda_session_free(session);
    rwda_model_free(model);
    return all;
}

/* ---- The same through rwda.hpp ---------------------------------------------------------------------------------------- */

static rwda::train_options small_recipe()
{
    rwda::train_options recipe;

    CHECK(recipe.size == sizeof(rwda_train_options) && recipe.pairs == 10000);
    recipe.pairs  = 50;
    recipe.epochs = 1;
    recipe.hidden = 4;
    return recipe;
}

static void check_training(rwda::session &session, const expected &want, const std::string &scratch)
{
    size_t         told     = 0;
    rwda::detector detector = rwda::detector::train(session, small_recipe(), [&](const char *, size_t, size_t) {
        told++;
        return true;
    });
    rwda::bytes_view bytes = detector.bytes();

    CHECK(told > 0);
    CHECK(bytes.size == want.detector.size() && std::memcmp(bytes.data, want.detector.data(), bytes.size) == 0);
    detector.save(scratch + "/detector.safetensors");
    CHECK(thrown([&] { detector.save(scratch + "/detector.safetensors"); }) == RWDA_EEXIST);
    auto saved = rwda::attempt([&] { detector.save(scratch + "/detector.safetensors"); });
    CHECK(rwda::attempt([&] { detector.save(scratch + "/detector.safetensors", true); }) && !saved && saved.failure().code() == RWDA_EEXIST);
    detector.save(scratch + "/detector.safetensors", true);
    CHECK(rwda::detector::load(scratch + "/detector.safetensors").sha256() == detector.sha256());
    CHECK(rwda::detector::decode(bytes.data, bytes.size).recipe() == detector.recipe());

    /* A progress callback stops the work, or throws through it. */
    CHECK(thrown([&] {
              rwda::detector::train(session, small_recipe(), [](const char *, size_t, size_t) { return false; });
          }) == RWDA_ECANCELLED);
    bool caught = false;
    try {
        rwda::detector::train(session, small_recipe(), [](const char *, size_t, size_t) -> bool { throw 42; });
    } catch (int thrown) {
        caught = thrown == 42;
    }
    CHECK(caught);
    CHECK(rwda::train_options("best").preset == std::string("best"));
    CHECK(thrown([] { rwda::train_options("none such"); }) == RWDA_ENOTFOUND);
}

static void check_scores(rwda::session &session, const rwda::detector &detector, const std::vector<std::string> &paths,
                         const expected &want)
{
    std::vector<rwda::image> images;
    std::vector<rwda_image>  views; /* the same pixels, as a caller has them */
    rwda::scorer             scorer(session, detector);

    for (const std::string &path : paths) {
        images.push_back(rwda::image::load(path));
        const rwda::image &image = images.back();
        CHECK(image.info().stored_width > 0);
        views.push_back(rwda::view(image.pixels(), image.width(), image.height(), image.stride()));
    }
    std::vector<rwda_score> of_images = scorer.score_all(session, images), of_views = scorer.score_all(session, views);
    rwda::embeddings        x = session.embed_images(images);

    CHECK(same(x.values, want.images) && x.count == images.size() && x[1] == x.values.data() + x.dim);
    CHECK(same(session.embed_images(std::vector<rwda_image>{ rwda::view(images[0].pixels(), images[0].width(),
                                                                        images[0].height() / 2) }).values, want.half));
    CHECK(detector.logits(x).size() == x.count);
    for (size_t i = 0; i < paths.size(); i++) {
        rwda::embeddings row = { 1, x.dim, std::vector<float>(x[i], x[i] + x.dim) };
        CHECK(same(of_images[i], want.by_words[i]) && same(of_views[i], want.by_words[i]));
        CHECK(same(scorer.score(session, images[i]), want.by_words[i]));
        CHECK(same(scorer.score(session, row), want.by_words[i]));
    }
    CHECK(same(session.embed_texts(texts).values, want.texts));
    CHECK(same(session.embed_texts(std::vector<std::string>(texts, texts + 3)).values, want.texts));
    CHECK(same(session.embed_texts(std::vector<std::string_view>{ texts[0], {}, texts[2] }).values, want.texts));

    rwda::score_map map  = scorer.map(session, images[0]);
    auto            both = scorer.score_and_map(session, images[0]);
    CHECK(same(map.values, want.map) && same(both.second.values, want.map) && same(both.first, want.by_words[0]));
    CHECK(same(map.at(map.width - 1, map.height - 1), want.map.back()));
    float                    highest = *std::max_element(map.values.begin(), map.values.end());
    std::vector<rwda_region> regions = map.regions(highest);
    CHECK(!regions.empty() && same(regions[0].peak, highest));
    CHECK(map.regions(2.0f).empty());

    rwda::kinds kinds(session, { "hole", "scratch", "stain" });
    float       shares = 0;
    for (const rwda_kind &kind : kinds.rank(session, images[0], kinds.region(map), map))
        shares += kind.score;
    CHECK(std::fabs(shares - 1.0f) < 1e-5f && kinds.rank(session, images[0]).size() == 3);
    rwda::score_map few = { map.width, map.height, std::vector<float>(map.values.size() - 1) };
    CHECK(mistaken([&] { few.regions(0.5f); }) && mistaken([&] { kinds.region(few); }));
    CHECK(mistaken([&] { kinds.rank(session, images[0], regions[0], few); }));
    CHECK(thrown([] { rwda::score_map{ -1, 1, {} }.regions(0.5f); }) == RWDA_EINVAL);
    map.width++;
    CHECK(mistaken([&] { kinds.rank(session, images[0], regions[0], map); }));
    CHECK(mistaken([&] { scorer.score(session, rwda::embeddings{ 1, x.dim / 2, x.values }); })); /* of another model */
    CHECK(mistaken([&] { scorer.score(session, rwda::embeddings{ x.count + 1, x.dim, x.values }); }));
    CHECK(mistaken([&] { detector.logits(rwda::embeddings{ x.count + 1, x.dim, x.values }); }));
    CHECK(thrown([&] { detector.logits(rwda::embeddings{ 1, 0, {} }); }) != RWDA_OK);
}

static void check_memory(const rwda::model &model, rwda::session &session, const std::vector<std::string> &paths,
                         const std::vector<std::string> &normal, const expected &want, const std::string &scratch)
{
    rwda::memory_builder builder(session);

    for (const std::string &path : normal)
        CHECK(!builder.add(rwda::image::load(path), path));
    CHECK(builder.add(rwda::image::load(normal[0]), normal[0]));
    CHECK(thrown([&] { builder.drop("nobody"); }) == RWDA_ENOTFOUND);
    rwda::memory memory = builder.finish();
    CHECK(memory.info().images == normal.size() && memory.image_at(normal.size()) == nullptr);
    memory.save(scratch + "/memory.safetensors");
    rwda::memory loaded = rwda::memory::load(model, scratch + "/memory.safetensors");
    CHECK(std::string(loaded.info().sha256) == memory.info().sha256);
    CHECK(rwda::memory::decode(model, memory.bytes().data, memory.bytes().size).info().images == normal.size());

    rwda::memory_builder again(session, memory);
    CHECK(again.drop(normal[0]) == 1 && again.finish().info().images == normal.size() - 1);

    rwda::scorer scorer(session, loaded);
    for (size_t i = 0; i < paths.size(); i++)
        CHECK(same(scorer.score(session, rwda::image::load(paths[i])), want.by_memory[i]));

    std::vector<double> scores;
    for (size_t i = 0; i < normal.size(); i++)
        scores.push_back(static_cast<double>(memory.image_at(i)->score));
    rwda::thresholds thresholds(scores, scorer);
    thresholds.check(scorer);
    CHECK(thresholds.label(2.0) == RWDA_LABEL_ANOMALOUS && thresholds.p_value(2.0) < 1.0);
    thresholds.save(scratch + "/thresholds.json");
    CHECK(rwda::thresholds::load(scratch + "/thresholds.json").text() == thresholds.text());
    CHECK(rwda::thresholds::decode(thresholds.text().data(), thresholds.text().size()).info().normal == normal.size());
    rwda::scorer_options words;
    words.method = RWDA_METHOD_CLIP;
    rwda::scorer by_words(session, words);
    CHECK(thrown([&] { thresholds.check(by_words); }) == RWDA_EMISMATCH);
    rwda::drift drift(thresholds);
    CHECK(drift.add(scores[0]).images == 1 && drift.state().images == 1);
}

static void check_errors(const char *model_dir, const std::string &picture)
{
    CHECK(thrown([] { rwda::model("no/such/folder"); }) == RWDA_ENOTFOUND);
    CHECK(thrown([] { rwda::image::load("no such file.png"); }) == RWDA_ENOTFOUND);
    CHECK(thrown([] { rwda::image::decode("not an image", 12); }) == RWDA_EFORMAT);

    /* Code, message and offset are the C interface's. */
    std::ifstream     file(picture, std::ios::binary);
    std::vector<char> bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    for (size_t size : { bytes.size() / 2, size_t{ 5 }, size_t{ 0 } }) {
        rwda_error  err;
        rwda_image *image = nullptr;
        CHECK(rwda_image_decode(&image, bytes.data(), size, nullptr, &err) != RWDA_OK);
        auto failed = rwda::attempt([&] { return rwda::image::decode(bytes.data(), size); });
        CHECK(!failed && failed.failure().code() == err.code && failed.failure().offset() == err.offset);
        CHECK(failed.failure().what() == std::string(err.message));
    }
    const std::string two = picture + std::string("\0.png", 5); /* C would read the first part */
    CHECK(mistaken([&] { rwda::image::load(two); }) && mistaken([&] { rwda::model(std::string("a\0b", 3)); }));
    CHECK(mistaken([&] { rwda::detector::load(two); }) && mistaken([&] { rwda::thresholds::load(two); }));
    auto whole = rwda::attempt([&] { return rwda::image::decode(bytes.data(), bytes.size()); });
    CHECK(whole && whole->width() > 0 && (*whole).height() > 0);

    rwda::image_options few;
    few.max_pixels = 10;
    CHECK(thrown([&] { rwda::image::decode(bytes.data(), bytes.size(), few); }) == RWDA_ELIMIT);
    rwda::session_options bad;
    bad.batch = 100000;
    rwda::model model(model_dir);
    CHECK(thrown([&] { rwda::session(model, bad); }) == RWDA_EINVAL);
    CHECK(thrown([] { rwda::call([](rwda_error *err) { return rwda_enum_parse(nullptr, RWDA_ENUM_CPU, "?", err); }); }) !=
          RWDA_OK);

    rwda::metrics({ 0.1, 0.9 }, { 0, 1 });
    CHECK(thrown([] { rwda::metrics({ 0.1, 0.9 }, { 0, 0 }); }) == RWDA_EINVAL);

    /* Moving: the object is the new owner's, and the old one's place can be filled again. */
    rwda::image image = rwda::image::load(picture), moved = std::move(image);
    CHECK(image.get() == nullptr && moved.get() != nullptr);
    image = rwda::image::load(picture);
    std::swap(image, moved);
    CHECK(image.width() == moved.width());
}

int main(int argc, char **argv)
{
    CHECK(argc == 5);
    std::vector<std::string> paths = images_in(argv[2]), normal = images_in(argv[3]);
    expected                 want = ask_c(argv[1], paths, normal);
    rwda::model              model(argv[1]);
    rwda::session            session(model);

    CHECK(session.threads() >= 1 && model.info().embed_dim > 0);
    check_training(session, want, argv[4]);
    rwda::detector detector = rwda::detector::load(std::string(argv[4]) + "/detector.safetensors");
    check_scores(session, detector, paths, want);
    check_memory(model, session, paths, normal, want, argv[4]);
    check_errors(argv[1], paths[0]);
    return 0;
}
