/* rwda.hpp - rwda.h, rwda_memory.h, rwda_kinds.h and rwda_drift.h for C++17: objects that own, exceptions, no copies.
 *
 *     rwda::model    model("models/demo");
 *     rwda::session  session(model);
 *     rwda::detector detector = rwda::detector::load("detector.safetensors");
 *     rwda::scorer   scorer(session, detector);
 *     float          score = scorer.score(session, rwda::image::load("nut.png")).score;
 *
 * What the calls mean, their ranges and their errors stand in the C headers, whose structs and enumerations are used as they are.
 *
 *   Errors     A failure throws rwda::error, with code, message and offset; rwda::attempt() makes a value of it where it is part of the
 *              day's work.  What a progress callback throws comes out of the call that it was given to.
 *   Ownership  Objects move and are never copied; one that was moved from can only be assigned to or destroyed.  What the C headers say
 *              must outlive an object must outlive it here too: declared in the order above, all is given back in the right one.  A
 *              temporary in such a place does not compile.  Texts and structs returned by reference or view belong to the object asked.
 *   Threads    As in C: share models, detectors, scorers, memories and thresholds; a session is for one thread at a time.
 *   Options    rwda::model_options and so on are the C structs, holding the defaults.
 *   The rest   get() is the C object, for every call that has no name here; rwda::call() throws what such a call reports. */
#ifndef RWDA_HPP
#define RWDA_HPP

/* clang-format off: it tears comments away from what they stand beside */

#include <rwda.h>
#include <rwda_drift.h>
#include <rwda_kinds.h>
#include <rwda_memory.h>

#include <exception>
#include <functional>
#include <iterator>
#include <limits>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace rwda {

/* ---- Errors ---------------------------------------------------------------------------------------------------- */

class error : public std::runtime_error { /* what(): the message, one sentence */
public:
    explicit error(const rwda_error &err) : std::runtime_error(err.message), code_(err.code), offset_(err.offset) {}

    rwda_status code() const noexcept { return code_; }
    const char *name() const noexcept { return rwda_status_name(code_); } /* "RWDA_EFORMAT" */
    int64_t     offset() const noexcept { return offset_; }               /* byte position in the input, or RWDA_NO_OFFSET */

private:
    rwda_status code_;
    int64_t     offset_;
};

/* call([&](rwda_error *err) { return rwda_detector_save(detector.get(), path, 1, err); }) */
template <class Call> void call(Call c_call)
{
    rwda_error err;

    if (c_call(&err) != RWDA_OK)
        throw error(err);
}

/* A value or the error that came instead of it. */
template <class T> class result {
public:
    result(T value) : held_(std::move(value)) {}
    result(error failure) : held_(std::move(failure)) {}

    explicit operator bool() const noexcept { return held_.index() == 0; }
    T           &operator*() { return std::get<0>(held_); } /* std::bad_variant_access: there is none */
    const T     &operator*() const { return std::get<0>(held_); }
    T           *operator->() { return &**this; }
    const T     *operator->() const { return &**this; }
    const error &failure() const { return std::get<1>(held_); }

private:
    std::variant<T, error> held_;
};
template <> class result<void> : public result<std::monostate> {
public:
    result() : result<std::monostate>(std::monostate()) {}
    using result<std::monostate>::result;
};

/* auto image = attempt([&] { return image::load(path); });  Other exceptions than rwda::error pass through. */
template <class Call> auto attempt(Call cpp_call) -> result<decltype(cpp_call())>
{
    try {
        if constexpr (std::is_void_v<decltype(cpp_call())>)
            return cpp_call(), result<void>();
        else
            return cpp_call();
    } catch (const error &failure) {
        return failure;
    }
}

/* Progress of long work, as rwda_progress_fn; false stops it with RWDA_ECANCELLED. */
using progress = std::function<bool(const char *stage, size_t done, size_t total)>;

class image;

namespace detail {

/* C would take what stands before a zero byte for the whole name. */
inline const char *c_text(const std::string &text)
{
    if (text.find('\0') != std::string::npos)
        throw std::invalid_argument("rwda: a zero byte in the name '" + std::string(text.c_str()) + "...'");
    return text.c_str();
}

/* of: who asks.  A size below 1 is left to the C interface. */
template <class N> void check_size(const char *of, const std::vector<float> &values, N rows, N columns)
{
    if (rows > 0 && columns > 0 && values.size() / static_cast<size_t>(columns) < static_cast<size_t>(rows))
        throw std::invalid_argument("rwda::" + std::string(of) + ": " + std::to_string(values.size()) + " numbers for " +
                                    std::to_string(rows) + " x " + std::to_string(columns));
}

/* The defaults in a C struct. */
template <class T, void (*Default)(T *, size_t)> struct options : T {
    options() : T() { Default(this, sizeof(T)); }
};

/* A C object that is given back at the end. */
template <class T, void (*Free)(T *)> class owner {
public:
    T *get() const noexcept { return held_.get(); }

protected:
    template <class Make> explicit owner(Make make) /* (T **out, rwda_error *err) -> rwda_status */
    {
        T *made = nullptr;

        call([&](rwda_error *err) { return make(&made, err); });
        held_.reset(made);
    }

private:
    struct deleter {
        void operator()(T *held) const noexcept { Free(held); }
    };
    std::unique_ptr<T, deleter> held_;
};

/* A progress callback on its way through C, which no exception may cross. */
class watched {
public:
    explicit watched(const progress &told) : told_(told) {}
    watched(const watched &) = delete;
    watched &operator=(const watched &) = delete;

    rwda_progress_fn function() const noexcept { return told_ ? tell : nullptr; }

    template <class Call> auto run(Call c_call) -> decltype(c_call())
    {
        try {
            auto made = c_call();
            rethrow();
            return made;
        } catch (const error &) {
            rethrow();
            throw;
        }
    }

private:
    static int tell(void *user, const char *stage, size_t done, size_t total) noexcept
    {
        watched *self = static_cast<watched *>(user);

        try {
            return self->told_(stage, done, total) ? 0 : 1;
        } catch (...) {
            self->thrown_ = std::current_exception();
            return 1;
        }
    }

    void rethrow()
    {
        if (thrown_)
            std::rethrow_exception(thrown_);
    }

    const progress    &told_;
    std::exception_ptr thrown_;
};

/* images: a range of rwda::image or rwda_image, whose iterators std::iterator_traits knows. */
template <class Images> std::vector<const rwda_image *> pointers(const Images &images)
{
    using kind = typename std::iterator_traits<decltype(std::begin(images))>::iterator_category; /* what forward iterators point to lasts */
    std::vector<const rwda_image *> all;

    for (auto &&image : images) {
        using type = std::remove_reference_t<decltype(image)>; /* another type could convert into a temporary */
        static_assert(std::is_lvalue_reference_v<decltype(image)> && std::is_base_of_v<std::forward_iterator_tag, kind>,
                      "images that the range makes while it is read do not last");
        static_assert(std::is_base_of_v<rwda_image, type> || std::is_base_of_v<rwda::image, type>, "not an image");
        all.push_back(&static_cast<const rwda_image &>(image));
    }
    return all;
}

} // namespace detail

using image_options      = detail::options<rwda_image_options, rwda_image_options_default>;
using model_options      = detail::options<rwda_model_options, rwda_model_options_default>;
using session_options    = detail::options<rwda_session_options, rwda_session_options_default>;
using scorer_options     = detail::options<rwda_scorer_options, rwda_scorer_options_default>;
using map_options        = detail::options<rwda_map_options, rwda_map_options_default>;
using memory_options     = detail::options<rwda_memory_options, rwda_memory_options_default>;
using thresholds_options = detail::options<rwda_thresholds_options, rwda_thresholds_options_default>;
using kinds_options      = detail::options<rwda_kinds_options, rwda_kinds_options_default>;
using drift_options      = detail::options<rwda_drift_options, rwda_drift_options_default>;

struct train_options : detail::options<rwda_train_options, rwda_train_options_default> {
    train_options() = default;
    explicit train_options(const char *preset_name) /* "paper", "best" */
    {
        call([&](rwda_error *err) { return rwda_train_options_preset(this, preset_name, err); });
    }
};

/* Bytes of an object, for who keeps them elsewhere than in a file. */
struct bytes_view {
    const void *data;
    size_t      size;
};

/* Embeddings: values [count, dim]. */
struct embeddings {
    size_t             count, dim;
    std::vector<float> values;

    const float *operator[](size_t row) const { return values.data() + row * dim; }
};

/* ---- Images ---------------------------------------------------------------------------------------------------- */

/* Pixels of the caller's own, R,G,B in a byte each; they are not copied.  stride: bytes a row; 0: 3 * width. */
inline rwda_image view(const uint8_t *pixels, int width, int height, size_t stride = 0)
{
    return rwda_image{ width, height, stride != 0 ? stride : 3 * static_cast<size_t>(width), pixels };
}

class image : public detail::owner<rwda_image, rwda_image_free> {
public:
    static image load(const std::string &path, const image_options &o = {})
    {
        return image([&](rwda_image **out, rwda_error *err) { return rwda_image_load(out, detail::c_text(path), &o, err); });
    }
    static image decode(const void *bytes, size_t size, const image_options &o = {})
    {
        return image([&](rwda_image **out, rwda_error *err) { return rwda_image_decode(out, bytes, size, &o, err); });
    }

    operator const rwda_image &() const noexcept { return *get(); } /* wherever a `const rwda_image &` is asked for */
    int                    width() const noexcept { return get()->width; }
    int                    height() const noexcept { return get()->height; }
    size_t                 stride() const noexcept { return get()->stride; }
    const uint8_t         *pixels() const noexcept { return get()->pixels; }
    const rwda_image_info &info() const noexcept { return *rwda_image_get_info(get()); }

private:
    using owner::owner;
};

/* ---- Models and sessions ---------------------------------------------------------------------------------------- */

class model : public detail::owner<rwda_model, rwda_model_free> {
public:
    explicit model(const std::string &path, const model_options &o = {})
        : owner([&](rwda_model **out, rwda_error *err) { return rwda_model_open(out, detail::c_text(path), &o, err); }) {}

    const rwda_model_info &info() const noexcept { return *rwda_model_get_info(get()); }
};

class session : public detail::owner<rwda_session, rwda_session_free> {
public:
    explicit session(const model &m, const session_options &o = {})
        : owner([&](rwda_session **out, rwda_error *err) { return rwda_session_new(out, m.get(), &o, err); }),
          dim_(static_cast<size_t>(m.info().embed_dim)) {}
    explicit session(model &&, const session_options & = {}) = delete;

    int    threads() const noexcept { return rwda_session_threads(get()); }
    size_t dim() const noexcept { return dim_; } /* D, numbers in an embedding */

    /* texts: a range of std::string, std::string_view or const char * */
    template <class Texts> embeddings embed_texts(const Texts &texts)
    {
        std::vector<std::string>  kept; /* a range may make them while it is read */
        std::vector<const char *> starts;
        std::vector<size_t>       sizes;

        for (auto &&text : texts)
            kept.emplace_back(std::string_view(text));
        for (const std::string &text : kept) {
            starts.push_back(text.data());
            sizes.push_back(text.size());
        }
        embeddings out = room(starts.size());
        call([&](rwda_error *err) {
            return rwda_session_embed_texts(out.values.data(), get(), starts.data(), sizes.data(), starts.size(), err);
        });
        return out;
    }

    /* images: a range of rwda::image or rwda_image; crops of one image in a row */
    template <class Images>
    embeddings embed_images(const Images &images, rwda_resize resize = RWDA_RESIZE_CONFIG, rwda_crops crops = RWDA_CROPS_ONE)
    {
        std::vector<const rwda_image *> all   = detail::pointers(images);
        size_t                          count = 0;

        for (const rwda_image *image : all)
            count += rwda_crops_count(image->width, image->height, resize, crops);
        embeddings out = room(count);
        call([&](rwda_error *err) {
            return rwda_session_embed_images(out.values.data(), get(), all.data(), all.size(), resize, crops, err);
        });
        return out;
    }

private:
    embeddings room(size_t count) const { return embeddings{ count, dim_, std::vector<float>(count * dim_) }; }

    size_t dim_;
};

/* ---- What scores: detectors, memories ----------------------------------------------------------------------------- */

class detector : public detail::owner<rwda_detector, rwda_detector_free> {
public:
    static detector train(session &s, const train_options &o = {}, const progress &told = {})
    {
        detail::watched watched(told);

        return watched.run([&] {
            return detector([&](rwda_detector **out, rwda_error *err) {
                return rwda_detector_train(out, s.get(), &o, watched.function(), &watched, err);
            });
        });
    }
    static detector load(const std::string &path)
    {
        return detector([&](rwda_detector **out, rwda_error *err) { return rwda_detector_load(out, detail::c_text(path), err); });
    }
    static detector decode(const void *bytes, size_t size)
    {
        return detector([&](rwda_detector **out, rwda_error *err) { return rwda_detector_decode(out, bytes, size, err); });
    }

    void save(const std::string &path, bool overwrite = false) const
    {
        call([&](rwda_error *err) { return rwda_detector_save(get(), detail::c_text(path), overwrite, err); });
    }
    bytes_view bytes() const
    {
        bytes_view view = {};

        view.data = rwda_detector_bytes(get(), &view.size);
        return view;
    }
    std::string_view recipe() const { return rwda_detector_recipe(get()); }
    std::string_view sha256() const { return rwda_detector_sha256(get()); }
    std::string_view model_sha256() const { return rwda_detector_model_sha256(get()); }

    std::vector<float> logits(const embeddings &x) const
    {
        std::vector<float> out(x.count);

        detail::check_size("detector", x.values, x.count, x.dim);
        call([&](rwda_error *err) { return rwda_detector_logits(out.data(), get(), x.values.data(), x.count, x.dim, err); });
        return out;
    }

private:
    using owner::owner;
};

class memory : public detail::owner<rwda_memory, rwda_memory_free> {
public:
    /* max_bytes 0: rwda_memory_options' default */
    static memory load(const model &m, const std::string &path, int64_t max_bytes = 0)
    {
        return memory([&](rwda_memory **out, rwda_error *err) {
            return rwda_memory_load(out, m.get(), detail::c_text(path), max_bytes, err);
        });
    }
    static memory load(model &&, const std::string &, int64_t = 0) = delete;
    static memory decode(const model &m, const void *bytes, size_t size, int64_t max_bytes = 0)
    {
        return memory([&](rwda_memory **out, rwda_error *err) {
            return rwda_memory_decode(out, m.get(), bytes, size, max_bytes, err);
        });
    }
    static memory decode(model &&, const void *, size_t, int64_t = 0) = delete;

    void save(const std::string &path, bool overwrite = false) const
    {
        call([&](rwda_error *err) { return rwda_memory_save(get(), detail::c_text(path), overwrite, err); });
    }
    bytes_view bytes() const
    {
        bytes_view view = {};

        view.data = rwda_memory_file(get(), &view.size);
        return view;
    }
    const rwda_memory_info  &info() const noexcept { return *rwda_memory_get_info(get()); }
    const rwda_memory_image *image_at(size_t i) const noexcept { return rwda_memory_image_at(get(), i); }

private:
    friend class memory_builder;
    using owner::owner;
};

class memory_builder : public detail::owner<rwda_memory_builder, rwda_memory_builder_free> {
public:
    explicit memory_builder(session &s, const memory_options &o = {})
        : owner([&](rwda_memory_builder **out, rwda_error *err) {
              return rwda_memory_builder_new(out, s.get(), nullptr, &o, err);
          }) {}
    memory_builder(session &s, const memory &base) /* whose images are the first ones, and whose options count */
        : owner([&](rwda_memory_builder **out, rwda_error *err) {
              return rwda_memory_builder_new(out, s.get(), base.get(), nullptr, err);
          }) {}

    bool add(const rwda_image &image, const std::string &name) /* true: it was there before */
    {
        const rwda_image *images[] = { &image };
        const char       *names[]  = { detail::c_text(name) };
        int               known    = 0;

        call([&](rwda_error *err) { return rwda_memory_builder_add(get(), images, names, &known, 1, err); });
        return known != 0;
    }
    size_t drop(const std::string &name)
    {
        size_t count = 0;

        call([&](rwda_error *err) { return rwda_memory_builder_drop(get(), detail::c_text(name), &count, err); });
        return count;
    }
    memory finish(const progress &told = {})
    {
        detail::watched watched(told);

        return watched.run([&] {
            return memory([&](rwda_memory **out, rwda_error *err) {
                return rwda_memory_builder_finish(out, get(), watched.function(), &watched, err);
            });
        });
    }
};

/* ---- Scorers and maps --------------------------------------------------------------------------------------------- */

/* values [height, width], 0..1 */
struct score_map {
    int                width, height;
    std::vector<float> values;

    float at(int x, int y) const { return values[static_cast<size_t>(y) * static_cast<size_t>(width) + static_cast<size_t>(x)]; }

    /* what reaches the threshold and has at least min_area pixels, by falling peak */
    std::vector<rwda_region> regions(float threshold, int64_t min_area = 1) const
    {
        std::vector<rwda_region> all;
        size_t                   count = 0;

        detail::check_size("score_map", values, height, width);
        do { /* the first call says how many there are */
            all.resize(count);
            call([&](rwda_error *err) {
                return rwda_map_regions(all.data(), &count, all.size(), values.data(), width, height, threshold, min_area, err);
            });
        } while (count > all.size());
        return all;
    }
};

class scorer : public detail::owner<rwda_scorer, rwda_scorer_free> {
public:
    /* By words alone: the options' method needs no detector. */
    explicit scorer(session &s, const scorer_options &o) : scorer(s, static_cast<rwda_detector *>(nullptr), o) {}
    scorer(session &s, const detector &d, const scorer_options &o = {}) : scorer(s, d.get(), o) {}
    scorer(session &s, const memory &m, const scorer_options &o = {})
        : scorer(s, static_cast<rwda_detector *>(nullptr), with(o, m)) {}
    scorer(session &s, const detector &d, const memory &m, const scorer_options &o) : scorer(s, d.get(), with(o, m)) {}
    scorer(session &, detector &&, const scorer_options & = {})                   = delete;
    scorer(session &, memory &&, const scorer_options & = {})                     = delete;
    scorer(session &, detector &&, const memory &, const scorer_options &)        = delete;
    scorer(session &, const detector &, memory &&, const scorer_options &)        = delete;
    scorer(session &, detector &&, memory &&, const scorer_options &)             = delete;

    rwda_score score(session &s, const rwda_image &image) const
    {
        const rwda_image *images[] = { &image };
        rwda_score        out;

        call([&](rwda_error *err) { return rwda_scorer_score_images(&out, s.get(), get(), images, 1, err); });
        return out;
    }
    /* images: a range of rwda::image or rwda_image */
    template <class Images> std::vector<rwda_score> score_all(session &s, const Images &images) const
    {
        std::vector<const rwda_image *> all = detail::pointers(images);
        std::vector<rwda_score>         out(all.size());

        call([&](rwda_error *err) { return rwda_scorer_score_images(out.data(), s.get(), get(), all.data(), all.size(), err); });
        return out;
    }
    /* of one image's crops */
    rwda_score score(session &s, const embeddings &x) const
    {
        rwda_score out;

        if (x.dim != s.dim() || x.values.size() / x.dim < x.count)
            throw std::invalid_argument("rwda::scorer: " + std::to_string(x.values.size()) + " numbers as " +
                                        std::to_string(x.count) + " embeddings of " + std::to_string(x.dim) +
                                        ", this model's have " + std::to_string(s.dim()));
        call([&](rwda_error *err) { return rwda_scorer_score_embeddings(&out, s.get(), get(), x.values.data(), x.count, err); });
        return out;
    }

    score_map map(session &s, const rwda_image &image, const map_options &o = {}) const
    {
        score_map out = room(image);

        call([&](rwda_error *err) { return rwda_map_compute(out.values.data(), s.get(), get(), &image, &o, err); });
        return out;
    }
    std::pair<rwda_score, score_map> score_and_map(session &s, const rwda_image &image, const map_options &o = {}) const
    {
        rwda_score score;
        score_map  out = room(image);

        call([&](rwda_error *err) { return rwda_map_score(&score, out.values.data(), s.get(), get(), &image, &o, err); });
        return { score, std::move(out) };
    }
    std::string_view describe() const { return rwda_scorer_describe(get()); }

private:
    scorer(session &s, const rwda_detector *d, const rwda_scorer_options &o)
        : owner([&](rwda_scorer **out, rwda_error *err) { return rwda_scorer_new(out, s.get(), d, &o, err); }) {}

    static scorer_options with(scorer_options o, const memory &m)
    {
        o.memory = m.get();
        return o;
    }
    static score_map room(const rwda_image &image)
    {
        size_t pixels = image.width > 0 && image.height > 0 /* if not, the call says so */
                            ? static_cast<size_t>(image.width) * static_cast<size_t>(image.height) : 0;

        return score_map{ image.width, image.height, std::vector<float>(pixels) };
    }
};

/* ---- From scores to decisions ------------------------------------------------------------------------------------- */

class thresholds : public detail::owner<rwda_thresholds, rwda_thresholds_free> {
public:
    /* labels: as many as scores (0 normal, else anomalous), or none: all are normal */
    thresholds(const std::vector<double> &scores, const scorer &how, const thresholds_options &o = {},
               const std::vector<uint8_t> &labels = {})
        : owner([&](rwda_thresholds **out, rwda_error *err) {
              if (!labels.empty() && labels.size() != scores.size())
                  throw std::invalid_argument("rwda::thresholds: " + std::to_string(labels.size()) + " labels of " +
                                              std::to_string(scores.size()) + " scores");
              return rwda_thresholds_new(out, scores.data(), labels.empty() ? nullptr : labels.data(), scores.size(),
                                         rwda_scorer_describe(how.get()), &o, err);
          }) {}
    static thresholds load(const std::string &path)
    {
        return thresholds([&](rwda_thresholds **out, rwda_error *err) { return rwda_thresholds_load(out, detail::c_text(path), err); });
    }
    static thresholds decode(const void *bytes, size_t size)
    {
        return thresholds([&](rwda_thresholds **out, rwda_error *err) { return rwda_thresholds_decode(out, bytes, size, err); });
    }

    void save(const std::string &path, bool overwrite = false) const
    {
        call([&](rwda_error *err) { return rwda_thresholds_save(get(), detail::c_text(path), overwrite, err); });
    }
    void check(const scorer &s) const /* RWDA_EMISMATCH: its scores are made in another way than the thresholds' */
    {
        call([&](rwda_error *err) { return rwda_thresholds_check(get(), s.get(), err); });
    }
    rwda_label                  label(double score) const noexcept { return rwda_thresholds_label(get(), score); }
    double                      p_value(double score) const noexcept { return rwda_thresholds_p_value(get(), score); }
    const rwda_thresholds_info &info() const noexcept { return *rwda_thresholds_get_info(get()); }
    std::string_view            text() const { return rwda_thresholds_text(get()); }

private:
    using owner::owner;
};

class drift : public detail::owner<rwda_drift, rwda_drift_free> {
public:
    explicit drift(const thresholds &t, const drift_options &o = {})
        : owner([&](rwda_drift **out, rwda_error *err) { return rwda_drift_new(out, t.get(), &o, err); }) {}
    explicit drift(thresholds &&, const drift_options & = {}) = delete;

    /* embedding [dim], or nullptr */
    rwda_drift_state add(double score, const float *embedding = nullptr, size_t dim = 0)
    {
        rwda_drift_state out;

        call([&](rwda_error *err) { return rwda_drift_add(&out, get(), score, embedding, dim, err); });
        return out;
    }
    rwda_drift_state state() const
    {
        rwda_drift_state out;

        call([&](rwda_error *err) { return rwda_drift_get_state(&out, get(), err); });
        return out;
    }
};

/* Which of some words fits an anomaly best. */
class kinds : public detail::owner<rwda_kinds, rwda_kinds_free> {
public:
    kinds(session &s, const std::vector<std::string> &names, const kinds_options &o = {})
        : owner([&](rwda_kinds **out, rwda_error *err) {
              std::vector<const char *> texts;

              for (const std::string &name : names)
                  texts.push_back(detail::c_text(name));
              return rwda_kinds_new(out, s.get(), texts.data(), texts.size(), &o, err);
          }) {}

    /* threshold NaN: half way between the map's smallest and largest value */
    rwda_region region(const score_map &map, float threshold = std::numeric_limits<float>::quiet_NaN()) const
    {
        rwda_region out;

        detail::check_size("kinds", map.values, map.height, map.width);
        call([&](rwda_error *err) {
            return rwda_kinds_region(&out, get(), map.values.data(), map.width, map.height, threshold, err);
        });
        return out;
    }
    /* of the whole image; names belong to this object */
    std::vector<rwda_kind> rank(session &s, const rwda_image &image) const { return rank(s, image, nullptr, nullptr, 0.0f); }
    std::vector<rwda_kind> rank(session &s, const rwda_image &image, const rwda_region &region) const
    {
        return rank(s, image, &region, nullptr, 0.0f);
    }
    std::vector<rwda_kind> rank(session &s, const rwda_image &image, const rwda_region &region, const score_map &map,
                                float threshold = std::numeric_limits<float>::quiet_NaN()) const
    {
        if (map.width != image.width || map.height != image.height)
            throw std::invalid_argument("rwda::kinds: a map of " + std::to_string(map.width) + " x " + std::to_string(map.height) +
                                        " pixels for an image of " + std::to_string(image.width) + " x " +
                                        std::to_string(image.height));
        detail::check_size("kinds", map.values, map.height, map.width);
        return rank(s, image, &region, map.values.data(), threshold);
    }

private:
    std::vector<rwda_kind> rank(session &s, const rwda_image &image, const rwda_region *region, const float *map,
                                float threshold) const
    {
        std::vector<rwda_kind> out(rwda_kinds_count(get()));

        call([&](rwda_error *err) {
            return rwda_kinds_rank(out.data(), s.get(), get(), &image, region, map, threshold, err);
        });
        return out;
    }
};

/* How good are scores?  labels: as many, 0 normal, else anomalous. */
inline rwda_metrics metrics(const std::vector<double> &scores, const std::vector<uint8_t> &labels)
{
    rwda_metrics out;

    if (labels.size() != scores.size())
        throw std::invalid_argument("rwda::metrics: " + std::to_string(labels.size()) + " labels of " +
                                    std::to_string(scores.size()) + " scores");
    call([&](rwda_error *err) { return rwda_metrics_compute(&out, scores.data(), labels.data(), scores.size(), err); });
    return out;
}

} // namespace rwda

#endif
