/* Gives an infinity, a NaN, an unknown item and a duplicate beside one candidate. */
#include <math.h>
#include "table.h"
static int32_t Candidates(void* instance, const sb_request* request, void* scratch,
                          const sb_candidate_sink* sink, sb_error* error) {
  const sb_item items[] = {0, 1, 2, 2, 1000000};
  const float scores[] = {INFINITY, NAN, 0.5f, 0.4f, 1.0f};
  sink->add(sink->context, items, scores, 5);
  return SB_OK;
}
EXPORTED const sb_plugin* signalbox_plugin(void);
const sb_plugin* signalbox_plugin(void) {
  static const sb_plugin table = {GOOD_TABLE, .candidates = Candidates};
  return &table;
}
