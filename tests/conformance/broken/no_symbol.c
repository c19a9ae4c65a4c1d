/* Exports something else. */
#include "table.h"
EXPORTED int other_symbol(void);
int other_symbol(void) { return 1; }
