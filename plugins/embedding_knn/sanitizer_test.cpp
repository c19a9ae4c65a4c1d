// What ThreadSanitizer is told about hnswlib.
//
// addPoint takes the lock of its new node, then the global one, while a point that raises the top
// level holds the global one and takes those of linked nodes: never the new node's, which nothing
// links to yet; so the order of locks says nothing here. And it reads the entry point without the
// global lock; any former one serves.
#if defined(__SANITIZE_THREAD__)
extern "C" const char* __tsan_default_options();  // NOLINT: the sanitizer's names
extern "C" const char* __tsan_default_suppressions();
extern "C" const char* __tsan_default_options() { return "detect_deadlocks=0"; }
extern "C" const char* __tsan_default_suppressions() {
  return "race:hnswlib::HierarchicalNSW<float>::addPoint\n";
}
#endif
