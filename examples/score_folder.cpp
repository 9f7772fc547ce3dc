/* score_folder.cpp - how does a C++ program score the images of a folder?
 *
 *     c++ -std=c++17 score_folder.cpp $(pkg-config --cflags --libs rwda) -o score_folder
 *     ./score_folder MODEL_DIR DETECTOR.safetensors FOLDER                                                  */
#include <rwda.hpp>

#include <algorithm>
#include <cstdio>
#include <filesystem>

int main(int argc, char **argv)
{
    if (argc != 4) {
        std::fprintf(stderr, "usage: %s MODEL_DIR DETECTOR FOLDER\n", argv[0]);
        return 2;
    }
    int failed = 0;
    try {
        std::vector<std::string> paths;
        for (const auto &entry : std::filesystem::directory_iterator(argv[3]))
            if (rwda_image_named(entry.path().c_str()))
                paths.push_back(entry.path());
        std::sort(paths.begin(), paths.end());

        rwda::model    model(argv[1]);
        rwda::session  session(model);
        rwda::detector detector = rwda::detector::load(argv[2]);
        rwda::scorer   scorer(session, detector);

        for (const std::string &path : paths) {
            auto score = rwda::attempt([&] { return scorer.score(session, rwda::image::load(path)); });
            if (score)
                std::printf("%8.4f  %s\n", static_cast<double>(score->score), path.c_str());
            else {
                std::fprintf(stderr, "%s\n", score.failure().what());
                failed = 1;
            }
        }
    } catch (const std::exception &error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 1;
    }
    return failed;
}
