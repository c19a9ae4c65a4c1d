/* Has no table to give. */
#include "table.h"
EXPORTED const sb_plugin* signalbox_plugin(void);
const sb_plugin* signalbox_plugin(void) { return NULL; }
