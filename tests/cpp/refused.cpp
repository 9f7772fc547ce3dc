/* refused.cpp - ranges whose elements do not last or are no images: each call is compiled alone and must not compile (run.sh). */
#include <rwda.hpp>

template <class T> struct making { /* as std::views::transform */
    struct iterator {
        T         operator*() const;
        iterator &operator++();
        bool      operator!=(const iterator &) const;
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
    session.embed_texts(making<std::string_view>()); /* this one is allowed: what it points to may last */
#ifdef REFUSED_TEXTS
    session.embed_texts(making<std::string>());
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
