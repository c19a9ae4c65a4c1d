/* A table that keeps every rule; each broken plugin spoils one thing of it. */
#ifndef SIGNALBOX_BROKEN_TABLE_H_
#define SIGNALBOX_BROKEN_TABLE_H_

#include "signalbox/plugin_abi.h"

#define EXPORTED __attribute__((visibility("default")))

static inline int32_t Create(const sb_host* host, const sb_config* config, void** instance, sb_error* error) {
  static int something;
  *instance = &something;
  return SB_OK;
}
static inline void Destroy(void* instance) {}

#define GOOD_TABLE                                                                                          \
  .struct_size = sizeof(sb_plugin), .abi_major = SB_ABI_MAJOR, .abi_minor = SB_ABI_MINOR, .name = "broken", \
  .version = "1.0.0", .family = "popularity", .create = Create, .destroy = Destroy

#endif /* SIGNALBOX_BROKEN_TABLE_H_ */
