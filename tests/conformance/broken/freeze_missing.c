/* Claims private state and cannot write it. */
#include "table.h"

EXPORTED const sb_plugin* signalbox_plugin(void);
const sb_plugin* signalbox_plugin(void) {
  static const sb_plugin table = {GOOD_TABLE, .flags = SB_PLUGIN_PRIVATE_STATE};
  return &table;
}
