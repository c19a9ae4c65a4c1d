/* Has a name that cannot be a metric's. */
#include "table.h"
EXPORTED const sb_plugin* signalbox_plugin(void);
const sb_plugin* signalbox_plugin(void) {
  static sb_plugin table = {GOOD_TABLE};
  table.name = "Bad Name!";
  return &table;
}
