/* Scores with an infinity. */
#include <math.h>
#include "table.h"
static int32_t Score(void* instance, const sb_request* request, void* scratch, const sb_item* items,
                     size_t count, float* scores, sb_error* error) {
  for (size_t i = 0; i < count; ++i) scores[i] = i == 0 ? INFINITY : 1.0f;
  return SB_OK;
}
EXPORTED const sb_plugin* signalbox_plugin(void);
const sb_plugin* signalbox_plugin(void) {
  static const sb_plugin table = {GOOD_TABLE, .score = Score};
  return &table;
}
