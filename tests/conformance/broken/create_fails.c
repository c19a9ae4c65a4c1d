/* Refuses every configuration. */
#include "table.h"

#include <stdio.h>
static int32_t Refuse(const sb_host* host, const sb_config* config, void** instance, sb_error* error) {
  snprintf(error->message, sizeof error->message, "half_life_hours is below the limit; set it above 1");
  return SB_INVALID_CONFIG;
}
EXPORTED const sb_plugin* signalbox_plugin(void);
const sb_plugin* signalbox_plugin(void) {
  static sb_plugin table = {GOOD_TABLE};
  table.create = Refuse;
  return &table;
}
