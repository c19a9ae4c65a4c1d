/* Calls what nobody defines. */
#include "table.h"
void nobody_defines_this(void);
static int32_t Update(void* instance, const sb_events* events, sb_error* error) {
  nobody_defines_this();
  return SB_OK;
}
EXPORTED const sb_plugin* signalbox_plugin(void);
const sb_plugin* signalbox_plugin(void) {
  static const sb_plugin table = {GOOD_TABLE, .update = Update};
  return &table;
}
