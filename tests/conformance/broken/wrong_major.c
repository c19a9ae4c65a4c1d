/* Is built for another ABI. */
#include "table.h"
EXPORTED const sb_plugin* signalbox_plugin(void);
const sb_plugin* signalbox_plugin(void) {
  static sb_plugin table = {GOOD_TABLE};
  table.abi_major = SB_ABI_MAJOR + 1;
  return &table;
}
