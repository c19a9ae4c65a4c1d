/* Is of no family. */
#include "table.h"
EXPORTED const sb_plugin* signalbox_plugin(void);
const sb_plugin* signalbox_plugin(void) {
  static sb_plugin table = {GOOD_TABLE};
  table.family = "reptiles";
  return &table;
}
