/* inspect_frames.cpp - how does a machine decide about a camera's frames, and where does it look?
 *
 *     c++ -std=c++17 inspect_frames.cpp $(pkg-config --cflags --libs rwda) -o inspect_frames
 *     rwda remember normal/ -o memory.safetensors && rwda calibrate --memory memory.safetensors -o thresholds.json
 *     ./inspect_frames MODEL_DIR memory.safetensors thresholds.json bgr 640 480 <frames
 *
 * Frames follow each other without a header: bgr as OpenCV and most cameras have them, or mono (8 bits).  A line a frame: score, label,
 * and the place of the map's highest value.                                                                  */
#include <rwda.hpp>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

/* The library's order is red, green, blue; grey is three times the same. */
static void to_rgb(std::vector<uint8_t> &rgb, const std::vector<uint8_t> &frame, size_t channels)
{
    for (size_t i = 0; i < frame.size() / channels; i++)
        for (size_t c = 0; c < 3; c++)
            rgb[3 * i + c] = frame[channels * i + (channels == 3 ? 2 - c : 0)];
}

static void inspect(char **argument)
{
    const size_t channels = std::strcmp(argument[4], "mono") == 0 ? 1 : 3;
    const int    width = std::atoi(argument[5]), height = std::atoi(argument[6]);
    if (width < 1 || height < 1 || width > 16384 || height > 16384)
        throw std::invalid_argument("a frame has 1 to 16384 columns and rows");

    rwda::model      model(argument[1]);
    rwda::session    session(model);
    rwda::memory     memory = rwda::memory::load(model, argument[2]);
    rwda::scorer     scorer(session, memory);
    rwda::thresholds thresholds = rwda::thresholds::load(argument[3]);
    thresholds.check(scorer); /* they are of this memory */
    rwda::map_options how;
    how.mode = RWDA_MAP_MEMORY;

    const size_t         columns = static_cast<size_t>(width), pixels = columns * static_cast<size_t>(height);
    std::vector<uint8_t> frame(pixels * channels), rgb(pixels * 3);
    size_t               got;
    while ((got = std::fread(frame.data(), 1, frame.size(), stdin)) == frame.size()) {
        to_rgb(rgb, frame, channels);
        auto         found = scorer.score_and_map(session, rwda::view(rgb.data(), width, height), how);
        const auto  &map   = found.second.values;
        const size_t peak  = static_cast<size_t>(std::max_element(map.begin(), map.end()) - map.begin());
        const char  *label = rwda_label_name(thresholds.label(static_cast<double>(found.first.score)));

        std::printf("%.4f  %s  %zu,%zu\n", static_cast<double>(found.first.score), label, peak % columns, peak / columns);
        std::fflush(stdout); /* the machine waits for it */
    }
    if (got != 0)
        throw std::runtime_error("the last frame has " + std::to_string(got) + " of " + std::to_string(frame.size()) + " bytes");
}

int main(int argc, char **argv)
{
    if (argc != 7 || (std::strcmp(argv[4], "bgr") != 0 && std::strcmp(argv[4], "mono") != 0)) {
        std::fprintf(stderr, "usage: %s MODEL_DIR MEMORY THRESHOLDS bgr|mono WIDTH HEIGHT <FRAMES\n", argv[0]);
        return 2;
    }
    try {
        inspect(argv);
        return 0;
    } catch (const std::exception &error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 1;
    }
}
