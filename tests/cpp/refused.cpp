/* refused.cpp - ranges whose elements do not last or are no images: each call is compiled alone and must not compile (run.sh). */
#include <rwda.hpp>

#include <iterator>

template <class T> struct making { /* as std::views::transform */
    struct iterator {
        using iterator_category = std::forward_iterator_tag;
        using value_type        = T;
        using difference_type   = std::ptrdiff_t;
        using pointer           = void;
        using reference         = T;
        T         operator*() const;
        iterator &operator++();
        bool      operator!=(const iterator &) const;
    };
    iterator begin() const;
    iterator end() const;
};

struct lazy { /* its iterator holds the present image */
    struct iterator {
        using iterator_category = std::input_iterator_tag;
        using value_type        = rwda_image;
        using difference_type   = std::ptrdiff_t;
        using pointer           = const rwda_image *;
        using reference         = const rwda_image &;
        rwda_image  held;
        reference   operator*() const { return held; }
        iterator   &operator++();
        bool        operator!=(const iterator &) const;
    };
    iterator begin() const;
    iterator end() const;
};

struct converting { /* into an image that is gone when the call comes */
    operator rwda_image() const;
};

void refused(rwda::session &session, const rwda::scorer &scorer);
void refused(rwda::session &session, const rwda::scorer &scorer)
{
    session.embed_texts(making<std::string>()); /* texts may be: they are copied */
#ifdef REFUSED_LAZY
    session.embed_images(lazy());
#endif
#ifdef REFUSED_VIEWS
    session.embed_images(making<rwda_image>());
#endif
#ifdef REFUSED_IMAGES
    scorer.score_all(session, making<rwda::image>());
#endif
#ifdef REFUSED_TYPES
    scorer.score_all(session, std::vector<converting>());
#endif
    (void)scorer;
}
