// One line of each format to events or an item. Each fills `line` (events, item or fault) from
// text that nobody has checked; a line that is a header leaves all three empty.
#pragma once

#include <string_view>

#include "train/dataset.hpp"

namespace signalbox::train {

// separator: "\t" or "::".
void ParseRating(std::string_view text, std::string_view separator, ParsedLine* line);
// "id::title (year)::genre|genre"
void ParseMovieLens1mItem(std::string_view text, ParsedLine* line);
// "id|title (year)|release|video release|address|19 flags"
void ParseMovieLens100kItem(std::string_view text, ParsedLine* line);
void ParseYoochoose(std::string_view text, ParsedLine* line);
// session_id: the line's own. start_ms: of its first click.
void ParseSession(std::string_view text, std::string_view session_id, int64_t start_ms, ParsedLine* line);
void ParseJson(std::string_view text, ParsedLine* line);

}  // namespace signalbox::train
