// Written against the bare ABI, and throws what is no exception across the line.
#include "signalbox/plugin_abi.h"

namespace {

int32_t Create(const sb_host*, const sb_config*, void** instance, sb_error*) {
  static int something;
  *instance = &something;
  return SB_OK;
}
void Destroy(void*) {}
int32_t Update(void*, const sb_events*, sb_error*) { throw 42; }

sb_plugin MakeTable() {
  sb_plugin table{};
  table.struct_size = sizeof table;
  table.abi_major = SB_ABI_MAJOR;
  table.name = "throws_across";
  table.version = "1.0.0";
  table.family = "content";
  table.create = Create;
  table.destroy = Destroy;
  table.update = Update;
  return table;
}

}  // namespace

extern "C" __attribute__((visibility("default"))) const sb_plugin* signalbox_plugin(void) {
  static const sb_plugin table = MakeTable();
  return &table;
}
