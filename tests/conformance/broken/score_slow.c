/* Takes 3 ms of its own time, longer than the budget of its test. */
#include <time.h>
#include "table.h"
static int64_t NowUs(void) {
  struct timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return now.tv_sec * 1000000 + now.tv_nsec / 1000;
}
static int32_t Score(void* instance, const sb_request* request, void* scratch, const sb_item* items,
                     size_t count, float* scores, sb_error* error) {
  const int64_t end = NowUs() + 3000;
  while (NowUs() < end) {
  }
  for (size_t i = 0; i < count; ++i) scores[i] = 1.0f;
  return SB_OK;
}
EXPORTED const sb_plugin* signalbox_plugin(void);
const sb_plugin* signalbox_plugin(void) {
  static const sb_plugin table = {GOOD_TABLE, .score = Score};
  return &table;
}
