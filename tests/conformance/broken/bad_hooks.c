/* Has begin without end. */
#include "table.h"
static int32_t Begin(void* instance, const sb_request* request, void** scratch, sb_error* error) {
  return SB_OK;
}
EXPORTED const sb_plugin* signalbox_plugin(void);
const sb_plugin* signalbox_plugin(void) {
  static const sb_plugin table = {GOOD_TABLE, .begin = Begin};
  return &table;
}
