/* Its schema has a type that does not exist. */
#include "table.h"

EXPORTED const sb_plugin* signalbox_plugin(void);
const sb_plugin* signalbox_plugin(void) {
  static const sb_plugin table = {GOOD_TABLE,
                                  .config_schema = "{\"properties\": {\"a\": {\"type\": \"colour\"}}}"};
  return &table;
}
