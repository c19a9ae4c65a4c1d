/* Always says that it failed, with no message and no end to it. */
#include <string.h>
#include "table.h"
static int32_t Score(void* instance, const sb_request* request, void* scratch, const sb_item* items,
                     size_t count, float* scores, sb_error* error) {
  memset(error->message, 'x', sizeof error->message);
  if (count > 0) scores[0] = 1;
  return SB_FAILED;
}
EXPORTED const sb_plugin* signalbox_plugin(void);
const sb_plugin* signalbox_plugin(void) {
  static const sb_plugin table = {GOOD_TABLE, .score = Score};
  return &table;
}
