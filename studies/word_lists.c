#include "studies/word_lists.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* Things one can take a photo of. */
const char word_list_nouns[] = "apple anchor arrow axe bag ball basket battery bead bell belt bench bicycle blanket boat "
                               "bolt book boot bottle bowl box bracket "
                               "branch bread brick bridge broom brush bucket button cable cake candle cap card carpet cart "
                               "chain chair chest clock cloth coat "
                               "coin comb cork crate cup curtain cushion desk dish door drawer drill drum envelope fan "
                               "feather fence fiddle flag flask flower "
                               "fork frame funnel gate gear glove goblet guitar hammer handle hat helmet hinge hook horn "
                               "hose jacket jar jug kettle key knife "
                               "knot ladder lamp latch leaf lemon lens lever lid lock magnet map mirror mitten mug nail "
                               "napkin needle net nut oar orange oven "
                               "paddle pan paper pear pebble pen pencil piano pillow pin pipe plank plate plug pocket pot "
                               "pump purse rack radio raft rail rake "
                               "ribbon ring rivet rod roof rope rug saddle sail saucer saw scarf scissors screw seat shelf "
                               "shell shield shirt shoe shovel sieve "
                               "sink sled soap sock sofa spade spanner spear spoon spring stamp statue stick stone stool "
                               "stove string suitcase sweater switch "
                               "table tap tent thimble thread tile tin tool torch towel tray tripod trowel trumpet tube "
                               "turnip umbrella valve vase veil vest "
                               "violin wagon wall wallet washer watch wheel whistle wick window wire wrench yarn zipper";

/* Any words of a dictionary: verbs, adverbs, adjectives, abstract things; none of them a thing, none about quality. */
const char word_list_dictionary[] =
    "abide about accept across admire afternoon again agree almost along already although amount answer appear argue arrive "
    "aside "
    "attend average awake become before begin behind believe belong beneath between beyond borrow bother bright bring calm "
    "careful "
    "carry century certain change cheerful choose clever collect comfort common compare consider contain continue courage "
    "create "
    "curious decide deep deliver depend describe different direct discover distance during eager early echo either empty "
    "enjoy "
    "enough enter evening every exact example expect explain express familiar famous faraway fetch final follow forget "
    "forward "
    "freedom frequent future gather gentle gradual grateful guess happen happy hasten heavy history honest hope however "
    "hunger "
    "imagine inside instead invite journey justice kind knowledge labour language laugh learn leave lonely lovely manage "
    "matter "
    "maybe measure memory mention middle moment morning mystery narrow nearby never notice number obey often opinion order "
    "other "
    "owner patience pause peace perhaps pleasant polite prefer prepare pretend problem promise proud purpose quiet reach "
    "realise "
    "reason receive recent remain remember remind reply request respect return sacred scarce season secret seldom several "
    "silence "
    "similar simple sincere sleep slowly solemn someone sorrow speak still strange study sudden suggest support surprise "
    "tender "
    "thank therefore think thirst though thought today together tomorrow toward travel trust truth under until usual "
    "various "
    "village visit wander warm weather welcome whisper wisdom without wonder worry yesterday young";

char *word_list_english_like(void)
{
    static const char *const starts[] = {
        "b",  "c",  "d",  "f",  "g",  "h",  "l",  "m",  "n",  "p",  "r",  "s",  "t",  "w",
        "br", "ch", "cl", "dr", "fl", "gr", "pl", "pr", "sh", "sl", "sp", "st", "th", "tr"
    };
    static const char *const middles[] = { "a", "e", "i", "o", "u", "a", "e", "i", "o", "ea", "oo", "ai" };
    static const char *const ends[]    = { "",  "",  "",   "",   "n",  "r",  "s",  "t",  "l",
                                           "d", "m", "ck", "ll", "nd", "ng", "rt", "st", "th" };
    enum { WORDS = 2000, LONGEST = 3 * 7 + 1 };
    char    *text = malloc(WORDS * LONGEST + 1), *end = text;
    uint64_t state = 1;

    for (int w = 0; text != NULL && w < WORDS; w++) {
        int syllables = 2 + w % 2;

        for (int i = 0; i < syllables; i++) {
            unsigned draw;

            state = state * 6364136223846793005u + 1442695040888963407u; /* Knuth's MMIX constants */
            draw  = (unsigned)(state >> 33);
            end += sprintf(end, "%s%s%s", starts[draw % 28], middles[draw / 28 % 12],
                           i + 1 < syllables ? "" : ends[draw / 336 % 18]);
        }
        end += sprintf(end, "%s", w + 1 < WORDS ? " " : "");
    }
    return text;
}
